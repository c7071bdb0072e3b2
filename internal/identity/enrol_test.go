package identity_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
)

// relay is a Registrar on the way: it sees every request and answer, and may
// alter them.
type relay struct {
	identity.Registrar
	request func(*identity.EnrollRequest)
	renewal func(*identity.RenewRequest)
	answer  func(identity.Answer) identity.Answer
	err     error // instead of an answer, after the root has decided
}

func (h *relay) Enroll(ctx context.Context, req identity.EnrollRequest) (identity.Answer, error) {
	if h.request != nil {
		h.request(&req)
	}
	a, err := h.Registrar.Enroll(ctx, req)
	return h.pass(a, err)
}

func (h *relay) Renew(ctx context.Context, req identity.RenewRequest) (identity.Answer, error) {
	if h.renewal != nil {
		h.renewal(&req)
	}
	a, err := h.Registrar.Renew(ctx, req)
	return h.pass(a, err)
}

func (h *relay) pass(a identity.Answer, err error) (identity.Answer, error) {
	if h.err != nil {
		return identity.Answer{}, h.err
	}
	if h.answer != nil && err == nil && len(a.Challenge) == 0 {
		a = h.answer(a)
	}
	return a, err
}

func TestJoin(t *testing.T) {
	n, c := mustFound(t)
	k := n.MustCreate(t)
	listen := identity.Listen{Address: "a.example:1", Web: "a.example:2", Name: "made-up street"}
	if err := identity.Join(t.Context(), k, n.MustInvite(t, n.Street), n.Root, listen); err != nil {
		t.Fatal(err)
	}
	want := identity.Placement{Network: n.Authority.Network(), Unit: n.Street, Place: identity.Place{
		Level: 4, RootUnit: n.City, Parents: []identity.Parent{{Unit: n.City, Address: "city.example:7001", Web: "city.example:7002"}},
	}}
	if diff := cmp.Diff(want, k.Placement()); diff != "" {
		t.Errorf("placement (-want +got):\n%s", diff)
	}
	hubs := []identity.Hub{{Unit: n.City, Key: publicOf(n.Own.Key())}}
	again, err := identity.Open(identity.DirOf(k), n.Options)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]identity.Hub{hubs, hubs}, [][]identity.Hub{k.Hubs(), again.Hubs()}); diff != "" {
		t.Errorf("hubs, and after a restart (-want +got):\n%s", diff)
	}
	d, err := n.Registry.Device(t.Context(), k.Device())
	if err != nil {
		t.Fatal(err)
	}
	wantDevice := identity.Device{ID: k.Device(), Unit: n.Street, Key: publicOf(k.Key()), Address: "a.example:1", Web: "a.example:2",
		Name: "made-up street", Enrolled: c.now.UnixMilli()}
	if diff := cmp.Diff(wantDevice, d); diff != "" {
		t.Errorf("device at the root (-want +got):\n%s", diff)
	}
}

func TestInviteRefuses(t *testing.T) {
	n, _ := mustFound(t)
	_, err := n.Root.Invite(t.Context(), change.NewUnitID([10]byte{99}), 0)
	wantKind(t, err, fault.NotFound, "unit")
	for _, ttl := range []time.Duration{-time.Second, 31 * 24 * time.Hour} {
		_, err = n.Root.Invite(t.Context(), n.Street, ttl)
		wantKind(t, err, fault.Invalid, "live")
	}
}

// S1: each token one device, in its time, for its unit.
func TestTokenRules(t *testing.T) {
	n, c := mustFound(t)
	join := func(k *identity.Keystore, token identity.Token) error {
		return identity.Join(t.Context(), k, token, n.Root, identity.Listen{})
	}
	token, first := n.MustInvite(t, n.Community), n.MustCreate(t)
	if err := join(first, token); err != nil {
		t.Fatal(err)
	}
	wantKind(t, join(n.MustCreate(t), token), fault.Denied, "used before")
	if err := join(first, token); err != nil {
		t.Errorf("the same device again: %v", err)
	}
	late := n.MustInvite(t, n.Community)
	c.now = c.now.Add(identity.DefaultTokenLife)
	wantKind(t, join(n.MustCreate(t), late), fault.Denied, "expired")
	wantKind(t, join(first, token), fault.Denied, "expired")
	wantKind(t, join(first, n.MustInvite(t, n.Street)), fault.Busy, "already belongs")

	redirected := n.MustInvite(t, n.Community)
	redirected.Unit = n.City
	wantKind(t, join(n.MustCreate(t), redirected), fault.Denied, "another unit")
	other := identitytest.MustFound(t, n.Options).MustInvite(t, n.Community)
	wantKind(t, join(n.MustCreate(t), other), fault.Denied, "network")
	guessed := identity.Token{Network: n.Authority.Network(), Unit: n.Community, Authority: n.Authority.Fingerprint()}
	wantKind(t, join(n.MustCreate(t), guessed), fault.Denied, "not known")
	n.Registry.Revoke(first.Device())
	wantKind(t, join(first, n.MustInvite(t, n.Community)), fault.Denied, "revoked")
}

