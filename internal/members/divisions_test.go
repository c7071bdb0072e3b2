package members_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/division"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

func (w *world) step(s division.Step) {
	w.Helper()
	w.sayRecord(system.DivisionKind, system.DivisionID(s), system.DivisionFields(s))
}

// TestTreeOfADay: what is announced is in the tree of its day, and in that of today once the
// unit's own record says it.
func TestTreeOfADay(t *testing.T) {
	w := newWorld(t)
	w.town()
	w.load()
	was, _ := w.Tree().Unit(community)
	now := was
	now.Code = "990101001009"
	w.step(division.Step{On: "2026-12-01", Version: 1, Line: 2, Op: division.Recode, Was: was, Now: now})
	gone, _ := w.Tree().Unit(other)
	merged := gone
	merged.Heir, merged.Until = community, "2026-12-05"
	w.step(division.Step{On: "2026-12-05", Version: 2, Line: 2, Op: division.Merge, Was: gone, Now: merged})
	if read, changed := w.load(); !read || changed {
		t.Errorf("announced: read %v, the tree changed %v", read, changed)
	}
	for _, c := range []struct {
		day, code string
		want      change.UnitID
	}{
		{"2026-11-30", was.Code, community}, {"2026-11-30", now.Code, ""}, {"2026-12-01", now.Code, community}, {"2026-12-01", was.Code, community},
		{"2026-12-04", gone.Code, other}, {"2026-12-05", gone.Code, community},
	} {
		if u, _ := w.TreeOn(c.day).ByCode(c.code); u.ID != c.want {
			t.Errorf("%s on %s: got %q, want %q", c.code, c.day, u.ID, c.want)
		}
	}
	if got := w.Heir(other); got != other {
		t.Errorf("before the day the heir is %s", got)
	}
	w.sayRecord(system.UnitKind, change.RecordID(community), system.UnitChange(was, now))
	w.sayRecord(system.UnitKind, change.RecordID(other), system.UnitChange(gone, merged))
	if _, changed := w.load(); !changed || w.Heir(other) != community || !w.Below(community, other) || w.HolderCode(other) != now.Code {
		t.Errorf("in force: the tree changed %v, the heir is %s", changed, w.Heir(other))
	}
	if id, err := w.UnitOf(was.Code); err != nil || id != community {
		t.Errorf("the code of before: got %s, %v", id, err)
	}
	if u, ok := w.TreeOn("2026-11-30").Unit(other); !ok || u != gone {
		t.Errorf("the day before: got %+v, want %+v", u, gone)
	}
	if len(w.Divisions()) != 2 {
		t.Errorf("got %d changes, want 2", len(w.Divisions()))
	}
}

// TestAddedUnit: a unit that is announced is in no tree before its day.
func TestAddedUnit(t *testing.T) {
	w := newWorld(t)
	w.town()
	added := tree.Unit{ID: unit(9), Code: "990101001003", Name: "new", Level: tree.Community, Parent: street, Since: "2026-12-01"}
	w.step(division.Step{On: "2026-12-01", Version: 1, Line: 2, Op: division.Add, Now: added})
	w.load()
	if _, ok := w.TreeOn("2026-11-30").Unit(added.ID); ok {
		t.Error("it is there the day before")
	}
	if u, ok := w.TreeOn("2026-12-01").Unit(added.ID); !ok || u != added {
		t.Errorf("on the day: got %+v", u)
	}
	if _, ok := w.Tree().Unit(added.ID); ok {
		t.Error("it is there today")
	}
}
