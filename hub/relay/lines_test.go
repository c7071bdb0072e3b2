package relay_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/internal/identity"
	"tongbu/syncer"
)

// said keeps what the log is told, a line each: the message and some attributes.
type said struct {
	mu    sync.Mutex // guards lines
	lines []string
}

func (s *said) Enabled(context.Context, slog.Level) bool { return true }
func (s *said) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s *said) WithGroup(string) slog.Handler            { return s }

func (s *said) Handle(_ context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "host", "host_before", "was_away", "reason", "tries":
			line += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		}
		return true
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
	return nil
}

// told lists the lines since the last call.
func (s *said) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := s.lines
	s.lines = nil
	return lines
}

func (w *world) wantLines(t *testing.T, when string, want ...string) {
	t.Helper()
	got := w.log.told()
	same := len(got) == len(want)
	for i := 0; same && i < len(got); i++ {
		same = strings.HasPrefix(got[i], want[i])
	}
	if !same {
		t.Errorf("%s: the log has %q, want %q", when, got, want)
	}
}

// link opens a link from a host, on which the device says hello.
func (w *world) link(ctx context.Context, host string) chan error {
	who := peer(clerk)
	who.Host = host
	ended := make(chan error, 1)
	go func() { ended <- w.Sync(ctx, who, &line{closed: make(chan struct{})}) }()
	synctest.Wait()
	w.watch.Met(syncer.Peer{Unit: clerk.Unit, Device: clerk.Device}, 0)
	return ended
}

// TestLinesOfALink: each turn of a link from below is one line; who stays away is said
// again at growing distances, and no more when it is back, or revoked.
func TestLinesOfALink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		over := make(chan error, 1)
		go func() { over <- w.Run(ctx) }()
		first, cut := context.WithCancel(ctx)
		ended := w.link(first, "10.0.0.1")
		w.wantLines(t, "linked", "linked host=10.0.0.1")
		cut()
		<-ended //nolint:errcheck // the end was asked for
		w.wantLines(t, "cut", "link ended reason=")
		<-time.After(25 * time.Hour)
		synctest.Wait()
		again := "a device below is still away"
		w.wantLines(t, "away for a day", again, again, again, again, again)
		second, cut := context.WithCancel(ctx)
		ended = w.link(second, "10.0.0.2")
		w.wantLines(t, "back", "linked host=10.0.0.2 host_before=10.0.0.1 was_away=25h0m0s")
		<-time.After(30 * time.Second)
		w.wantLines(t, "while it is there")
		cut()
		<-ended //nolint:errcheck // the end was asked for
		w.ban()
		<-time.After(48 * time.Hour)
		synctest.Wait()
		w.wantLines(t, "revoked", "link ended")
		cancel()
		if err := <-over; err != nil {
			t.Error(err)
		}
	})
}

// TestLinesOfARefusal: who goes on trying does not fill the log.
func TestLinesOfARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		stranger := identity.Member{Unit: elsewhere, Device: "stranger"}
		for range 24 * 60 * 2 {
			if w.Admit(stranger) == nil {
				t.Fatal("let in")
			}
			<-time.After(30 * time.Second)
		}
		got := w.log.told()
		if len(got) != 5 || !strings.Contains(got[4], "tries=") {
			t.Errorf("a day of tries is %d lines: %q", len(got), got)
		}
		w.ban()
		_ = w.Admit(clerk)
		w.wantLines(t, "another device", "refused reason=")
	})
}
