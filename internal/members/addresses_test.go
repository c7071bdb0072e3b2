package members_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/system"
)

// says is a hub's word on where it is, at a place of its stream.
func (w *world) says(n byte, incarnation uint32, seq uint64, address string) {
	w.Helper()
	in := change.Stream{Device: device(n), Incarnation: incarnation, Audience: street}
	c := &change.Change{Kind: system.HubAddressKind, Record: change.RecordID(device(n)), Fields: change.FieldsOf(system.HubAddress{Address: address}.Fields()), At: 5}
	w.update(func(tx *journal.Tx) error { return members.HearHub(tx, in, seq, c, w.now) })
}

func (w *world) byHand(unit change.UnitID, address string) {
	w.Helper()
	w.update(func(tx *journal.Tx) error {
		return members.HearUnit(tx, unit, system.HubAddress{Address: address}, members.ByHand, w.now)
	})
}

func (w *world) update(fn func(*journal.Tx) error) {
	w.Helper()
	if err := w.journal.Update(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
	w.load()
}

func (w *world) wantReached(what string, want ...string) {
	w.Helper()
	if diff := cmp.Diff(want, w.reached()); diff != "" {
		w.Errorf("%s: %s", what, diff)
	}
}

// TestHubSaysWhereItIs: the newest word by its place in the hub's stream is the
// present one, in whatever order they come; the others are kept 400 days.
func TestHubSaysWhereItIs(t *testing.T) {
	w := newWorld(t)
	w.town()
	w.device(8, street, "street:8", system.Active, 10)
	w.says(8, 1, 7, "moved:1")
	w.wantReached("it moved", "moved:1", "(street:1)", "(street:8)", "city:1")
	w.now = w.now.Add(24 * time.Hour)
	w.says(8, 2, 1, "restored:1")
	w.now = w.now.Add(24 * time.Hour)
	w.says(8, 1, 9, "late:1") // said before the restore
	w.wantReached("by place, not by arrival", "restored:1", "(street:1)", "(late:1)", "(moved:1)", "(street:8)", "city:1")
	if d, _ := w.Device(device(8)); d.Address != "restored:1" {
		t.Errorf("the device is at %s", d.Address)
	}
	before := w.Edition()
	w.says(8, 2, 1, "restored:1")
	if w.Edition() != before {
		t.Error("the same word again is news")
	}
	w.now = w.now.Add(members.KeptFor + 48*time.Hour)
	w.wantReached("after 400 days", "restored:1", "(street:1)", "city:1") // the grant's: it names it still
	w.device(8, street, "street:8", system.Revoked, 10)
	w.load()
	w.wantReached("revoked", "street:1", "city:1")
}

// TestWordsThatLeadNowhere: what no device can dial is not kept, nor more than a few.
func TestWordsThatLeadNowhere(t *testing.T) {
	w := newWorld(t)
	w.town()
	w.device(8, street, "0.0.0.0:8", system.Active, 10)
	for i, address := range []string{"", "0.0.0.0:1", "[::]:1", "no port", "a b:1", "street.example:0"} {
		w.says(8, 1, uint64(i+1), address)
	}
	w.wantReached("nothing was said", "street:1", "city:1")
	for i := range uint64(100) {
		w.says(8, 1, 10+i, fmt.Sprintf("hub-%d:1", i))
	}
	if n := len(w.reached()); n != 10 { // eight of the hub, one of each unit's grant
		t.Errorf("%d addresses are tried", n)
	}
}

// TestByHand: what a person sets counts until the hub says another.
func TestByHand(t *testing.T) {
	w := newWorld(t)
	w.town()
	w.byHand(street, "hand:1")
	w.wantReached("no hub is known", "hand:1", "(street:1)", "city:1")
	w.device(8, street, "street:8", system.Active, 10)
	w.now = w.now.Add(time.Hour)
	w.says(8, 1, 1, "said:1")
	w.wantReached("said since", "said:1", "(hand:1)", "(street:1)", "(street:8)", "city:1")
	w.now = w.now.Add(time.Hour)
	w.byHand(street, "hand:2")
	w.wantReached("set since", "hand:2", "said:1", "(hand:1)", "(street:1)", "(street:8)", "city:1")
	w.says(8, 1, 2, "said:2")
	w.now = w.now.Add(time.Hour)
	w.says(8, 1, 3, "said:3")
	if got := w.reached()[0]; got != "said:3" {
		t.Errorf("the hub said another since, %s is preferred", got)
	}
}

// TestRenewedGrant: what a renewal names is known at once, without a restart.
func TestRenewedGrant(t *testing.T) {
	w := newWorld(t)
	parents := place.Parents
	w.Follow(func() []identity.Parent { return parents })
	w.load()
	for _, p := range parents {
		w.update(func(tx *journal.Tx) error {
			return members.HearUnit(tx, p.Unit, system.HubAddress{Address: p.Address, Web: p.Web}, members.ByGrant, w.now)
		})
	}
	w.now = w.now.Add(time.Hour)
	parents = []identity.Parent{{Unit: street, Address: "renewed:1"}, place.Parents[1]}
	w.wantReached("renewed", "renewed:1", "(street:1)", "city:1")
}

// TestHeard: a device says how far it has heard each hub above, of none below.
func TestHeard(t *testing.T) {
	w := newWorld(t)
	w.town()
	w.device(8, street, "street:8", system.Active, 10)
	w.device(9, other, "other:9", system.Active, 10)
	w.load()
	if got := w.Heard(); got != "" {
		t.Errorf("none has moved: got %q", got)
	}
	w.says(8, 2, 3, "moved:1")
	w.says(9, 1, 1, "moved:9")
	got := w.Heard()
	for mark, want := range map[system.HeardHub]bool{{Hub: device(8), Incarnation: 2, Seq: 3}: true, {Hub: device(8), Incarnation: 1, Seq: 9}: true,
		{Hub: device(8), Incarnation: 2, Seq: 4}: false, {Hub: device(9), Incarnation: 1, Seq: 1}: false} {
		if mark.CoveredBy(got) != want {
			t.Errorf("%+v in %q: want %v", mark, got, want)
		}
	}
}
