package identity_test

import (
	"context"
	"crypto/ed25519"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
)

func TestRenewAfterExpiry(t *testing.T) {
	n, c := mustFound(t)
	k := n.MustJoin(t, n.Community)
	c.now = c.now.Add(3 * 365 * 24 * time.Hour)
	if err := identity.Renew(t.Context(), k, n.Root); err != nil {
		t.Fatal(err)
	}
	if got, want := k.Certificate().NotAfter, c.now.Add(identity.LeafLife); !got.Equal(want) {
		t.Errorf("the new certificate ends %s, want %s", got, want)
	}
}

// A clock of the root that was ahead for a while locks nobody out.
func TestRenewAfterTheRootsClockWasAhead(t *testing.T) {
	n, c := mustFound(t)
	k, right := n.MustJoin(t, n.Community), c.now
	c.now = right.Add(400 * 24 * time.Hour)
	if err := identity.Renew(t.Context(), k, n.Root); err != nil {
		t.Fatal(err)
	}
	c.now = right.Add(time.Hour)
	if err := identity.Renew(t.Context(), k, n.Root); err != nil {
		t.Fatal(err)
	}
	if got, want := k.Certificate().NotAfter, c.now.Add(identity.LeafLife); !got.Equal(want) {
		t.Errorf("the new certificate ends %s, want %s", got, want)
	}
}

func TestRenewFollowsAMoveOfTheUnit(t *testing.T) {
	n, _ := mustFound(t)
	k := n.MustJoin(t, n.Community)
	n.Registry.SetPlace(n.Community, identity.Place{Level: 5, RootUnit: n.City, Parents: []identity.Parent{{Unit: n.City, Address: "new.example:1"}}})
	if err := identity.Renew(t.Context(), k, n.Root); err != nil {
		t.Fatal(err)
	}
	if got := k.Placement().Parents; len(got) != 1 || got[0].Address != "new.example:1" {
		t.Errorf("parents: got %v, want the new one", got)
	}
}

// S11: the renewal door opens for the device's own key only.
func TestRenewRefuses(t *testing.T) {
	n, _ := mustFound(t)
	k, banned := n.MustJoin(t, n.Community), n.MustJoin(t, n.Community)
	n.Registry.Revoke(banned.Device())
	request := func(device change.DeviceID, key ed25519.PrivateKey) error {
		_, err := n.Root.Renew(t.Context(), identity.RenewRequest{Device: device, CSR: mustCSR(t, emptyRequest, key), Nonce: make([]byte, 16)})
		return err
	}
	stranger := mustKey(t)
	wantKind(t, request(k.Device(), stranger), fault.Denied, "another device's key")
	wantKind(t, request(change.DeviceOf(publicOf(stranger)), stranger), fault.Denied, "never joined")
	wantKind(t, request(banned.Device(), banned.Key()), fault.Denied, "revoked")
	wantKind(t, identity.Renew(t.Context(), banned, n.Root), fault.Denied, "revoked")
	_, err := n.Root.Renew(t.Context(), identity.RenewRequest{Device: k.Device(), CSR: mustCSR(t, emptyRequest, k.Key())})
	wantKind(t, err, fault.Invalid, "nonce")
	_, err = n.Root.Renew(t.Context(), identity.RenewRequest{Device: k.Device(), Nonce: make([]byte, 16)})
	wantKind(t, err, fault.Invalid, "request")
}

func TestRenewThroughAHostileHub(t *testing.T) {
	n, _ := mustFound(t)
	for name, h := range map[string]*relay{
		"names itself the city":   {answer: rewrite(t, func(g *identity.Grant) { g.RootUnit = n.Street })},
		"answers as another root": {answer: func(identity.Answer) identity.Answer { return foreign(t, n.Options) }},
		"replays an older answer": {answer: replay(t, n)},
		"replays an older request": {renewal: func(r *identity.RenewRequest) {
			r.Nonce = make([]byte, 16)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h.Registrar = n.Root
			k := n.MustJoin(t, n.Community)
			before := k.Certificate()
			wantKind(t, identity.Renew(t.Context(), k, h), fault.Denied, "answer")
			if !k.Certificate().Equal(before) || k.Placement().RootUnit != n.City {
				t.Error("a refused answer has changed the identity")
			}
		})
	}
}

// counted counts renewals and fails those before a time.
type counted struct {
	identity.Registrar
	err   error
	until time.Time
	calls []time.Time
}

func (c *counted) Renew(ctx context.Context, r identity.RenewRequest) (identity.Answer, error) {
	if len(r.Challenge) == 0 {
		c.calls = append(c.calls, time.Now())
	}
	if time.Now().Before(c.until) {
		return identity.Answer{}, c.err
	}
	return c.Registrar.Renew(ctx, r)
}

// runFor lets a renewer run for a time of the bubble's clock.
func runFor(t *testing.T, k *identity.Keystore, reg identity.Registrar, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := (&identity.Renewer{Keystore: k, Registrar: reg}).Run(ctx); err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestRenewerRenewsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := identitytest.MustFound(t, identity.Options{})
		reg, start := &counted{Registrar: n.Root}, time.Now()
		runFor(t, n.Own, reg, 100*24*time.Hour)
		if got := len(reg.calls); got != 6 { // every 15 days of 90, within an hour
			t.Fatalf("%d renewals in 100 days, want 6", got)
		}
		if first := reg.calls[0].Sub(start); first < 14*24*time.Hour || first > 15*24*time.Hour+time.Hour {
			t.Errorf("the first renewal came after %s, want 15 days", first)
		}
		if left := time.Until(n.Own.Certificate().NotAfter); left < 75*24*time.Hour-2*time.Hour {
			t.Errorf("%s of life left, want five sixths at least", left)
		}
	})
}

func TestRenewerBacksOff(t *testing.T) {
	for _, c := range []struct {
		kind     fault.Kind
		min, max int // calls in a day
	}{{fault.Unavailable, 24, 32}, {fault.Denied, 23, 25}} {
		synctest.Test(t, func(t *testing.T) {
			n := identitytest.MustFound(t, identity.Options{})
			<-time.After(identity.LeafLife + time.Hour) // expired: at once
			start := time.Now()
			reg := &counted{Registrar: n.Root, err: fault.New(c.kind, "no"), until: start.Add(24 * time.Hour)}
			runFor(t, n.Own, reg, 24*time.Hour-time.Second)
			if got := len(reg.calls); got < c.min || got > c.max || reg.calls[0] != start {
				t.Errorf("%s: %d calls a day, the first after %s, want %d to %d, at once", c.kind, got, reg.calls[0].Sub(start), c.min, c.max)
			}
			runFor(t, n.Own, reg, 3*time.Hour)
			if time.Until(n.Own.Certificate().NotAfter) < 80*24*time.Hour {
				t.Errorf("%s: not renewed when the root answered again", c.kind)
			}
		})
	}
}

func TestRenewerStopsWhileAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := identitytest.MustFound(t, identity.Options{})
		<-time.After(identity.LeafLife)
		runFor(t, n.Own, hanging{}, time.Minute)
	})
}

func TestRenewerWantsAMember(t *testing.T) {
	n, _ := mustFound(t)
	wantKind(t, (&identity.Renewer{Keystore: n.MustCreate(t), Registrar: n.Root}).Run(t.Context()), fault.Invalid, "joined")
}

type hanging struct{ identity.Registrar }

func (hanging) Renew(ctx context.Context, _ identity.RenewRequest) (identity.Answer, error) {
	<-ctx.Done()
	return identity.Answer{}, ctx.Err()
}
