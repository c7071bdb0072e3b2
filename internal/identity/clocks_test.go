package identity_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
)

// wrongClocks are how far a clock may be off, by name.
var wrongClocks = map[string]time.Duration{
	"3 hours ahead": 3 * time.Hour, "2 days ahead": 2 * day, "61 days ahead": 61 * day, "20 years ahead": 20 * 365 * day,
	"8 hours behind": -8 * time.Hour, "40 days behind": -40 * day,
}

// mustOlderAuthority is one as a program of before made it: it begins when it was
// made, and lives 20 years.
func mustOlderAuthority(t *testing.T, now time.Time) *identity.Authority {
	t.Helper()
	dir := t.TempDir()
	mustAuthority(t, dir, now)
	by := authorityOf(t, dir)
	older := *by.cert
	older.NotBefore, older.NotAfter, older.ExtraExtensions = now.Add(-10*time.Minute), now.Add(20*365*day), nil
	self := signer{cert: &older, key: by.key}
	mustWriteCert(t, filepath.Join(dir, "authority", "ca.crt"), self.mustSign(t, &older, publicOf(by.key)))
	a, err := identity.OpenAuthority(dir, optionsAt(now))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func mustWriteCert(t *testing.T, path string, cert *x509.Certificate) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// mustJoinAt joins a device whose clock is its own.
func mustJoinAt(t *testing.T, n *identitytest.Network, c *clock) *identity.Keystore {
	t.Helper()
	k, err := identity.Create(t.TempDir(), identity.Options{Key: identitytest.Key, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := identity.Join(t.Context(), k, n.MustInvite(t, n.Street), n.Root, identity.Listen{}); err != nil {
		t.Fatal(err)
	}
	return k
}

func wantTrust(t *testing.T, who string, judge, other *identity.Keystore) {
	t.Helper()
	svid, err := other.GetX509SVID()
	if err == nil {
		_, err = judge.Verifier().Live(svid.Certificates, x509.ExtKeyUsageServerAuth, judge.Now())
	}
	if err != nil {
		t.Errorf("%s: %v", who, err)
	}
}

// TestFoundedByAWrongClock: a network that was founded while the city's clock was
// wrong, and renews its own certificate by it, works with those whose clocks are
// right, and goes on working when the clock is set.
func TestFoundedByAWrongClock(t *testing.T) {
	for name, off := range wrongClocks {
		t.Run(name, func(t *testing.T) {
			right := newClock()
			city := &clock{right.now.Add(off)}
			n := identitytest.MustFound(t, identity.Options{Now: city.Now})
			k := mustJoinAt(t, n, right)
			wantTrust(t, "the city, by a clock that is right", k, n.Own)
			if off < 60*day {
				wantTrust(t, "the device, by the city's clock", n.Own, k)
			}
			city.now = right.now
			if err := identity.Renew(t.Context(), n.Own, n.Root); err != nil {
				t.Fatal(err)
			}
			wantTrust(t, "the city, set right", k, n.Own)
			wantTrust(t, "the device, by the city set right", n.Own, k)
		})
	}
}

// TestDeadBattery: a device that stands at 1970 or 2000 works with the others, and
// the others with it.
func TestDeadBattery(t *testing.T) {
	n, _ := mustFound(t)
	for _, at := range []time.Time{time.Unix(5, 0), time.Date(2000, 1, 1, 0, 0, 9, 0, time.UTC)} {
		k := mustJoinAt(t, n, &clock{at})
		wantTrust(t, "the city", k, n.Own)
		wantTrust(t, "the device", n.Own, k)
	}
}

// TestCityWithADeadBattery: it issues nothing that has ended elsewhere, as long as
// it knows a time that has been; without one, what a device holds is kept.
func TestCityWithADeadBattery(t *testing.T) {
	n, c := mustFound(t)
	right := &clock{c.now}
	k := mustJoinAt(t, n, right)
	c.now = time.Unix(5, 0)
	held := k.Certificate()
	wantKind(t, identity.Renew(t.Context(), k, n.Root), fault.Invalid, "ended at 1970-04-01")
	if !k.Certificate().Equal(held) {
		t.Error("a valid certificate was replaced by one that has ended")
	}
	right.now = right.now.Add(10 * 365 * day)
	wantKind(t, identity.Renew(t.Context(), k, n.Root), fault.Invalid, "ended at 1970-04-01")
	right.now = right.now.Add(-10 * 365 * day)
	if !k.Certificate().Equal(held) {
		t.Error("with a clock ten years ahead, one that ended later was replaced")
	}
	known := n.Options
	known.Past = func() time.Time { return right.now.Add(-day) }
	knowing := identity.NewRoot(n.Authority, n.Registry, known)
	if err := identity.Renew(t.Context(), k, knowing); err != nil || !k.Certificate().NotAfter.Equal(right.now.Add(89*day)) {
		t.Errorf("%v: the certificate ends %v, want 90 days after the newest time known", err, k.Certificate().NotAfter)
	}
}

// TestNotYetValidIsReplaced: a program of before dated certificates by the city's
// clock. One that is not valid yet by the clock here is replaced at once.
func TestNotYetValidIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := identitytest.MustFound(t, identity.Options{})
		dir := identity.DirOf(n.Own)
		by := signer{cert: n.Authority.Bundle()[0], key: identity.PrivateKey(n.Authority)}
		ahead := leafFor(n.Authority.Network(), n.City, publicOf(n.Own.Key()), time.Now().Add(61*day))
		ahead.NotAfter = ahead.NotBefore.Add(identity.LeafLife)
		mustWriteCert(t, filepath.Join(dir, "identity", "device.crt"), by.mustSign(t, ahead, publicOf(n.Own.Key())))
		k, err := identity.Open(dir, identity.Options{Key: identitytest.Key})
		if err != nil {
			t.Fatal(err)
		}
		if !k.Certificate().NotBefore.After(time.Now()) {
			t.Fatal("the certificate is valid already")
		}
		reg, start := &counted{Registrar: n.Root}, time.Now()
		runFor(t, k, reg, day)
		if len(reg.calls) != 1 || reg.calls[0] != start {
			t.Errorf("renewed at %v, want once, at the start %v", reg.calls, start)
		}
		wantTrust(t, "the city", n.Own, k)
	})
}

