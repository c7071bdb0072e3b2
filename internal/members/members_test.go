package members_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

func unit(n byte) change.UnitID { return change.NewUnitID([10]byte{n}) }

func device(n byte) change.DeviceID { return change.DeviceOf([]byte{n}) }

var city, street, community, other = unit(2), unit(4), unit(5), unit(6)

// place is a community's, as its enrolment told it.
var place = identity.Placement{Unit: community, Place: identity.Place{Level: 5, RootUnit: city, Parents: []identity.Parent{
	{Unit: street, Address: "street:1", Web: "street:2"}, {Unit: city, Address: "city:1", Web: "city:2"},
}}}

// world is a registry over records the city writes.
type world struct {
	*testing.T
	journal *journal.Store
	records *records.Records
	*members.Members
	now time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal.db"), journal.Options{Key: [32]byte{1}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return &world{T: t, journal: j, records: records.New(city, nil), Members: members.New(place), now: time.UnixMilli(1_700_000_000_000)}
}

type fields = map[string]change.Value

func (w *world) sayRecord(kind string, id change.RecordID, values fields) {
	w.Helper()
	in := change.Stream{Device: device(1), Incarnation: 1, Audience: city}
	err := w.journal.Update(w.Context(), func(tx *journal.Tx) error {
		if _, err := w.records.Put(tx, in, city, records.Edit{Kind: kind, ID: id, Fields: values}); err != nil {
			return err
		}
		return members.Touch(tx, system.UnitKind, system.DeviceKind)
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) unit(id change.UnitID, code string, level tree.Level, parent change.UnitID) {
	w.Helper()
	w.sayRecord(system.UnitKind, change.RecordID(id), fields{"code": change.Text(code), "name": change.Text(code), "level": change.Int(int64(level)), "parent": change.Text(string(parent))})
}

func (w *world) device(n byte, of change.UnitID, address, state string, enrolled int64) {
	w.Helper()
	w.sayRecord(system.DeviceKind, change.RecordID(device(n)), fields{"unit": change.Text(string(of)), "address": change.Text(address),
		"state": change.Text(state), "enrolled": change.Int(enrolled)})
}

func (w *world) town() {
	w.Helper()
	w.unit(city, "990100000000", tree.City, "")
	w.unit(street, "990101001000", tree.Street, city)
	w.unit(community, "990101001001", tree.Community, street)
	w.unit(other, "990101001002", tree.Community, street)
}

func (w *world) load() (read, changed bool) {
	w.Helper()
	err := w.journal.View(func(tx *journal.Tx) (err error) {
		read, changed, err = w.Load(tx, w.records)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return read, changed
}

// TestBeforeTheTree: a new device knows its own line of ancestors.
func TestBeforeTheTree(t *testing.T) {
	w := newWorld(t)
	if read, changed := w.load(); !read || changed || w.Tree() != nil {
		t.Errorf("got %v, %v, want the records read and no tree", read, changed)
	}
	for _, test := range []struct {
		top, unit change.UnitID
		want      bool
	}{
		{city, other, true}, {city, community, true}, {street, community, true}, {community, community, true},
		{street, other, false}, {community, street, false}, {other, community, false},
	} {
		if got := w.Below(test.top, test.unit); got != test.want {
			t.Errorf("Below(%s, %s): got %v, want %v", test.top, test.unit, got, test.want)
		}
	}
	if got, want := w.Unit(), (tree.Unit{ID: community, Level: tree.Community}); got != want {
		t.Errorf("Unit: got %+v, want %+v", got, want)
	}
	if diff := cmp.Diff([]string{"street:1", "city:1"}, w.reached()); diff != "" {
		t.Error(diff)
	}
}

// TestLines: who stands above a unit and who below it is what Below says, before the
// tree came too: then no more is known than the own line.
func TestLines(t *testing.T) {
	w := newWorld(t)
	all := []change.UnitID{city, street, community, other, unit(77)}
	check := func(when string, below []change.UnitID) {
		for _, u := range all {
			above, under := w.Ancestors(u), w.Under(u)
			for _, o := range all {
				if got, want := slices.Contains(above, o), o != u && w.Below(o, u); got != want {
					t.Errorf("%s: %s is above %s: got %v, want %v", when, o, u, got, want)
				}
				if got, want := slices.Contains(under, o), w.Below(u, o); got != want && slices.Contains(below, u) {
					t.Errorf("%s: %s is under %s: got %v, want %v", when, o, u, got, want)
				}
			}
		}
	}
	check("before the tree", []change.UnitID{community})
	w.town()
	w.load()
	check("with the tree", all)
}

// TestHubs: of the devices, those that serve others and are not revoked, in order.
func TestHubs(t *testing.T) {
	w := newWorld(t)
	w.town()
	for n, d := range []struct {
		of    change.UnitID
		role  tree.Level
		state string
	}{{street, tree.Street, system.Active}, {city, tree.City, system.Active}, {street, tree.Street, system.Revoked}, {community, tree.Community, system.Active}} {
		w.sayRecord(system.DeviceKind, change.RecordID(device(byte(n))), fields{"unit": change.Text(string(d.of)), "role": change.Int(int64(d.role)), "state": change.Text(d.state)})
	}
	w.load()
	var got []change.DeviceID
	for _, d := range w.Hubs() {
		got = append(got, d.ID)
	}
	if diff := cmp.Diff([]change.DeviceID{device(1), device(0)}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLoad(t *testing.T) {
	w := newWorld(t)
	w.town()
	if read, changed := w.load(); !read || !changed {
		t.Errorf("first: got %v, %v, want read and another tree", read, changed)
	}
	if read, _ := w.load(); read {
		t.Error("again: read what has not changed")
	}
	w.device(7, street, "street:9", system.Active, 10)
	if read, changed := w.load(); !read || changed {
		t.Errorf("a device: got %v, %v, want read and the same tree", read, changed)
	}
	if w.Unit().Code != "990101001001" || w.Below(street, city) || !w.Below(street, other) {
		t.Error("the tree does not answer")
	}
	if d, ok := w.Device(device(7)); !ok || d.Code != "990101001000" || d.Unit != street {
		t.Errorf("Device: got %+v", d)
	}
}

// TestHalfATree: units come in any order; until they hold together the tree
// stays as it is.
func TestHalfATree(t *testing.T) {
	w := newWorld(t)
	w.town()
	w.load()
	w.unit(unit(7), "990101002001", tree.Community, unit(41)) // its street is still to come
	if read, changed := w.load(); !read || changed || w.Tree().Len() != 4 {
		t.Errorf("half: got %v, %v, %d units", read, changed, w.Tree().Len())
	}
	w.unit(unit(41), "990101002000", tree.Street, city)
	if _, changed := w.load(); !changed || w.Tree().Len() != 6 {
		t.Errorf("whole: got %v, %d units, want 6", changed, w.Tree().Len())
	}
}

// TestAnOlderReadDoesNotReplaceANewer: of two writers that read at the same
// time the one with the older transaction may be the later.
func TestAnOlderReadDoesNotReplaceANewer(t *testing.T) {
	w, older := newWorld(t), newWorld(t)
	w.town()
	older.town()
	w.device(7, street, "", system.Revoked, 10)
	w.load()
	err := older.journal.View(func(tx *journal.Tx) error {
		if read, _, err := w.Load(tx, older.records); err != nil || read {
			t.Errorf("got %v, %v, want the older left alone", read, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !w.Banned(device(7)) {
		t.Error("the revocation was forgotten")
	}
}

func TestBannedAndListed(t *testing.T) {
	w := newWorld(t)
	w.town()
	w.device(7, community, "", system.Active, 10)
	w.device(8, community, "", system.Active, 20)
	w.device(9, other, "", system.Revoked, 30)
	w.load()
	if w.Banned(device(7)) || !w.Banned(device(9)) || w.Banned(device(99)) {
		t.Error("Banned is wrong")
	}
	var got []change.DeviceID
	for _, d := range w.Devices() {
		got = append(got, d.ID)
	}
	want := []change.DeviceID{device(7), device(8), device(9)}
	if device(8) < device(7) {
		want[0], want[1] = want[1], want[0]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// reached lists the addresses of the hubs above, in order; those of before in
// brackets.
func (w *world) reached() (all []string) {
	for _, a := range w.Parents(w.now) {
		if at := a.Address; a.Past {
			all = append(all, "("+at+")")
		} else {
			all = append(all, at)
		}
	}
	return all
}

func TestParents(t *testing.T) {
	w := newWorld(t)
	w.town()
	w.device(7, city, "city:9", system.Active, 10)
	w.load()
	if diff := cmp.Diff([]string{"street:1", "city:9", "(city:1)"}, w.reached()); diff != "" {
		t.Errorf("the street has no hub yet: %s", diff)
	}
	w.device(8, street, "street:8", system.Active, 10)
	w.device(9, street, "street:9", system.Active, 20)
	w.device(10, street, "street:10", system.Revoked, 30)
	w.load()
	if diff := cmp.Diff([]string{"street:9", "street:8", "(street:1)", "city:9", "(city:1)"}, w.reached()); diff != "" {
		t.Errorf("the latest first, no revoked one: %s", diff)
	}
}