func TestTokenTwiceAtOnce(t *testing.T) {
	n, _ := mustFound(t)
	token := n.MustInvite(t, n.Community)
	keys := make([]*identity.Keystore, 8)
	for i := range keys {
		keys[i] = n.MustCreate(t)
	}
	errs := make([]error, len(keys))
	var wg sync.WaitGroup
	for i, k := range keys {
		wg.Go(func() { errs[i] = identity.Join(t.Context(), k, token, n.Root, identity.Listen{}) })
	}
	wg.Wait()
	won := 0
	for i, err := range errs {
		if err == nil {
			won++
			continue
		}
		wantKind(t, err, fault.Denied, "used before")
		if keys[i].Joined() {
			t.Errorf("device %d was refused and has joined", i)
		}
	}
	if won != 1 {
		t.Errorf("%d devices joined with one token, want 1", won)
	}
}

// An answer lost on the way costs nothing: neither the token nor the key, also
// when the joiner restarts.
func TestJoinAfterALostAnswer(t *testing.T) {
	n, _ := mustFound(t)
	dir, token := t.TempDir(), n.MustInvite(t, n.Community)
	k, err := identity.Create(dir, n.Options)
	if err != nil {
		t.Fatal(err)
	}
	lost := &relay{Registrar: n.Root, err: fault.New(fault.Unavailable, "the line broke")}
	wantKind(t, identity.Join(t.Context(), k, token, lost, identity.Listen{}), fault.Unavailable, "line")
	_, err = identity.Open(dir, n.Options)
	wantKind(t, err, fault.NotFound, "not joined")
	again, err := identity.Create(dir, n.Options)
	if err != nil {
		t.Fatal(err)
	}
	if err := identity.Join(t.Context(), again, token, n.Root, identity.Listen{}); err != nil {
		t.Fatal(err)
	}
	opened, err := identity.Open(dir, n.Options)
	if err != nil || opened.Device() != k.Device() || !opened.Certificate().Equal(again.Certificate()) {
		t.Errorf("reopened as %v, %v, want device %s", opened, err, k.Device())
	}
}

// A hub on the way can use nothing of what it sees and alter nothing.
func TestJoinThroughAHostileHub(t *testing.T) {
	n, _ := mustFound(t)
	thief := n.MustCreate(t)
	for name, c := range map[string]struct {
		hub  relay
		says string
	}{
		"takes the token for its own key": {relay{request: func(r *identity.EnrollRequest) { r.CSR = mustCSR(t, emptyRequest, thief.Key()) }}, "not made with the token"},
		"changes the address":             {relay{request: func(r *identity.EnrollRequest) { r.Address = "evil.example:1" }}, "not made with the token"},
		"names itself the city":           {relay{answer: rewrite(t, func(g *identity.Grant) { g.RootUnit = n.Street })}, "not signed"},
		"adds an authority": {relay{answer: rewrite(t, func(g *identity.Grant) {
			g.Bundle = append(g.Bundle, identitytest.MustFound(t, n.Options).Authority.Bundle()[0].Raw)
		})}, "not signed"},
		"answers as another root": {relay{answer: func(identity.Answer) identity.Answer { return foreign(t, n.Options) }}, "not signed"},
		"flips the signature":     {relay{answer: func(a identity.Answer) identity.Answer { a.Signature[0] ^= 1; return a }}, "not signed"},
		"replays an older answer": {relay{answer: replay(t, n)}, "another request"},
		"weak ticket key":         {relay{request: func(r *identity.EnrollRequest) { r.Ticket = identity.TicketID{1}; r.Proof = weakProof() }}, "not made with the token"},
	} {
		t.Run(name, func(t *testing.T) {
			c.hub.Registrar = n.Root
			k := n.MustCreate(t)
			err := identity.Join(t.Context(), k, n.MustInvite(t, n.Community), &c.hub, identity.Listen{})
			wantKind(t, err, fault.Denied, c.says)
			if k.Joined() {
				t.Error("the device has joined")
			}
		})
	}
}

