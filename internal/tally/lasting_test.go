package tally_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/tally"
)

// TestLasting: the longer it lasts, the seldomer it is said.
func TestLasting(t *testing.T) {
	start := time.Unix(1800000000, 0)
	l := tally.Begin(start)
	var said []time.Duration
	for at := time.Duration(0); at <= 73*time.Hour; at += 2 * time.Second {
		if l.Again(start.Add(at)) {
			said = append(said, at)
		}
	}
	want := []time.Duration{time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 48 * time.Hour, 72 * time.Hour}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
	if !l.Since().Equal(start) || l.Count() != 73*1800+1 {
		t.Errorf("since %v, %d times", l.Since(), l.Count())
	}
	if l.Again(start.Add(72*time.Hour)) || !l.Again(start.Add(-time.Hour)) {
		t.Error("a clock that was set back a year must not silence it for a year")
	}
}
