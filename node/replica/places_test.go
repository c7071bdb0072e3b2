package replica_test

import (
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

// where is all that a replica would try of a unit's hubs, in order.
func where(r *replica.Replica, unit change.UnitID) string {
	var all []string
	for _, a := range r.Members.Addresses(unit, r.Now()) {
		all = append(all, a.Address)
	}
	return strings.Join(all, " ")
}

func place(of change.DeviceID, address string) *change.Change {
	return &change.Change{Kind: system.HubAddressKind, Record: change.RecordID(of), Fields: change.FieldsOf(system.HubAddress{Address: address}.Fields()), At: 1}
}

// TestOnlyTheHubSaysWhereItIs: a hub's word on itself reaches those below and above;
// on another hub, or to another unit, or by who serves nobody, it counts nowhere.
func TestOnlyTheHubSaysWhereItIs(t *testing.T) {
	w := kit.MustTiers(t)
	w.MustAdmit(t, w.Street)
	district, community := w.MustForger(t, kit.District), w.MustForger(t, kit.First)
	for _, hub := range []*kit.Forger{district, community} {
		kit.MustAdmit(t, w.City, identity.Device{ID: hub.Peer().Device, Unit: hub.Unit.ID, Key: make([]byte, 32), Address: "enrolled.example:1", Enrolled: 1})
	}
	for _, to := range []*replica.Replica{w.Street, w.Node} {
		w.MustCarry(t, w.City, to)
	}
	victim := w.Street.Keys.Device()
	before := map[*replica.Replica]string{}
	for _, at := range []*replica.Replica{w.City, w.Street, w.Node} {
		before[at] = where(at, kit.Street.ID)
		district.Forget()
		community.Forget()
		district.MustSay(t, at, kit.District, place(victim, "taken.example:1"), place(district.Peer().Device, "0.0.0.0:1"), place(district.Peer().Device, "moved.example:1"))
		if at != w.Node {
			community.MustSay(t, at, kit.First, place(victim, "taken.example:2"), place(community.Peer().Device, "moved.example:2"))
		}
	}
	for at, want := range before {
		if got := where(at, kit.Street.ID); got != want || strings.Contains(got, "taken") {
			t.Errorf("the street, at %s: got %q, want %q", at.Members.Unit().Name, got, want)
		}
		if got := where(at, kit.District.ID); !strings.HasPrefix(got, "moved.example:1 ") || !strings.HasSuffix(got, "enrolled.example:1") {
			t.Errorf("the district, at %s: got %q, want where it says, then where it was", at.Members.Unit().Name, got)
		}
		for _, a := range at.Members.Parents(at.Now()) {
			if strings.HasSuffix(a.Address, ".example:2") {
				t.Errorf("%s would try %s", at.Members.Unit().Name, a.Address)
			}
		}
	}
	district.MustSay(t, w.Street, kit.First, place(district.Peer().Device, "aside.example:1")) // to one unit, not to all
	if got := where(w.Street, kit.District.ID); strings.Contains(got, "aside") {
		t.Errorf("said to one unit: got %q", got)
	}
}

// TestAddressByHand: of a unit above, in a form that others can dial.
func TestAddressByHand(t *testing.T) {
	w := kit.MustTiers(t)
	for _, unit := range []change.UnitID{kit.First.ID, kit.Second.ID, kit.NotOfTown.ID} {
		if err := w.Node.SetAddress(t.Context(), unit, system.HubAddress{Address: "hub.example:1"}); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: got %v, want Invalid", unit, err)
		}
	}
	for _, at := range []system.HubAddress{{}, {Address: "hub.example"}, {Address: "0.0.0.0:1"}, {Address: "hub.example:1", Door: ":1"}} {
		if err := w.Node.SetAddress(t.Context(), kit.Street.ID, at); fault.Of(err) != fault.Invalid {
			t.Errorf("%+v: got %v, want Invalid", at, err)
		}
	}
	if err := w.Node.SetAddress(t.Context(), kit.Street.ID, system.HubAddress{Address: "hub.example:1"}); err != nil {
		t.Fatal(err)
	}
	if got := where(w.Node, kit.Street.ID); !strings.HasPrefix(got, "hub.example:1 ") {
		t.Errorf("got %q, want the one set first", got)
	}
}