func weakProof() []byte {
	p := make([]byte, 64)
	p[0] = 1
	return p
}

func rewrite(t *testing.T, change func(*identity.Grant)) func(identity.Answer) identity.Answer {
	return func(a identity.Answer) identity.Answer {
		var g identity.Grant
		if err := json.Unmarshal(a.Body, &g); err != nil {
			t.Fatal(err)
		}
		change(&g)
		body, err := json.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		return identity.Answer{Body: body, Signature: a.Signature}
	}
}

// foreign is a good answer of another network's root.
func foreign(t *testing.T, opts identity.Options) (out identity.Answer) {
	n := identitytest.MustFound(t, opts)
	spy := &relay{Registrar: n.Root, answer: func(a identity.Answer) identity.Answer { out = a; return a }}
	if err := identity.Join(t.Context(), n.MustCreate(t), n.MustInvite(t, n.Community), spy, identity.Listen{}); err != nil {
		t.Fatal(err)
	}
	return out
}

// replay always gives the first answer it has seen.
func replay(t *testing.T, n *identitytest.Network) func(identity.Answer) identity.Answer {
	var old identity.Answer
	spy := &relay{Registrar: n.Root, answer: func(a identity.Answer) identity.Answer { old = a; return a }}
	if err := identity.Join(t.Context(), n.MustCreate(t), n.MustInvite(t, n.Community), spy, identity.Listen{}); err != nil {
		t.Fatal(err)
	}
	return func(identity.Answer) identity.Answer { return old }
}

// S3: a request seen elsewhere, used with an own token, moves nobody.
func TestEnrollAnothersKey(t *testing.T) {
	n, _ := mustFound(t)
	victim := n.MustJoin(t, n.Community)
	token := n.MustInvite(t, n.Street)
	thief := &relay{Registrar: n.Root}
	stolen := mustCSR(t, emptyRequest, victim.Key())
	req := mustRequest(t, n, token, func(r *identity.EnrollRequest) { r.CSR = stolen })
	_, err := thief.Enroll(t.Context(), req)
	wantKind(t, err, fault.Denied, "already belongs to another unit")
	if d, err := n.Registry.Device(t.Context(), victim.Device()); err != nil || d.Unit != n.Community {
		t.Errorf("the victim is now in unit %s, %v", d.Unit, err)
	}
	if err := identity.Join(t.Context(), n.MustCreate(t), token, n.Root, identity.Listen{}); err != nil {
		t.Errorf("the refused try has used up the token: %v", err)
	}
}

func TestEnrollInvalidRequests(t *testing.T) {
	n, _ := mustFound(t)
	long := string(bytes.Repeat([]byte{'a'}, 300))
	for name, spoil := range map[string]func(*identity.EnrollRequest){
		"short nonce":  func(r *identity.EnrollRequest) { r.Nonce = r.Nonce[:8] },
		"long address": func(r *identity.EnrollRequest) { r.Address = long },
		"long name":    func(r *identity.EnrollRequest) { r.Name = long },
		"control":      func(r *identity.EnrollRequest) { r.Name = "a\nb" },
		"bidi":         func(r *identity.EnrollRequest) { r.Name = "a\u202eb" },
		"no csr":       func(r *identity.EnrollRequest) { r.CSR = nil },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := n.Root.Enroll(t.Context(), mustRequest(t, n, n.MustInvite(t, n.Community), spoil))
			wantKind(t, err, fault.Invalid, "")
		})
	}
}

func TestEnrollWhenTheRootFails(t *testing.T) {
	n, _ := mustFound(t)
	k, token := n.MustCreate(t), n.MustInvite(t, n.Community)
	full := fault.New(fault.Full, "no room")
	for _, call := range []string{"Admit", "Place", "Hubs"} {
		n.Registry.Fail = func(c string) error {
			if c == call {
				return full
			}
			return nil
		}
		if err := identity.Join(t.Context(), k, token, n.Root, identity.Listen{}); !errors.Is(err, full) {
			t.Errorf("%s fails: got %v, want %v", call, err, full)
		}
	}
	n.Registry.Fail = nil
	if err := identity.Join(t.Context(), k, token, n.Root, identity.Listen{}); err != nil {
		t.Errorf("after the failures: %v", err)
	}
}
