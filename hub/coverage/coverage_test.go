package coverage_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tongbu/hub/coverage"
	"tongbu/hub/follow"
	"tongbu/hub/query"
	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node/replica"
	"tongbu/syncer"
)

// town is a city that is asked how far it hears its communities.
type town struct {
	*kit.Town
	t        *testing.T
	city     *replica.Replica
	follower *follow.Follower
	queries  *query.Service
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{Town: kit.MustTown(t), t: t}
	w.open(w.MustCity(t))
	return w
}

// open makes the city's coverage, as a start of the process does.
func (w *town) open(city *replica.Replica) {
	w.t.Helper()
	v := kit.MustView(w.t, city)
	w.city, w.follower = city, kit.Follower(city, v)
	var err error
	w.queries, err = query.New(v, query.Options{Tree: city.Members.Tree, Now: city.Now, Today: city.Day, Key: make([]byte, 32),
		Heard: coverage.New(city.Streams, city.Contact, city.Members, w.follower)})
	if err != nil {
		w.t.Fatal(err)
	}
}

// follow brings the view up to the journal.
func (w *town) follow() {
	w.t.Helper()
	if err := w.follower.AwaitApplied(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// of is the coverage of an answer about a unit.
func (w *town) of(scope tree.Unit) question.Coverage {
	w.t.Helper()
	a, err := w.queries.Query(w.t.Context(), query.Asker{Unit: kit.City.ID}, question.Question{Kind: "person", Scope: scope.ID})
	if err != nil {
		w.t.Fatal(err)
	}
	return a.Coverage
}

// hear has the city hear of devices from another.
func (w *town) hear(from syncer.Peer, devices ...syncer.DeviceReach) {
	_, _ = w.city.Contact.Heard(from, syncer.Reach{Devices: devices})
}

func reached(f *kit.Forger, connected bool, heard time.Time, head uint64) syncer.DeviceReach {
	return syncer.DeviceReach{Peer: f.Peer(), Connected: connected, Heard: heard.UnixMilli(), Heads: []syncer.Head{{Stream: f.Stream(f.Unit), Seq: head}}}
}

func (w *town) revoke(id change.DeviceID) {
	w.t.Helper()
	r, err := root.Open(w.city)
	if err == nil {
		_, err = r.Revoke(w.t.Context(), id, "")
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// admit has the city say that the device is one of the network's.
func (w *town) admit(f *kit.Forger) {
	w.t.Helper()
	kit.MustAdmit(w.t, w.city, identity.Device{ID: f.Peer().Device, Unit: f.Unit.ID, Key: make([]byte, 32), Enrolled: 10})
}

// TestCoverage counts what is known, unit by unit.
func TestCoverage(t *testing.T) {
	w := newTown(t)
	now := w.Clock.Now()
	first, other, second := w.MustForger(t, kit.First), w.MustForger(t, kit.First), w.MustForger(t, kit.Second)
	street := syncer.Peer{Unit: kit.Street.ID, Device: change.DeviceOf([]byte{1})}
	for _, f := range []*kit.Forger{first, other, second} {
		w.admit(f)
	}
	first.MustSay(t, w.city, kit.First, kit.People(0, 7)...)
	w.city.Contact.Joined(street)
	w.hear(street, reached(first, true, now.Add(-time.Minute), 7), reached(other, false, now.Add(-time.Hour), 5), reached(second, false, now.Add(-2*time.Hour), 3))
	silent := []question.Silent{ // the first has one device that is heard and one that is not
		{Unit: kit.First.Code, Since: now.Add(-time.Hour).UTC()},
		{Unit: kit.Second.Code, Since: now.Add(-2 * time.Hour).UTC()},
	}
	want := question.Coverage{AsOf: now.UTC(), Units: 2, Silent: silent, Pending: 7 + 5 + 3, Absent: 1, Conflicts: new(int64), Today: "2027-01-15"}
	if diff := cmp.Diff(want, w.of(kit.City), cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("before the view follows: %s", diff)
	}
	w.follow()
	want.Pending = 5 + 3 // what one device delivered does not make up for the other
	if diff := cmp.Diff(want, w.of(kit.City), cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("after: %s", diff)
	}
	w.hear(street, reached(other, true, now, 5))
	want.AsOf, want.Silent = now.Add(-time.Minute).UTC(), silent[1:]
	if diff := cmp.Diff(want, w.of(kit.City), cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("both devices are heard: %s", diff)
	}
	other.MustSay(t, w.city, kit.First, kit.People(7, 5)...)
	if got := w.of(kit.City); got.Pending != 5+3 {
		t.Errorf("arrived and not in the view: got %+v, want them pending still", got)
	}
	w.follow()
	if got := w.of(kit.City); got.Pending != 3 {
		t.Errorf("in the view: got %+v, want 3 pending", got)
	}
	if got := w.of(kit.FarStreet); got.Units != 0 || got.Absent != 1 || got.Pending != 0 {
		t.Errorf("where nobody joined: got %+v", got)
	}
	w.city.Contact.Left(street)
	if got := w.of(kit.City); len(got.Silent) != 2 || got.Silent[0].Unit != kit.First.Code {
		t.Errorf("the street is cut off: got %+v, want both silent", got)
	}
}

// TestCoverageAfterARestart: what was in the journal before counts as here.
func TestCoverageAfterARestart(t *testing.T) {
	w := newTown(t)
	f := w.MustForger(t, kit.First)
	f.MustSay(t, w.city, kit.First, kit.People(0, 7)...)
	if err := w.city.Close(); err != nil {
		t.Fatal(err)
	}
	w.open(w.MustOpen(t, w.RootDir))
	w.city.Contact.Joined(f.Peer())
	w.hear(f.Peer(), reached(f, true, w.Clock.Now(), 9))
	w.follow()
	if got := w.of(kit.City); got.Pending != 2 {
		t.Errorf("got %+v, want the two pending that have not arrived", got)
	}
}

// TestCoverageOfARevokedDevice: what it has will never come.
func TestCoverageOfARevokedDevice(t *testing.T) {
	w := newTown(t)
	f := w.MustForger(t, kit.First)
	w.hear(f.Peer(), reached(f, true, w.Clock.Now(), 5))
	w.admit(f)
	if got := w.of(kit.City); got.Pending != 5 || got.Units != 1 {
		t.Fatalf("got %+v, want 5 pending of one unit", got)
	}
	w.revoke(f.Peer().Device)
	if got := w.of(kit.City); got.Pending != 0 || got.Units != 0 || got.Absent != 3 {
		t.Errorf("got %+v, want nothing pending and no unit counted", got)
	}
}

// TestCoverageIsNotMoved by devices that nobody admitted, nor by what a hub says of
// those that it does not serve; and what a hub said falls with it.
func TestCoverageIsNotMoved(t *testing.T) {
	w := newTown(t)
	f := w.MustForger(t, kit.First)
	w.admit(f)
	w.hear(f.Peer(), reached(f, true, w.Clock.Now(), 5))
	before := w.of(kit.City)
	hub := kit.MustDevice(t, w.city, 8, kit.Street, 10)
	street := syncer.Peer{Unit: kit.Street.ID, Device: hub.ID}
	for n := range byte(200) {
		p := syncer.Peer{Unit: kit.First.ID, Device: change.DeviceOf([]byte{7, n})}
		w.hear(street, syncer.DeviceReach{Peer: p, Heads: []syncer.Head{{Stream: change.Stream{Device: p.Device, Incarnation: 1, Audience: p.Unit}, Seq: 9}}})
	}
	w.hear(street, syncer.DeviceReach{Peer: syncer.Peer{Unit: kit.Second.ID, Device: f.Peer().Device}})
	if diff := cmp.Diff(before, w.of(kit.City)); diff != "" {
		t.Error(diff)
	}
	w.hear(street, reached(f, false, time.UnixMilli(0), 900))
	if got := w.of(kit.City); got.Pending != 900 || !got.AsOf.Equal(before.AsOf) || len(got.Silent) != 0 {
		t.Errorf("got %+v, want 900 pending, and else %+v", got, before)
	}
	w.revoke(hub.ID)
	if diff := cmp.Diff(before, w.of(kit.City)); diff != "" {
		t.Errorf("after the hub was revoked: %s", diff)
	}
}

// TestCoverageOfANewUnit: the next answer counts a community that the city
// has just made, and one that a device joins.
func TestCoverageOfANewUnit(t *testing.T) {
	w := newTown(t)
	before := w.of(kit.Street)
	more := tree.Unit{ID: change.NewUnitID([10]byte{9, 9}), Code: "990101001099", Name: "新社区", Level: tree.Community, Parent: kit.Street.ID}
	if err := root.NewAdmission(w.city).PutUnits(t.Context(), append(kit.Units(), more)); err != nil {
		t.Fatal(err)
	}
	if got := w.of(kit.Street); got.Absent != before.Absent+1 {
		t.Fatalf("got %d that never joined, want %d", got.Absent, before.Absent+1)
	}
	kit.MustDevice(t, w.city, 7, more, 1700000000000)
	if got := w.of(kit.Street); got.Absent != before.Absent || got.Units != before.Units+1 {
		t.Errorf("got %+v, want one unit more than in %+v", got, before)
	}
}

// TestCoverageOfAUnitNeverHeard is silent since it joined.
func TestCoverageOfAUnitNeverHeard(t *testing.T) {
	w := newTown(t)
	kit.MustDevice(t, w.city, 7, kit.First, 1700000000000)
	got := w.of(kit.City)
	want := []question.Silent{{Unit: kit.First.Code, Since: time.UnixMilli(1700000000000).UTC()}}
	if diff := cmp.Diff(want, got.Silent); diff != "" || got.Units != 1 || got.Absent != 2 {
		t.Errorf("got %+v: %s", got, diff)
	}
}