// TestRotateByAnyClock: the next authority is valid always too, and when the one
// before may be retired is counted from the rotation.
func TestRotateByAnyClock(t *testing.T) {
	n, c := mustFound(t)
	k, right := mustJoinAt(t, n, newClock()), c.now
	c.now = right.Add(61 * day)
	mustRotate(t, n, c)
	wantTrust(t, "the city under the next authority", k, n.Own)
	wantKind(t, n.Authority.Retire(c.now.Add(identity.LeafLife-time.Hour)), fault.Busy, "until")
	if err := n.Authority.Retire(c.now.Add(identity.LeafLife)); err != nil {
		t.Error(err)
	}
	older := mustOlderAuthority(t, right)
	if err := older.Rotate(right); err != nil {
		t.Fatal(err)
	}
	if first := older.Bundle()[0]; !first.NotBefore.Equal(time.Unix(0, 0)) || !bytes.Equal(older.Bundle()[1].RawSubject, first.RawSubject) {
		t.Errorf("after one of before: valid from %v", first.NotBefore)
	}
}

// TestTokenOverAClockSetBack: a token that was made while the city's clock was
// ahead is good for its time from when the clock was set back, no longer.
func TestTokenOverAClockSetBack(t *testing.T) {
	c := newClock()
	made := identity.Ticket{Made: c.now.Add(61 * day).UnixMilli(), Expires: c.now.Add(64 * day).UnixMilli()}
	got, moved := made.Rebased(c.now)
	if want := (identity.Ticket{Made: c.now.UnixMilli(), Expires: c.now.Add(3 * day).UnixMilli()}); !moved || got != want {
		t.Errorf("got %+v, %v, want %+v", got, moved, want)
	}
	if again, moved := got.Rebased(c.now.Add(day)); moved || again != got {
		t.Errorf("got %+v, %v, want it left alone", again, moved)
	}
	older := identity.Ticket{Expires: made.Expires}
	if same, moved := older.Rebased(c.now); moved || same != older {
		t.Errorf("one of an older program: got %+v, %v", same, moved)
	}
}
