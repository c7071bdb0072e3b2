package enroll_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tongbu/hub/enroll"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
)

const (
	direct  = `{"device":"aaaaaaaaaaaaaaaa","csr":"","nonce":""}`
	relayed = `{"device":"aaaaaaaaaaaaaaaa","csr":"","nonce":"","hops":1}`
)

// S1: after five refused tries an address waits for the rest of the minute.
func TestRefusedTriesAreLimited(t *testing.T) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	var log bytes.Buffer
	h := enroll.Door(refusing{fault.New(fault.Denied, "no")}, enroll.Options{
		Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	tries := func(body string, n int) (refused int) {
		for range n {
			w := post(h, identity.PathRenew, "application/json", body)
			if w.Code == http.StatusForbidden {
				refused++
			} else if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		}
		return refused
	}
	if got := tries(direct, 20); got != 5 {
		t.Errorf("%d tries in a minute, want 5", got)
	}
	if got := strings.Count(log.String(), "level=WARN"); got != 20 {
		t.Errorf("%d warnings, want one each", got)
	}
	if got := tries(relayed, 100); got != 60 {
		t.Errorf("%d tries in a minute through a hub, want 60", got)
	}
	now = now.Add(time.Minute)
	if got := tries(direct, 6); got != 5 {
		t.Errorf("%d tries a minute later, want 5", got)
	}
	now = now.Add(-time.Hour)
	if got := tries(direct, 1); got != 1 {
		t.Error("a clock set back locks an address out")
	}
}

// A whole city may join from one address at once.
func TestARushIsServed(t *testing.T) {
	n := identitytest.MustFound(t, identity.Options{})
	url := serveTLS(t, n.Own, n.Root, enroll.Options{})
	var wg sync.WaitGroup
	for range 100 {
		token, k := n.MustInvite(t, n.Community), n.MustCreate(t)
		c := mustClient(t, token.Trust(time.Now), url)
		wg.Go(func() {
			if err := identity.Join(t.Context(), k, token, c, identity.Listen{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
