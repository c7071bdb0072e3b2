package main_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	main "tongbu/cmd/tongbu"
)

// TestBar: on a terminal one line is drawn again and again and is gone at the end; else
// a line every two seconds says the same, and a short import shows nothing.
func TestBar(t *testing.T) {
	var screen, lines bytes.Buffer
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	show := main.NewBar(&screen, &lines, func() time.Time { return now })
	show(100, 400, 0)
	now = now.Add(100 * time.Millisecond)
	show(150, 400, 0) // between two looks
	show(200, 400, 3)
	now = now.Add(99 * time.Millisecond)
	show(300, 400, 3)
	now = now.Add(time.Millisecond)
	show(500, 400, 4)
	if screen.Len() == 0 {
		t.Fatal("nothing is drawn")
	}
	want := []string{"", "[##########..........] 200 of about 400 rows: 197 good, 3 rejected\x1b[K", "[####################] 500 of about 500 rows: 496 good, 4 rejected\x1b[K"}
	if diff := cmp.Diff(want, strings.Split(screen.String(), "\r")); diff != "" {
		t.Error(diff)
	}
	show(-1, 0, 0)
	if !strings.HasSuffix(screen.String(), "\r\x1b[K") || lines.Len() > 0 {
		t.Errorf("at the end: %q, %q", screen.String(), lines.String())
	}
}

// TestBarOfLines: what is no terminal has lines, without anything that moves a cursor.
func TestBarOfLines(t *testing.T) {
	var lines bytes.Buffer
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	show := main.NewBar(nil, &lines, func() time.Time { return now })
	show(100, 400, 0)
	now = now.Add(1999 * time.Millisecond)
	show(200, 400, 0)
	now = now.Add(time.Millisecond)
	show(300, 400, 2)
	show(-1, 0, 0)
	if got := lines.String(); got != "300 of about 400 rows: 298 good, 2 rejected\n" {
		t.Errorf("got %q", got)
	}
}
