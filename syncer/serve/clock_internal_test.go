package serve

import (
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/limit"
)

// TestClockSetBack: a device that was served while the hub's clock was ahead
// is not turned away until that time has come.
func TestClockSetBack(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b := newBuckets(func() time.Time { return now })
	r := limit.Quota{Burst: 2, Every: time.Second}
	if err := b.allow("d", r, 1); err != nil {
		t.Fatal(err)
	}
	now = now.AddDate(-10, 0, 0)
	for n, want := range []fault.Kind{fault.OK, fault.OK, fault.Exhausted} {
		err := b.allow("d", r, 1)
		if fault.Of(err) != want {
			t.Fatalf("call %d after the clock was set back: %v, want %v", n, err, want)
		}
		if wait := fault.RetryAfter(err); wait > time.Minute {
			t.Errorf("is to wait %v", wait)
		}
	}
}
