package hub_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
)

// TestScope: a unit asks about itself and those below, and learns nothing of
// others, not even whether they exist.
func TestScope(t *testing.T) {
	w := newTown(t)
	clerk := w.MustForger(t, kit.First)
	clerk.MustSay(t, w.city.Replica, kit.First, kit.People(0, 2)...)
	w.verify(w.city)
	texts := map[string]bool{}
	for name, test := range map[string]struct {
		who   identity.Member
		scope change.UnitID
		want  fault.Kind
	}{
		"its own":            {clerk.Member(), "", fault.OK},
		"its own by name":    {clerk.Member(), kit.First.ID, fault.OK},
		"its neighbour":      {clerk.Member(), kit.Second.ID, fault.Denied},
		"its street":         {clerk.Member(), kit.Street.ID, fault.Denied},
		"the city":           {clerk.Member(), kit.City.ID, fault.Denied},
		"a unit that is not": {clerk.Member(), kit.NotOfTown.ID, fault.Denied},
		"no unit":            {clerk.Member(), "x", fault.Denied},
		"a street's":         {identity.Member{Unit: kit.Street.ID, Device: change.DeviceOf(nil)}, kit.First.ID, fault.OK},
		"another street's":   {identity.Member{Unit: kit.FarStreet.ID, Device: change.DeviceOf(nil)}, kit.First.ID, fault.Denied},
	} {
		a, err := w.city.Query(t.Context(), test.who, question.Question{Kind: "person", Scope: test.scope})
		if got := fault.Of(err); got != test.want {
			t.Errorf("%s: got %v (%v), want %v", name, got, err, test.want)
		}
		if err != nil {
			texts[err.Error()+fault.Hint(err)] = true
			continue
		}
		if len(a.Rows) != 2 {
			t.Errorf("%s: got %v, want 2 rows", name, a.Rows)
		}
	}
	if len(texts) != 1 {
		t.Errorf("got %d texts, want one for all that is denied: %v", len(texts), texts)
	}
}

// TestNodeSpeaksForItself: a node cannot put its questions down to another
// device; a hub passes on what others ask, and says which.
func TestNodeSpeaksForItself(t *testing.T) {
	w := newTown(t)
	other := change.DeviceOf([]byte("other"))
	for _, test := range []struct {
		unit tree.Unit
		via  change.DeviceID
	}{{kit.First, ""}, {kit.Street, other}} {
		d := kit.MustDevice(t, w.city.Replica, byte(test.unit.Level), test.unit, 10)
		who := identity.Member{Unit: test.unit.ID, Device: d.ID}
		if _, err := w.city.Query(t.Context(), who, question.Question{Kind: "person", Device: other}); err != nil {
			t.Fatal(err)
		}
		entries, err := w.city.Operate.Audit(1, "", "", "")
		if err != nil {
			t.Fatal(err)
		}
		if got := entries[len(entries)-1]; got.Device != d.ID || got.Via != test.via {
			t.Errorf("%s: the log has %s via %q, want %q", test.unit.Level, got.Device, got.Via, test.via)
		}
	}
}

// TestRevokedAsks: who may not link may not ask.
func TestRevokedAsks(t *testing.T) {
	w := newTown(t)
	d := kit.MustDevice(t, w.city.Replica, 7, kit.First, 10)
	who := identity.Member{Unit: kit.First.ID, Device: d.ID}
	if _, err := w.city.Query(t.Context(), who, question.Question{Kind: "person"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.city.Root.Revoke(t.Context(), d.ID, ""); err != nil {
		t.Fatal(err)
	}
	_, err := w.city.Query(t.Context(), who, question.Question{Kind: "person"})
	kit.WantKind(t, err, fault.Denied)
}

// TestPureRelayPassesUp: it has no view; what is out of scope it refuses by
// itself, the rest it asks above, where nobody is heard now.
func TestPureRelayPassesUp(t *testing.T) {
	w := newTown(t)
	street, _ := w.hub(kit.Street, false)
	who := identity.Member{Unit: kit.First.ID, Device: change.DeviceOf(nil)}
	for scope, want := range map[change.UnitID]fault.Kind{"": fault.Unavailable, kit.First.ID: fault.Unavailable, kit.Second.ID: fault.Denied, kit.City.ID: fault.Denied} {
		_, err := street.Query(t.Context(), who, question.Question{Kind: "person", Scope: scope})
		kit.WantKind(t, err, want)
	}
	if st := w.status(street); st.View != nil {
		t.Errorf("got a view %+v, want none", st.View)
	}
}

// TestAsk: somebody here asks by division code; of a unit it does not know it is told
// the same as of one it may not ask about.
func TestAsk(t *testing.T) {
	w := newTown(t)
	street, _ := w.hub(kit.Street, true)
	w.MustForger(t, kit.First).MustSay(t, street.Replica, kit.First, kit.People(0, 4)...)
	w.verify(street)
	for code, want := range map[string]int{"": 4, kit.First.Code: 4, kit.Second.Code: 0} {
		if got := len(w.ask(street, question.Question{Kind: "person", Scope: change.UnitID(code)}).Rows); got != want {
			t.Errorf("scope %q: got %d rows, want %d", code, got, want)
		}
	}
	texts := map[string]bool{}
	for _, code := range []string{kit.City.Code, kit.FarAway.Code, kit.NotOfTown.Code, "123456789012"} {
		_, err := street.Ask(t.Context(), question.Question{Kind: "person", Scope: change.UnitID(code)})
		kit.WantKind(t, err, fault.Denied)
		texts[err.Error()] = true
	}
	if len(texts) != 1 {
		t.Errorf("got %v, want one text", texts)
	}
	_, err := street.Ask(t.Context(), question.Question{Kind: "person", Scope: "x"})
	kit.WantKind(t, err, fault.Invalid) // which says nothing of any unit
}
