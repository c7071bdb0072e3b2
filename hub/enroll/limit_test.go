package enroll_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/hub/enroll"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
	"tongbu/internal/tally"
)

// try is a request to renew, which says that so many hubs have passed it on.
func try(hops int) string {
	return fmt.Sprintf(`{"device":"aaaaaaaaaaaaaaaa","csr":"","nonce":"","hops":%d}`, hops)
}

// asks are requests from an address, or from a hub below.
type asks struct {
	http.Handler
	from, hub string
}

func (a asks) post(path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.RemoteAddr = a.from
	if a.hub != "" {
		r.TLS = &tls.ConnectionState{ServerName: a.hub}
	}
	a.ServeHTTP(w, r)
	return w
}

// renewals are how many of so many are not turned away.
func (a asks) renewals(t *testing.T, body string, n int) (heard int) {
	t.Helper()
	for range n {
		w := a.post(identity.PathRenew, body)
		if w.Code != http.StatusTooManyRequests {
			heard++
		} else if w.Header().Get("Retry-After") == "" {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	}
	return heard
}

// memberNamed stands for the check of a certificate.
func memberNamed(state *tls.ConnectionState) (id change.DeviceID, hub bool) {
	return change.DeviceID(state.ServerName), state.ServerName != "node"
}

func denying(opts enroll.Options) http.Handler {
	opts.Member = memberNamed
	return enroll.Door(refusing{fault.New(fault.Denied, "no")}, opts)
}

// S1: after five refused tries an address waits, and they are counted in the
// log.
func TestRefusedTriesAreLimited(t *testing.T) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	var log bytes.Buffer
	clock := func() time.Time { return now }
	counted := tally.Wrap(slog.New(slog.NewTextHandler(&log, nil)), clock)
	h := denying(enroll.Options{Now: clock, Log: counted})
	direct := asks{h, "10.1.1.1:4000", ""}
	if got := direct.renewals(t, try(0), 20); got != 5 {
		t.Errorf("%d tries at once, want 5", got)
	}
	tally.Flush(counted)
	if got := warnings(t, log.String()); got != 20 {
		t.Errorf("warnings of %d tries, want one each", got)
	}
	now = now.Add(time.Minute)
	if got := direct.renewals(t, try(0), 6); got != 5 {
		t.Errorf("%d tries a minute later, want 5", got)
	}
	now = now.Add(-time.Hour)
	if got := direct.renewals(t, try(0), 1); got != 1 {
		t.Error("a clock set back locks an address out")
	}
}

var more = regexp.MustCompile(`level=WARN .*?(?: more=(\d+))?\n`)

// warnings are how many a log stands for.
func warnings(t *testing.T, log string) (n int) {
	t.Helper()
	for _, line := range more.FindAllStringSubmatch(log, -1) {
		n++
		if line[1] == "" {
			continue
		}
		k, err := strconv.Atoi(line[1])
		if err != nil {
			t.Fatal(err)
		}
		n += k
	}
	return n
}

// TestClaimsCountForNothing: who asks is who calls, whatever the request says.
func TestClaimsCountForNothing(t *testing.T) {
	h := denying(enroll.Options{})
	stranger, hub := asks{h, "10.1.1.1:4000", ""}, asks{h, "10.1.1.1:4001", "street"}
	heard := 0
	for hops := range identity.MaxHops {
		heard += stranger.renewals(t, try(hops), 100)
	}
	if heard != 5 {
		t.Errorf("%d tries under other claims, want 5", heard)
	}
	if got := hub.renewals(t, try(1), 100); got != 60 {
		t.Errorf("%d tries through a hub at the same address, want 60", got)
	}
}

// TestStrangersTogether: with as many addresses as they like, strangers have no
// more passed on than a hub may, and a hub below is served meanwhile.
func TestStrangersTogether(t *testing.T) {
	h := denying(enroll.Options{})
	heard := 0
	for n := range 500 {
		heard += asks{h, fmt.Sprintf("[2001:db8:%x::1]:4000", n), ""}.renewals(t, try(0), 2)
	}
	if heard != 20 {
		t.Errorf("%d tries of 500 addresses, want 20", heard)
	}
	if got := (asks{h, "10.1.1.1:4001", "street"}).renewals(t, try(1), 10); got != 10 {
		t.Errorf("%d of 10 tries through a hub", got)
	}
}

// TestAtOnce: a hundred requests at the same moment are no more than five to
// the one who decides.
func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowly{decide: make(chan struct{})}
		h := enroll.Handler(slow, enroll.Options{})
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				asks{h, "10.1.1.1:4000", ""}.post(identity.PathEnroll, `{"ticket":"`+strings.Repeat("0", 64)+`"}`)
			})
		}
		synctest.Wait()
		close(slow.decide)
		all.Wait()
		if got := slow.asked.Load(); got != 5 {
			t.Errorf("%d requests were decided, want 5", got)
		}
	})
}

