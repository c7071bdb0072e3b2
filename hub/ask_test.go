package hub_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/syncer"
)

// TestScope: a unit asks about itself and those below, and learns nothing of
// others, not even whether they exist.
func TestScope(t *testing.T) {
	w := newTown(t)
	clerk := w.MustForger(t, kit.First)
	clerk.MustSay(t, w.city.Replica, kit.First, people(0, 2)...)
	w.verify(w.city)
	texts := map[string]bool{}
	for name, test := range map[string]struct {
		who   identity.Member
		scope change.UnitID
		want  fault.Kind
	}{
		"its own":            {member(clerk), "", fault.OK},
		"its own by name":    {member(clerk), kit.First.ID, fault.OK},
		"its neighbour":      {member(clerk), kit.Second.ID, fault.Denied},
		"its street":         {member(clerk), kit.Street.ID, fault.Denied},
		"the city":           {member(clerk), kit.City.ID, fault.Denied},
		"a unit that is not": {member(clerk), kit.NotOfTown.ID, fault.Denied},
		"no unit":            {member(clerk), "x", fault.Denied},
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

// TestRevokedAsks: who may not link may not ask.
func TestRevokedAsks(t *testing.T) {
	w := newTown(t)
	d := w.device(7, kit.First, 10)
	who := identity.Member{Unit: kit.First.ID, Device: d.ID}
	if _, err := w.city.Query(t.Context(), who, question.Question{Kind: "person"}); err != nil {
		t.Fatal(err)
	}
	mustCall[any](w, w.city, http.MethodPost, "/revoke/"+string(d.ID), nil)
	_, err := w.city.Query(t.Context(), who, question.Question{Kind: "person"})
	wantKind(t, err, fault.Denied)
}

// TestPureRelayPassesUp: it has no view; what is out of scope it refuses by
// itself, the rest it asks above, where nobody is heard now.
func TestPureRelayPassesUp(t *testing.T) {
	w := newTown(t)
	street, _ := w.hub(kit.Street, false)
	who := identity.Member{Unit: kit.First.ID, Device: change.DeviceOf(nil)}
	for scope, want := range map[change.UnitID]fault.Kind{"": fault.Unavailable, kit.First.ID: fault.Unavailable, kit.Second.ID: fault.Denied, kit.City.ID: fault.Denied} {
		_, err := street.Query(t.Context(), who, question.Question{Kind: "person", Scope: scope})
		wantKind(t, err, want)
	}
	if st := w.status(street); st.View != nil {
		t.Errorf("got a view %+v, want none", st.View)
	}
}

// TestCommandLineAsks by division code; of a unit it does not know it is told
// the same as of one it may not ask about.
func TestCommandLineAsks(t *testing.T) {
	w := newTown(t)
	street, _ := w.hub(kit.Street, true)
	w.MustForger(t, kit.First).MustSay(t, street.Replica, kit.First, people(0, 4)...)
	w.verify(street)
	for code, want := range map[string]int{"": 4, kit.First.Code: 4, kit.Second.Code: 0} {
		if got := len(w.ask(street, question.Question{Kind: "person", Scope: change.UnitID(code)}).Rows); got != want {
			t.Errorf("scope %q: got %d rows, want %d", code, got, want)
		}
	}
	texts := map[string]bool{}
	for _, code := range []string{kit.City.Code, kit.FarAway.Code, kit.NotOfTown.Code, "123456789012", "x"} {
		_, err := call[any](street, http.MethodPost, "/query", question.Question{Kind: "person", Scope: change.UnitID(code)})
		wantKind(t, err, fault.Denied)
		texts[err.Error()] = true
	}
	if len(texts) != 1 {
		t.Errorf("got %v, want one text", texts)
	}
}

func peer(f *kit.Forger) syncer.Peer {
	return syncer.Peer{Unit: f.Unit.ID, Device: f.Stream(f.Unit).Device}
}

func reached(f *kit.Forger, connected bool, heard time.Time, head uint64) syncer.DeviceReach {
	return syncer.DeviceReach{Peer: peer(f), Connected: connected, Heard: heard.UnixMilli(), Heads: []syncer.Head{{Stream: f.Stream(f.Unit), Seq: head}}}
}

// TestCoverage counts what is known, unit by unit.
func TestCoverage(t *testing.T) {
	w := newTown(t)
	now := w.Clock.Now()
	first, other, second := w.MustForger(t, kit.First), w.MustForger(t, kit.First), w.MustForger(t, kit.Second)
	street := syncer.Peer{Unit: kit.Street.ID, Device: change.DeviceOf([]byte{1})}
	first.MustSay(t, w.city.Replica, kit.First, people(0, 7)...)
	w.city.Replica.Contact.Joined(street)
	w.city.Replica.Contact.Heard(street, syncer.Reach{Devices: []syncer.DeviceReach{
		reached(first, true, now.Add(-time.Minute), 7), reached(other, false, now.Add(-time.Hour), 5), reached(second, false, now.Add(-2*time.Hour), 3),
	}})
	coverage := func(scope tree.Unit) question.Coverage {
		t.Helper()
		return w.ask(w.city, question.Question{Kind: "person", Scope: scope.ID}).Coverage
	}
	silent := []question.Silent{ // the first has one device that is heard and one that is not
		{Unit: kit.First.Code, Since: now.Add(-time.Hour).UTC()},
		{Unit: kit.Second.Code, Since: now.Add(-2 * time.Hour).UTC()},
	}
	want := question.Coverage{AsOf: now.UTC(), Units: 2, Silent: silent, Pending: 7 + 5 + 3, Absent: 1}
	if diff := cmp.Diff(want, coverage(kit.City), cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("before the view follows: %s", diff)
	}
	w.verify(w.city)
	want.Pending = 5 + 3 // what one device delivered does not make up for the other
	if diff := cmp.Diff(want, coverage(kit.City), cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("after: %s", diff)
	}
	w.city.Replica.Contact.Heard(street, syncer.Reach{Devices: []syncer.DeviceReach{reached(other, true, now, 5)}})
	want.AsOf, want.Silent = now.Add(-time.Minute).UTC(), silent[1:]
	if diff := cmp.Diff(want, coverage(kit.City), cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("both devices are heard: %s", diff)
	}
	other.MustSay(t, w.city.Replica, kit.First, people(7, 5)...)
	if got := coverage(kit.City); got.Pending != 5+3 {
		t.Errorf("arrived and not in the view: got %+v, want them pending still", got)
	}
	w.verify(w.city)
	if got := coverage(kit.City); got.Pending != 3 {
		t.Errorf("in the view: got %+v, want 3 pending", got)
	}
	if got := coverage(kit.FarStreet); got.Units != 0 || got.Absent != 1 || got.Pending != 0 {
		t.Errorf("where nobody joined: got %+v", got)
	}
	w.city.Replica.Contact.Left(street)
	if got := coverage(kit.City); len(got.Silent) != 2 || got.Silent[0].Unit != kit.First.Code {
		t.Errorf("the street is cut off: got %+v, want both silent", got)
	}
}

// TestCoverageAfterARestart: what was in the journal before counts as here.
func TestCoverageAfterARestart(t *testing.T) {
	w := newTown(t)
	f := w.MustForger(t, kit.First)
	f.MustSay(t, w.city.Replica, kit.First, people(0, 7)...)
	must(t, w.city.Close())
	w.city = w.open(w.MustOpen(t, w.RootDir), true)
	w.city.Replica.Contact.Joined(peer(f))
	w.city.Replica.Contact.Heard(peer(f), syncer.Reach{Devices: []syncer.DeviceReach{reached(f, true, w.Clock.Now(), 9)}})
	w.verify(w.city)
	if got := w.ask(w.city, question.Question{Kind: "person"}).Coverage; got.Pending != 2 {
		t.Errorf("got %+v, want the two pending that have not arrived", got)
	}
}

// TestCoverageOfARevokedDevice: what it has will never come.
func TestCoverageOfARevokedDevice(t *testing.T) {
	w := newTown(t)
	f := w.MustForger(t, kit.First)
	w.city.Replica.Contact.Heard(peer(f), syncer.Reach{Devices: []syncer.DeviceReach{reached(f, true, w.Clock.Now(), 5)}})
	w.admit(identity.Device{ID: peer(f).Device, Unit: kit.First.ID, Key: make([]byte, 32), Enrolled: 10})
	if got := w.ask(w.city, question.Question{Kind: "person"}).Coverage; got.Pending != 5 || got.Units != 1 {
		t.Fatalf("got %+v, want 5 pending of one unit", got)
	}
	mustCall[any](w, w.city, http.MethodPost, "/revoke/"+string(peer(f).Device), nil)
	if got := w.ask(w.city, question.Question{Kind: "person"}).Coverage; got.Pending != 0 || got.Units != 0 || got.Absent != 3 {
		t.Errorf("got %+v, want nothing pending and no unit counted", got)
	}
}

// TestCoverageOfANewUnit: the next answer counts a community that the city
// has just made, and one that a device joins.
func TestCoverageOfANewUnit(t *testing.T) {
	w := newTown(t)
	ask := func() question.Coverage {
		return w.ask(w.city, question.Question{Kind: "person", Scope: kit.Street.ID}).Coverage
	}
	before := ask()
	more := tree.Unit{ID: change.NewUnitID([10]byte{9, 9}), Code: "990101001099", Name: "新社区", Level: tree.Community, Parent: kit.Street.ID}
	must(t, root.NewAdmission(w.city.Replica).PutUnits(t.Context(), append(kit.Units(), more)))
	if got := ask(); got.Absent != before.Absent+1 {
		t.Fatalf("got %d that never joined, want %d", got.Absent, before.Absent+1)
	}
	w.device(7, more, 1700000000000)
	if got := ask(); got.Absent != before.Absent || got.Units != before.Units+1 {
		t.Errorf("got %+v, want one unit more than in %+v", got, before)
	}
}

// TestCoverageOfAUnitNeverHeard is silent since it joined.
func TestCoverageOfAUnitNeverHeard(t *testing.T) {
	w := newTown(t)
	w.device(7, kit.First, 1700000000000)
	got := w.ask(w.city, question.Question{Kind: "person"}).Coverage
	want := []question.Silent{{Unit: kit.First.Code, Since: time.UnixMilli(1700000000000).UTC()}}
	if diff := cmp.Diff(want, got.Silent); diff != "" || got.Units != 1 || got.Absent != 2 {
		t.Errorf("got %+v: %s", got, diff)
	}
}
