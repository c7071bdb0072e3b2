package hub_test

import (
	"crypto/ed25519"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub"
	"tongbu/hub/root"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/members"
	"tongbu/internal/question"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/socket"
)

// call asks what the command line asks.
func call[T any](t *testing.T, h *hub.Hub, path string, in any) (answer T, err error) {
	t.Helper()
	c := socket.Direct(h.Handler(), func() {})
	defer c.Close()
	err = c.JSON(t.Context(), http.MethodPost, path, in, &answer)
	return answer, err
}

// TestRoutes renders what only the city does, and questions.
func TestRoutes(t *testing.T) {
	w := newTown(t)
	d := kit.MustDevice(t, w.city.Replica, 7, kit.First, 10)
	w.MustForger(t, kit.First).MustSay(t, w.city.Replica, kit.First, kit.People(0, 2)...)
	w.verify(w.city)
	told, err := call[map[string]string](t, w.city, "/token", hub.TokenRequest{Unit: kit.First.Code})
	if token, parseErr := identity.ParseToken(told["token"]); err != nil || parseErr != nil || token.Unit != kit.First.ID {
		t.Errorf("token: got %v, %v, %v", told, err, parseErr)
	}
	_, err = call[any](t, w.city, "/token", hub.TokenRequest{Unit: kit.NotOfTown.Code})
	kit.WantKind(t, err, fault.NotFound)
	_, err = call[any](t, w.city, "/token", []int{})
	kit.WantKind(t, err, fault.Invalid)
	revoked, err := call[members.Device](t, w.city, "/revoke/"+string(d.ID)+"?reason=lost", nil)
	if err != nil || revoked.ID != d.ID || revoked.State != system.Revoked {
		t.Errorf("revoke: got %+v, %v", revoked, err)
	}
	answer, err := call[struct{ Rows []any }](t, w.city, "/query", question.Question{Kind: "person"})
	if err != nil || len(answer.Rows) != 2 {
		t.Errorf("query: got %+v, %v", answer, err)
	}
	_, err = call[any](t, w.city, "/authority/retire", nil) // there is one authority
	kit.WantKind(t, err, fault.NotFound)
	kit.MustAdmit(t, w.city.Replica, identity.Device{ID: w.city.Replica.Keys.Device(), Unit: kit.City.ID, Key: w.city.Replica.Keys.Key().Public().(ed25519.PublicKey)})
	rotated, err := call[root.Authorities](t, w.city, "/authority/rotate", nil)
	if err != nil || rotated.Trusted != 2 || rotated.Authority == "" {
		t.Errorf("rotate: got %+v, %v", rotated, err)
	}
}

// TestOnlyTheCityAdmits: a street gives no tokens and revokes nobody.
func TestOnlyTheCityAdmits(t *testing.T) {
	w := newTown(t)
	street, _ := w.hub(kit.Street, false)
	for _, path := range []string{"/token", "/revoke/x", "/programs", "/programs/x/revoke", "/authority/rotate", "/authority/retire"} {
		_, err := call[any](t, street, path, hub.TokenRequest{Unit: kit.First.Code})
		kit.WantKind(t, err, fault.Unsupported)
	}
}

// TestProgramRoutes: the secret is told where access is given and nowhere else; every hub
// lists who has it.
func TestProgramRoutes(t *testing.T) {
	w := newTown(t)
	street, _ := w.hub(kit.Street, false)
	o := root.ProgramOrder{Name: "stats", Unit: kit.Street.Code, Kinds: []string{"person"}, Purpose: "x", Full: true, Until: w.Clock.Now().Add(9 * time.Hour).Format(time.DateOnly)}
	added, err := call[hub.NewProgram](t, w.city, "/programs", o)
	if _, ok := system.ProgramTokenHash(added.Token); err != nil || !ok || added.Unit != kit.Street.Code || added.Numbers != "full" {
		t.Fatalf("got %+v, %v", added, err)
	}
	_, err = call[any](t, w.city, "/programs", o)
	kit.WantKind(t, err, fault.Invalid)
	_, err = call[any](t, w.city, "/programs", []int{})
	kit.WantKind(t, err, fault.Invalid)
	w.MustCarry(t, w.city.Replica, street.Replica)
	for _, h := range []*hub.Hub{w.city, street} {
		listed, err := h.Programs()
		if diff := cmp.Diff([]hub.Program{added.Program}, listed); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	w.Clock.Advance(48 * time.Hour)
	if listed, err := w.city.Programs(); err != nil || listed[0].State != "ended" {
		t.Errorf("after its last day: %+v, %v", listed, err)
	}
	revoked, err := call[hub.Program](t, w.city, "/programs/stats/revoke?reason=over", nil)
	if err != nil || revoked.State != system.Revoked {
		t.Errorf("got %+v, %v", revoked, err)
	}
	_, err = call[any](t, w.city, "/programs/nobody/revoke", nil)
	kit.WantKind(t, err, fault.NotFound)
}
