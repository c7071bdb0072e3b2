package hub_test

import (
	"net/http"
	"testing"

	"tongbu/hub"
	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
	"tongbu/internal/members"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
)

func TestAdmission(t *testing.T) {
	identitytest.TestRegistry(t, kit.First.ID, func(tb testing.TB) identity.Registry {
		return root.NewAdmission(kit.MustTown(tb).MustCity(tb))
	})
}

// admit makes a device of the unit known to the city.
func (w *town) admit(d identity.Device) {
	w.t.Helper()
	a := root.NewAdmission(w.city.Replica)
	ticket := identity.TicketID{1}
	if err := a.PutTicket(w.t.Context(), identity.Ticket{ID: ticket, Unit: d.Unit, Expires: 1 << 50}); err != nil {
		w.t.Fatal(err)
	}
	err := a.Admit(w.t.Context(), ticket, d.ID, func(t *identity.Ticket, _ *identity.Device) (identity.Ticket, identity.Device, error) {
		return *t, d, nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) device(n byte, unit tree.Unit, enrolled int64) identity.Device {
	w.t.Helper()
	key := make([]byte, 32)
	key[0] = n
	d := identity.Device{ID: change.DeviceOf(key), Unit: unit.ID, Key: key, Address: "127.0.0.1:1", Name: "made up", Enrolled: enrolled}
	w.admit(d)
	return d
}

// TestRevoke: the city's word ends a device's rights at the city at once, and
// at each hub it reaches.
func TestRevoke(t *testing.T) {
	w := newTown(t)
	d := w.device(7, kit.First, 10)
	street, _ := w.hub(kit.Street, false)
	if !known(street, d.ID, system.Active) {
		t.Fatal("the street does not know the device")
	}
	got := mustCall[members.Device](w, w.city, http.MethodPost, "/revoke/"+string(d.ID)+"?reason=lost", nil)
	if got.State != system.Revoked || got.Code != kit.First.Code || !known(w.city, d.ID, system.Revoked) {
		t.Errorf("got %+v, want it revoked", got)
	}
	w.MustCarry(t, w.city.Replica, street.Replica)
	if !street.Replica.Members.Banned(d.ID) {
		t.Error("the street does not know of the revocation")
	}
	device, err := root.NewAdmission(w.city.Replica).Device(t.Context(), d.ID)
	if err != nil || !device.Revoked {
		t.Errorf("Device: got %+v, %v, want it revoked", device, err)
	}
}

func known(h *hub.Hub, id change.DeviceID, state string) bool {
	d, ok := h.Replica.Members.Device(id)
	return ok && d.State == state
}

func TestRevokeRefuses(t *testing.T) {
	w := newTown(t)
	w.admit(identity.Device{ID: w.city.Replica.Keys.Device(), Unit: kit.City.ID, Key: make([]byte, 32)})
	for id, want := range map[change.DeviceID]fault.Kind{w.city.Replica.Keys.Device(): fault.Invalid, change.DeviceOf(nil): fault.NotFound} {
		_, err := call[any](w.city, http.MethodPost, "/revoke/"+string(id), nil)
		wantKind(t, err, want)
	}
}

func TestToken(t *testing.T) {
	w := newTown(t)
	got := mustCall[map[string]string](w, w.city, http.MethodPost, "/token", hub.TokenRequest{Unit: kit.First.Code})
	token, err := identity.ParseToken(got["token"])
	if err != nil || token.Unit != kit.First.ID {
		t.Errorf("got %+v, %v", token, err)
	}
	_, err = call[any](w.city, http.MethodPost, "/token", hub.TokenRequest{Unit: kit.NotOfTown.Code})
	wantKind(t, err, fault.NotFound)
	street, _ := w.hub(kit.Street, false)
	_, err = call[any](street, http.MethodPost, "/token", hub.TokenRequest{Unit: kit.First.Code})
	wantKind(t, err, fault.Unsupported)
}

// TestPlace names the nearest hubs first, and of one unit the latest.
func TestPlace(t *testing.T) {
	w := newTown(t)
	w.device(7, kit.Street, 10)
	w.device(8, kit.Street, 20)
	place, err := root.NewAdmission(w.city.Replica).Place(t.Context(), kit.First.ID)
	if err != nil || place.Level != int(tree.Community) || len(place.Parents) != 3 || place.Parents[0].Unit != kit.Street.ID || place.Parents[0].Address == "" || place.Parents[1].Address != "" {
		t.Errorf("got %+v, %v", place, err)
	}
}

func TestFound(t *testing.T) {
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	clock := kit.MustTown(t).Clock
	dir := t.TempDir()
	f := root.Founding{Dir: dir, Vault: kit.Vault(), Units: kit.Units(), Listen: identity.Listen{Address: "a:1", Web: "a:2"}, Schema: kinds, Now: clock.Now}
	if _, _, err := root.Found(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	_, _, err = root.Found(t.Context(), f)
	wantKind(t, err, fault.Busy)
	f.Dir, f.Units = t.TempDir(), nil
	_, _, err = root.Found(t.Context(), f)
	wantKind(t, err, fault.Invalid)
}
