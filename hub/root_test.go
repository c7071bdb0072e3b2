package hub_test

import (
	"net/http"
	"testing"

	"tongbu/hub"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
	"tongbu/internal/registry"
	"tongbu/internal/schema"
	"tongbu/internal/testkit"
	"tongbu/internal/tree"
)

func TestAdmission(t *testing.T) {
	identitytest.TestRegistry(t, testkit.First.ID, func(tb testing.TB) identity.Registry {
		return hub.Admission{Station: testkit.MustTown(tb).MustCity(tb)}
	})
}

// admit makes a device of the unit known to the city.
func (w *town) admit(d identity.Device) {
	w.t.Helper()
	a := hub.Admission{Station: w.city.Station}
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
	d := w.device(7, testkit.First, 10)
	street, _ := w.hub(testkit.Street, false)
	if !known(street, d.ID, registry.Active) {
		t.Fatal("the street does not know the device")
	}
	got := mustCall[registry.Device](w, w.city, http.MethodPost, "/revoke/"+string(d.ID)+"?reason=lost", nil)
	if got.State != registry.Revoked || got.Code != testkit.First.Code || !known(w.city, d.ID, registry.Revoked) {
		t.Errorf("got %+v, want it revoked", got)
	}
	w.MustCarry(t, w.city.Station, street.Station)
	if !street.Registry.Banned(d.ID) {
		t.Error("the street does not know of the revocation")
	}
	device, err := hub.Admission{Station: w.city.Station}.Device(t.Context(), d.ID)
	if err != nil || !device.Revoked {
		t.Errorf("Device: got %+v, %v, want it revoked", device, err)
	}
}

func known(h *hub.Hub, id change.DeviceID, state string) bool {
	d, ok := h.Registry.Device(id)
	return ok && d.State == state
}

func TestRevokeRefuses(t *testing.T) {
	w := newTown(t)
	w.admit(identity.Device{ID: w.city.Keys.Device(), Unit: testkit.City.ID, Key: make([]byte, 32)})
	for id, want := range map[change.DeviceID]fault.Kind{w.city.Keys.Device(): fault.Invalid, change.DeviceOf(nil): fault.NotFound} {
		_, err := call[any](w.city, http.MethodPost, "/revoke/"+string(id), nil)
		wantKind(t, err, want)
	}
}

func TestToken(t *testing.T) {
	w := newTown(t)
	got := mustCall[map[string]string](w, w.city, http.MethodPost, "/token", hub.TokenRequest{Unit: testkit.First.Code})
	token, err := identity.ParseToken(got["token"])
	if err != nil || token.Unit != testkit.First.ID {
		t.Errorf("got %+v, %v", token, err)
	}
	_, err = call[any](w.city, http.MethodPost, "/token", hub.TokenRequest{Unit: testkit.NotOfTown.Code})
	wantKind(t, err, fault.NotFound)
	street, _ := w.hub(testkit.Street, false)
	_, err = call[any](street, http.MethodPost, "/token", hub.TokenRequest{Unit: testkit.First.Code})
	wantKind(t, err, fault.Unsupported)
}

// TestPlace names the nearest hubs first, and of one unit the latest.
func TestPlace(t *testing.T) {
	w := newTown(t)
	w.device(7, testkit.Street, 10)
	w.device(8, testkit.Street, 20)
	place, err := hub.Admission{Station: w.city.Station}.Place(t.Context(), testkit.First.ID)
	if err != nil || place.Level != int(tree.Community) || len(place.Parents) != 3 || place.Parents[0].Unit != testkit.Street.ID || place.Parents[0].Address == "" || place.Parents[1].Address != "" {
		t.Errorf("got %+v, %v", place, err)
	}
}

func TestFound(t *testing.T) {
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	clock := testkit.MustTown(t).Clock
	dir := t.TempDir()
	f := hub.Founding{Dir: dir, Vault: testkit.Vault(), Units: testkit.Units(), Listen: identity.Listen{Address: "a:1", Web: "a:2"}, Schema: kinds, Now: clock.Now}
	if _, _, err := hub.Found(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	_, _, err = hub.Found(t.Context(), f)
	wantKind(t, err, fault.Busy)
	f.Dir, f.Units = t.TempDir(), nil
	_, _, err = hub.Found(t.Context(), f)
	wantKind(t, err, fault.Invalid)
}