// TestSlotsForTheKnown: while the one who decides is slow, what nobody vouches
// for does not take all that is handled at once, from hubs below neither.
func TestSlotsForTheKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowly{decide: make(chan struct{})}
		h := enroll.Handler(slow, enroll.Options{Vouch: known{unit: "u"}, Member: memberNamed})
		var all sync.WaitGroup
		ask := func(from, hub, unit string) {
			all.Go(func() {
				asks{h, from, hub}.post(identity.PathEnroll, `{"ticket":"`+strings.Repeat("0", 64)+`","unit":"`+unit+`"}`)
			})
		}
		for n := range 100 {
			ask("10.1.1.1:4000", fmt.Sprintf("hub %d", n), "")
			ask(fmt.Sprintf("10.1.2.%d:4000", n), "", "")
		}
		synctest.Wait()
		before := slow.asked.Load()
		for range 5 {
			ask("10.3.3.3:4000", "", "u")
		}
		synctest.Wait()
		if got := slow.asked.Load() - before; before != 48 || got != 5 {
			t.Errorf("%d of the unknown are handled, and %d of 5 that are vouched for", before, got)
		}
		close(slow.decide)
		all.Wait()
	})
}

// slowly refuses when it is told to.
type slowly struct {
	refusing
	decide chan struct{}
	asked  atomic.Int64
}

func (s *slowly) Enroll(context.Context, identity.EnrollRequest) (identity.Answer, error) {
	s.asked.Add(1)
	<-s.decide
	return identity.Answer{}, fault.New(fault.Denied, "no")
}

// known vouches for what names its unit, and for one device.
type known struct{ unit change.UnitID }

func (k known) Enroll(_ context.Context, req identity.EnrollRequest) string {
	if req.Unit == k.unit {
		return "unit"
	}
	return ""
}

func (known) Renew(_ context.Context, req identity.RenewRequest) string {
	if req.Device == "bbbbbbbbbbbbbbbb" {
		return "device"
	}
	return ""
}

// TestPlacesForTheKnown: when strangers have used everything up, what is
// vouched for is served, also from their own address, and is bounded too.
func TestPlacesForTheKnown(t *testing.T) {
	h := denying(enroll.Options{Vouch: known{}})
	for n := range 100 {
		asks{h, fmt.Sprintf("10.1.1.%d:4000", n), ""}.renewals(t, try(0), 10)
	}
	ours := strings.ReplaceAll(try(0), "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb")
	if got := (asks{h, "10.1.1.1:4000", ""}).renewals(t, ours, 50); got != 10 {
		t.Errorf("%d tries of a known device, want 10", got)
	}
	if got := (asks{h, "10.1.1.1:4000", "node"}).renewals(t, try(0), 50); got != 10 {
		t.Errorf("%d tries of one that shows its certificate, want 10", got)
	}
}

// TestNameUsedUp: who names what others have used up is counted by address.
func TestNameUsedUp(t *testing.T) {
	h := enroll.Handler(refusing{fault.New(fault.Denied, "no")}, enroll.Options{Vouch: known{unit: "u"}})
	body := `{"ticket":"` + strings.Repeat("0", 64) + `","unit":"u"}`
	heard := func(from string, n int) (heard int) {
		for range n {
			if (asks{h, from, ""}).post(identity.PathEnroll, body).Code == http.StatusForbidden {
				heard++
			}
		}
		return heard
	}
	if got := heard("10.1.1.1:4000", 100); got != 15 {
		t.Errorf("%d tries, want ten for the name and five for the address", got)
	}
	if got := heard("10.2.2.2:4000", 100); got != 5 {
		t.Errorf("%d tries from elsewhere, want 5", got)
	}
}

// TestUnreadable: ten thousand requests that cannot be read leave a few lines.
func TestUnreadable(t *testing.T) {
	var log bytes.Buffer
	opts := enroll.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}
	for path, h := range map[string]http.Handler{
		identity.PathEnroll: enroll.Handler(refusing{}, opts), identity.PathRenew: enroll.Door(refusing{}, opts),
	} {
		log.Reset()
		for n := range 10_000 {
			asks{h, fmt.Sprintf("10.1.%d.%d:4000", n/256, n%256), ""}.post(path, strings.Repeat("?", n%40))
		}
		if got := log.Len(); got == 0 || got > 2<<10 {
			t.Errorf("%s: %d bytes of log, want a few lines", path, got)
		}
	}
}

// TestLongWords: what a stranger has the hub repeat is cut.
func TestLongWords(t *testing.T) {
	var log bytes.Buffer
	h := enroll.Door(refusing{fault.New(fault.Denied, "no %s", strings.Repeat("x\n", 8<<10))}, enroll.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if (asks{h, "10.1.1.1:4000", ""}).post(identity.PathRenew, try(0)); log.Len() > 1<<10 || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("%d bytes of log", log.Len())
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
