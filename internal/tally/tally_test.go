package tally_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/tally"
)

// book is a log that can be read, by a clock that stands.
type book struct {
	*slog.Logger
	text bytes.Buffer
	now  time.Time
}

func newBook() *book {
	b := &book{now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	plain := slog.New(slog.NewTextHandler(&b.text, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	b.Logger = tally.Wrap(plain, func() time.Time { return b.now })
	return b
}

func (b *book) lines() []string {
	all := strings.Split(strings.TrimSpace(b.text.String()), "\n")
	b.text.Reset()
	if all[0] == "" {
		return nil
	}
	return all
}

var more = regexp.MustCompile(` more=(\d+)`)

// counted is how many records the lines stand for.
func counted(t *testing.T, lines []string) int {
	t.Helper()
	n := len(lines)
	for _, l := range lines {
		if m := more.FindStringSubmatch(l); m != nil {
			k, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			n += k
		}
	}
	return n
}

func TestPowersOfTen(t *testing.T) {
	b := newBook()
	for n := range 10_000 {
		b.Warn("refused", "kind", "denied", "remote", strconv.Itoa(n))
	}
	want := []string{
		"level=WARN msg=refused kind=denied remote=0",
		"level=WARN msg=refused kind=denied remote=9 more=8",
		"level=WARN msg=refused kind=denied remote=99 more=89",
		"level=WARN msg=refused kind=denied remote=999 more=899",
		"level=WARN msg=refused kind=denied remote=9999 more=8999",
	}
	if diff := cmp.Diff(want, b.lines()); diff != "" {
		t.Error(diff)
	}
}

// TestNothingLost: after a flush the lines stand for as many records as there
// were, whatever they were and whenever they came.
func TestNothingLost(t *testing.T) {
	b := newBook()
	for n := range 777 {
		b.Warn("refused", "device", fmt.Sprint(n%3))
		b.now = b.now.Add(time.Duration(n%5) * time.Second)
	}
	tally.Flush(b.Logger)
	if got := counted(t, b.lines()); got != 777 {
		t.Errorf("the lines stand for %d records, want 777", got)
	}
	if tally.Flush(b.Logger); len(b.lines()) > 0 {
		t.Error("a second flush says it again")
	}
}

func TestEveryMinute(t *testing.T) {
	b := newBook()
	for range 4 {
		b.Warn("refused")
	}
	b.now = b.now.Add(time.Minute)
	b.Warn("refused")
	want := []string{"level=WARN msg=refused", "level=WARN msg=refused more=3"}
	if diff := cmp.Diff(want, b.lines()); diff != "" {
		t.Error(diff)
	}
	b.now = b.now.Add(-time.Hour) // the clock is set back
	if b.Warn("refused"); len(b.lines()) != 1 {
		t.Error("after the clock was set back nothing is said")
	}
}

func TestCausesApart(t *testing.T) {
	b := newBook()
	for range 3 {
		b.Warn("refused", "kind", "denied")
		b.Warn("refused", "kind", "invalid")
		b.With("device", "a").Warn("refused", "kind", "denied")
		b.Error("refused", "kind", "full")
		b.Info("granted")
		b.Info("linked", "device", "a")
	}
	want := []string{"level=WARN msg=refused kind=denied", "level=WARN msg=refused kind=invalid", "level=WARN msg=refused device=a kind=denied",
		"level=ERROR msg=refused kind=full", "level=INFO msg=granted", "level=INFO msg=linked device=a", "level=INFO msg=granted", "level=INFO msg=granted"}
	if diff := cmp.Diff(want, b.lines()); diff != "" {
		t.Error(diff)
	}
}

// TestManyCauses: names that a peer makes up do not fill the log, and those
// that were not said are counted.
func TestManyCauses(t *testing.T) {
	b := newBook()
	for n := range 100_000 {
		b.Warn("refused", "device", fmt.Sprint(n))
	}
	tally.Flush(b.Logger)
	lines := b.lines()
	if len(lines) > 600 || counted(t, lines) != 100_000 {
		t.Errorf("%d lines for %d records", len(lines), counted(t, lines))
	}
}

// TestRun says what is unsaid each minute and at the end.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBook()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- tally.Run(ctx, b.Logger) }()
		synctest.Wait()
		b.Warn("refused")
		b.Warn("refused")
		<-time.After(time.Minute + time.Second)
		synctest.Wait()
		if got := b.lines(); len(got) != 2 {
			t.Errorf("after a minute: %q", got)
		}
		b.Warn("refused")
		stop()
		if err := <-done; err != nil || len(b.lines()) != 1 {
			t.Errorf("at the end: %v", err)
		}
	})
}

func TestWrappedOnce(t *testing.T) {
	b := newBook()
	if again := tally.Wrap(b.Logger, time.Now); again != b.Logger {
		t.Error("counts twice")
	}
	tally.Flush(slog.New(slog.DiscardHandler)) // counts nothing, so has nothing to say
}
