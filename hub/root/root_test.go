package root_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node/replica"
)

func mustOpen(t *testing.T, city *replica.Replica) *root.Root {
	t.Helper()
	r, err := root.Open(city)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAdmission(t *testing.T) {
	identitytest.TestRegistry(t, kit.First.ID, func(tb testing.TB) identity.Registry {
		return root.NewAdmission(kit.MustTown(tb).MustCity(tb))
	})
}

// TestRevoke: the city's word ends a device's rights at the city at once, and
// at each hub it reaches.
func TestRevoke(t *testing.T) {
	w := kit.MustTown(t)
	city := w.MustCity(t)
	d := kit.MustDevice(t, city, 7, kit.First, 10)
	street := w.MustReplica(t, city, kit.Street)
	if !known(street, d.ID, system.Active) {
		t.Fatal("the street does not know the device")
	}
	got, err := mustOpen(t, city).Revoke(t.Context(), d.ID, "lost")
	if err != nil || got.State != system.Revoked || got.Code != kit.First.Code || !known(city, d.ID, system.Revoked) {
		t.Errorf("got %+v, %v, want it revoked", got, err)
	}
	w.MustCarry(t, city, street)
	if !street.Members.Banned(d.ID) {
		t.Error("the street does not know of the revocation")
	}
	device, err := root.NewAdmission(city).Device(t.Context(), d.ID)
	if err != nil || !device.Revoked {
		t.Errorf("Device: got %+v, %v, want it revoked", device, err)
	}
}

func known(s *replica.Replica, id change.DeviceID, state string) bool {
	d, ok := s.Members.Device(id)
	return ok && d.State == state
}

func TestRevokeRefuses(t *testing.T) {
	city := kit.MustTown(t).MustCity(t)
	kit.MustAdmit(t, city, identity.Device{ID: city.Keys.Device(), Unit: kit.City.ID, Key: make([]byte, 32)})
	for id, want := range map[change.DeviceID]fault.Kind{city.Keys.Device(): fault.Invalid, change.DeviceOf(nil): fault.NotFound} {
		_, err := mustOpen(t, city).Revoke(t.Context(), id, "")
		kit.WantKind(t, err, want)
	}
}

// TestInvite: a token is for a unit of the tree, for a time that is not too long.
func TestInvite(t *testing.T) {
	r := mustOpen(t, kit.MustTown(t).MustCity(t))
	for _, unit := range []string{kit.First.Code, string(kit.First.ID)} {
		token, err := r.Invite(t.Context(), unit, 0)
		if err != nil || token.Unit != kit.First.ID {
			t.Errorf("%s: got %+v, %v", unit, token, err)
		}
		if parsed, err := identity.ParseToken(token.Text()); err != nil || parsed.Unit != kit.First.ID {
			t.Errorf("read again: got %+v, %v", parsed, err)
		}
	}
	_, err := r.Invite(t.Context(), kit.NotOfTown.Code, 0)
	kit.WantKind(t, err, fault.NotFound)
	_, err = r.Invite(t.Context(), kit.First.Code, 10*365*24*time.Hour)
	kit.WantKind(t, err, fault.Invalid)
}

// TestAuthorities: the next authority signs the city's certificate, and the one
// before is trusted until it is retired.
func TestAuthorities(t *testing.T) {
	f, clock := founding(t)
	if _, _, err := root.Found(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	city, err := replica.Open(replica.Config{Dir: f.Dir, Vault: f.Vault, Hub: true, Schema: f.Schema, Now: f.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = city.Close() })
	r, before := mustOpen(t, city), city.Keys.Certificate()
	next, err := r.Rotate(t.Context())
	if err != nil || next.Trusted != 2 || city.Keys.Certificate().Equal(before) {
		t.Fatalf("got %+v, %v, want two trusted and another certificate", next, err)
	}
	_, err = r.Retire(t.Context())
	kit.WantKind(t, err, fault.Busy) // others may hold certificates of the one before
	clock.Advance(91 * 24 * time.Hour)
	alone, err := r.Retire(t.Context())
	if err != nil || alone.Trusted != 1 || alone.Authority != next.Authority {
		t.Errorf("got %+v, %v, want %s alone", alone, err, next.Authority)
	}
}

// TestPlace names the nearest hubs first, and of one unit the latest.
func TestPlace(t *testing.T) {
	city := kit.MustTown(t).MustCity(t)
	kit.MustDevice(t, city, 7, kit.Street, 10)
	kit.MustDevice(t, city, 8, kit.Street, 20)
	place, err := root.NewAdmission(city).Place(t.Context(), kit.First.ID)
	if err != nil || place.Level != int(tree.Community) || len(place.Parents) != 3 || place.Parents[0].Unit != kit.Street.ID || place.Parents[0].Address == "" || place.Parents[1].Address != "" {
		t.Errorf("got %+v, %v", place, err)
	}
}

// TestHubs names the keys of active devices above, of each unit the latest first.
func TestHubs(t *testing.T) {
	city := kit.MustTown(t).MustCity(t)
	older, newer := kit.MustDevice(t, city, 7, kit.Street, 10), kit.MustDevice(t, city, 8, kit.Street, 20)
	above := kit.MustDevice(t, city, 9, kit.District, 5)
	kit.MustDevice(t, city, 10, kit.FarStreet, 30)
	kit.MustDevice(t, city, 11, kit.First, 40)
	revoked := kit.MustDevice(t, city, 12, kit.Street, 50)
	if _, err := mustOpen(t, city).Revoke(t.Context(), revoked.ID, "lost"); err != nil {
		t.Fatal(err)
	}
	want := []identity.Hub{{Unit: kit.Street.ID, Key: newer.Key}, {Unit: kit.Street.ID, Key: older.Key}, {Unit: kit.District.ID, Key: above.Key}}
	hubs, err := root.NewAdmission(city).Hubs(t.Context(), kit.First.ID)
	if diff := cmp.Diff(want, hubs); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for n := range 20 {
		kit.MustDevice(t, city, byte(100+n), kit.Street, int64(100+n))
	}
	if hubs, err = root.NewAdmission(city).Hubs(t.Context(), kit.First.ID); err != nil || len(hubs) != 17 || !bytes.Equal(hubs[16].Key, above.Key) {
		t.Errorf("of very many: %d, %v, want 16 of the street, and the district's", len(hubs), err)
	}
}

func founding(t *testing.T) (root.Founding, *kit.Clock) {
	t.Helper()
	clock := kit.MustTown(t).Clock
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	return root.Founding{Dir: t.TempDir(), Vault: kit.Vault(), Units: kit.Units(), Listen: identity.Listen{Address: "a:1", Web: "a:2"}, Schema: kinds,
		Now: clock.Now}, clock
}

func TestFound(t *testing.T) {
	f, _ := founding(t)
	if _, _, err := root.Found(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	_, _, err := root.Found(t.Context(), f)
	kit.WantKind(t, err, fault.Busy)
	f.Dir, f.Units = t.TempDir(), nil
	_, _, err = root.Found(t.Context(), f)
	kit.WantKind(t, err, fault.Invalid)
}

// TestTokensOverAClockSetBack: the city counts the life of a token from its start
// when it was made while the clock was ahead.
func TestTokensOverAClockSetBack(t *testing.T) {
	city := kit.MustTown(t).MustCity(t)
	a, now := root.NewAdmission(city), city.Now().UnixMilli()
	const day = 24 * 60 * 60 * 1000
	tickets := map[identity.Ticket]int64{ // until when they are good
		{ID: identity.TicketID{1}, Unit: kit.First.ID, Made: now + 61*day, Expires: now + 64*day}: now + 3*day,
		{ID: identity.TicketID{2}, Unit: kit.First.ID, Made: now - day, Expires: now + 2*day}:     now + 2*day,
		{ID: identity.TicketID{3}, Unit: kit.First.ID, Expires: now + 64*day}:                     now + 64*day, // of a program of before
	}
	for ticket := range tickets {
		if err := a.PutTicket(t.Context(), ticket); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, over := mustOpen(t, city), make(chan error)
	go func() { over <- r.Run(ctx) }()
	for ticket, want := range tickets {
		kit.MustAwait(t, "the token is counted", func() bool {
			got, err := a.Ticket(t.Context(), ticket.ID)
			return err == nil && got.Expires == want
		})
	}
	cancel()
	if err := <-over; err != nil {
		t.Error(err)
	}
}
