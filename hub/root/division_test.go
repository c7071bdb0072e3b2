package root_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/division"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

const (
	columns = "op,code,new_code,name,parent_code,heir_code\n"
	// The second community is merged, and the first goes to the far street with a new code.
	changes = columns + "merge,990101001002,,,,990101001001\nrecode,990101001001,990101002002,,990101002000,\n"
	theDay  = "2027-01-17"
)

func mustDivide(t *testing.T, r *root.Root, o root.DivisionOrder) root.Divided {
	t.Helper()
	made, err := r.Divide(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestDivide: it is announced at once and in force from its day on, once, also where the city
// was off on that day.
func TestDivide(t *testing.T) {
	w := kit.MustTown(t)
	city := w.MustCity(t)
	kit.MustDevice(t, city, 7, kit.First, 10)
	street := w.MustReplica(t, city, kit.FarStreet)
	r := mustOpen(t, city)
	dry := mustDivide(t, r, root.DivisionOrder{File: changes, On: theDay, Dry: true})
	if dry.Version != 1 || dry.Bytes == 0 || len(dry.Devices) != 1 || len(dry.Problems) > 0 || len(city.Members.Divisions()) > 0 {
		t.Errorf("tried: got %+v", dry)
	}
	want := []root.Became{
		{ID: kit.Second.ID, Line: 2, Op: division.Merge, Was: &root.Called{Code: kit.Second.Code, Name: kit.Second.Name, Parent: kit.Street.Code},
			Now: root.Called{Code: kit.Second.Code, Name: kit.Second.Name, Parent: kit.Street.Code, Heir: "990101002002"}},
		{ID: kit.First.ID, Line: 3, Op: division.Recode, Was: &root.Called{Code: kit.First.Code, Name: kit.First.Name, Parent: kit.Street.Code},
			Now: root.Called{Code: "990101002002", Name: kit.First.Name, Parent: kit.FarStreet.Code}},
	}
	made := mustDivide(t, r, root.DivisionOrder{File: changes, On: theDay})
	if diff := cmp.Diff(want, made.Units); diff != "" {
		t.Error(diff)
	}
	w.MustCarry(t, city, street)
	if got := len(street.Members.Divisions()); got != 2 {
		t.Errorf("the street has heard of %d changes, want 2", got)
	}
	if city.Members.Below(kit.FarStreet.ID, kit.First.ID) || unitWrites(t, city) != 0 {
		t.Error("it is in force before its day")
	}
	w.Clock.Advance(3 * 24 * time.Hour)
	for range 3 {
		if err := r.Divided(t.Context(), mustDay(t, city)); err != nil {
			t.Fatal(err)
		}
	}
	if got := unitWrites(t, city); got != 2 {
		t.Errorf("%d units were written, want 2", got)
	}
	w.MustCarry(t, city, street)
	for name, at := range map[string]*replica.Replica{"city": city, "street": street} {
		m := at.Members
		if !m.Below(kit.FarStreet.ID, kit.Second.ID) || m.Heir(kit.Second.ID) != kit.First.ID || m.Code(kit.First.ID) != "990101002002" {
			t.Errorf("%s: it is not in force", name)
		}
		if u, ok := m.TreeOn("2027-01-16").ByCode(kit.First.Code); !ok || u.Parent != kit.Street.ID {
			t.Errorf("%s: the day before: %+v", name, u)
		}
		if id, err := m.UnitOf(kit.First.Code); err != nil || id != kit.First.ID {
			t.Errorf("%s: the code of before: %s, %v", name, id, err)
		}
	}
}

func mustDay(t *testing.T, at *replica.Replica) string {
	t.Helper()
	day, err := at.Day()
	if err != nil {
		t.Fatal(err)
	}
	return day
}

// unitWrites counts the units that were retired or given another code.
func unitWrites(t *testing.T, at *replica.Replica) (n int) {
	t.Helper()
	err := at.Journal.View(func(tx *journal.Tx) error {
		return at.Records.Each(tx, system.UnitKind, "", func(r *merge.Record) error {
			dots := map[change.Dot]bool{}
			for _, w := range r.Writes() {
				dots[w.Dot] = true
			}
			n += len(dots) - 1
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestDivideToday: what is announced for today is in force at once.
func TestDivideToday(t *testing.T) {
	city := kit.MustTown(t).MustCity(t)
	mustDivide(t, mustOpen(t, city), root.DivisionOrder{File: changes, On: mustDay(t, city)})
	if city.Members.Heir(kit.Second.ID) != kit.First.ID {
		t.Error("it is not in force")
	}
	for _, unit := range []string{kit.Second.Code, string(kit.Second.ID)} {
		_, err := mustOpen(t, city).Invite(t.Context(), unit, 0)
		kit.WantKind(t, err, fault.Invalid)
	}
	if token, err := mustOpen(t, city).Invite(t.Context(), kit.First.Code, 0); err != nil || token.Unit != kit.First.ID {
		t.Errorf("by the code of before: got %+v, %v", token, err)
	}
}

// TestDivideRefuses: nothing is announced of a file with a problem.
func TestDivideRefuses(t *testing.T) {
	city := kit.MustTown(t).MustCity(t)
	r := mustOpen(t, city)
	mustDivide(t, r, root.DivisionOrder{File: columns + "rename,990101001001,,one,,\n", On: theDay})
	for name, c := range map[string]struct{ file, on, rule string }{
		"a day that is over":        {changes, "2027-01-14", "day"},
		"no day":                    {changes, "2027-02-30", "day"},
		"before what is announced":  {changes, "2027-01-16", "day"},
		"one good line and one bad": {columns + "rename,990101001002,,two,,\nretire,990101009999,,,,\n", theDay, "unknown_code"},
		"what was announced before": {columns + "rename,990101001001,,one,,\n", theDay, "nothing"},
		"a bad row":                 {columns + "rename,990101001001,,,,\n", theDay, "form"},
	} {
		made := mustDivide(t, r, root.DivisionOrder{File: c.file, On: c.on})
		if len(made.Problems) == 0 || made.Problems[0].Rule != c.rule || made.Version != 0 {
			t.Errorf("%s: got %+v", name, made)
		}
	}
	_, err := r.Divide(t.Context(), root.DivisionOrder{File: strings.Repeat("x", division.MaxFile+1), On: theDay})
	kit.WantKind(t, err, fault.Invalid)
	if got := len(city.Members.Divisions()); got != 1 {
		t.Errorf("%d changes are announced, want 1", got)
	}
}

// TestRestoredCityDividesOnce: a city that was restored to before the day makes the units
// what they are to be by itself; what it said before and has lost comes back beside that, also
// of a later change, and nothing is left to settle.
func TestRestoredCityDividesOnce(t *testing.T) {
	w := kit.MustTown(t)
	city := w.MustCity(t)
	street := w.MustReplica(t, city, kit.FarStreet)
	mustDivide(t, mustOpen(t, city), root.DivisionOrder{File: changes, On: theDay})
	mustClose(t, city)
	before := t.TempDir()
	if err := os.CopyFS(before, os.DirFS(w.RootDir)); err != nil {
		t.Fatal(err)
	}
	city = w.MustOpen(t, w.RootDir)
	r := mustOpen(t, city)
	mustDivide(t, r, root.DivisionOrder{File: columns + "recode,990101002002,990101002003,,,\n", On: "2027-01-18"})
	w.Clock.Advance(4 * 24 * time.Hour)
	if err := r.Divided(t.Context(), mustDay(t, city)); err != nil {
		t.Fatal(err)
	}
	w.MustCarry(t, city, street)
	mustClose(t, city)

	city = w.MustOpen(t, before)
	if err := city.Streams.Renew(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	r = mustOpen(t, city)
	again := func(code string) {
		t.Helper()
		if err := r.Divided(t.Context(), mustDay(t, city)); err != nil {
			t.Fatal(err)
		}
		if got := city.Members.Code(kit.First.ID); got != code || city.Members.Heir(kit.Second.ID) != kit.First.ID {
			t.Errorf("got code %s and heir %s", got, city.Members.Heir(kit.Second.ID))
		}
	}
	again("990101002002") // of the later change it knows nothing
	w.MustCarry(t, street, city)
	again("990101002003")
	again("990101002003")
	err := city.Journal.View(func(tx *journal.Tx) error {
		return city.Records.Each(tx, system.UnitKind, "", func(rec *merge.Record) error {
			if clashes := rec.Conflicts(); len(clashes) > 0 {
				t.Errorf("unit %s: %v", rec.ID(), clashes)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func mustClose(t *testing.T, at *replica.Replica) {
	t.Helper()
	if err := at.Close(); err != nil {
		t.Fatal(err)
	}
}
