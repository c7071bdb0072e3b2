package hub_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub"
	"tongbu/hub/root"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/fault"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/node/account"
	"tongbu/node/desk"
	"tongbu/node/replica"
	"tongbu/node/reports"
	"tongbu/syncer/streams"
)

// merge has the first community merged into the second today.
func (r *removals) merge() {
	r.t.Helper()
	day, err := r.city.Replica.Day()
	if err != nil {
		r.t.Fatal(err)
	}
	made, err := r.city.Root.Divide(r.t.Context(), root.DivisionOrder{On: day, File: "op,code,heir_code\nmerge," + kit.First.Code + "," + kit.Second.Code + "\n"})
	if err != nil || made.Version == 0 {
		r.t.Fatalf("%+v, %v", made, err)
	}
	r.sync()
	r.Tree = r.city.Replica.Members.Tree() // by which the links carry
	r.sync()
}

// equalOf wants the account that a station gives of each unit to be what the views of the
// street and the city have of it, and the lists of the station to have the rows of all.
func (r *removals) equalOf(at *replica.Replica, units ...change.UnitID) {
	r.t.Helper()
	rows := 0
	for _, k := range at.Schema.Kinds() {
		if k.Sort == schema.Derived {
			rows += len(kit.MustList(r.t, at, k.Name, ""))
		}
	}
	day, err := at.Day()
	if err != nil {
		r.t.Fatal(err)
	}
	told, err := desk.New(at).Parts(r.t.Context(), day)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, unit := range units {
		parts, err := hub.PartsOf(r.t.Context(), r.city, unit, day)
		if diff := cmp.Diff(parts, told[unit]); err != nil || diff != "" {
			r.t.Errorf("figures of %s: %s, %v", unit, diff, err)
		}
		own, err := account.Own(at).Account(r.t.Context(), unit, day)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, h := range []*hub.Hub{r.street, r.city} {
			has, err := hub.AccountOf(r.t.Context(), h, unit, day)
			if err != nil {
				r.t.Fatal(err)
			}
			if result, by := own.Compare(has); result != digest.Equal {
				r.t.Errorf("%s beside %s: %s by %s: %+v, %+v", unit, h.Replica.Members.Unit().Name, result, by, own, has)
			}
		}
		rows -= own.Rows
	}
	if rows != 0 {
		r.t.Errorf("the lists have %d derived rows more than the accounts", rows)
	}
}

// TestHeir: the station of the heir keeps the records of the unit that was merged into it:
// it changes them, makes them void and says what has come about, and its figures of either
// unit are those of the tiers above.
func TestHeir(t *testing.T) {
	r := newRemovals(t)
	first, second := r.first.Members.Unit().ID, r.second.Members.Unit().ID
	edit := `{"id":"` + string(r.person) + `","phone":"2"}`
	kit.MustPut(t, r.second, "person", `{"name":"孙丽","birth_date":"1974-05-01","status":"9","labour_ability":"1","job_wish":"1"}`)
	r.sync()
	if err := r.put(r.second, "person", edit); fault.Of(err) == 0 {
		t.Error("a community writes the records of another")
	}
	r.merge()
	kit.MustPut(t, r.second, "person", edit)
	written := kit.MustPut(t, r.second, "contact", `{"person":"`+string(r.person)+`","on":"2026-01-06","way":"1","content":"电话"}`)
	if warned := strings.Join(written[0].Warnings, " "); strings.Contains(warned, "elsewhere") {
		t.Errorf("warned of %s", warned)
	}
	r.sync()
	if got := r.phone(r.second); got != "2" {
		t.Errorf("phone at the heir: %q", got)
	}
	r.wantSound(r.city)
	r.wantSound(r.street)
	r.equalOf(r.second, first, second)
	if got := r.second.Units(); len(got) != 2 {
		t.Errorf("units: %v", got)
	}
	card, err := desk.New(r.second).Card(t.Context(), "household", r.home, kit.Clerk)
	if err != nil || len(card.Members) != 1 || len(card.Facts) == 0 {
		t.Fatalf("card: %+v, %v", card, err)
	}
	kit.MustPut(t, r.second, "person", `{"id":"`+string(r.person)+`","valid":"0","void_reason":"重复"}`)
	r.sync()
	r.equalOf(r.second, first, second)
	if n := len(kit.MustList(t, r.second, "person", "")); n != 1 {
		t.Errorf("%d persons at the heir, want its own", n)
	}
}

// TestHeirEarly: what the heir writes while the merger is announced and not in force is
// refused by the city, and counts nowhere.
func TestHeirEarly(t *testing.T) {
	r := newRemovals(t)
	day, err := r.city.Replica.Day()
	if err != nil {
		t.Fatal(err)
	}
	file := "op,code,heir_code\nmerge," + kit.First.Code + "," + kit.Second.Code + "\n"
	if _, err := r.city.Root.Divide(t.Context(), root.DivisionOrder{On: calendar.AddDays(day, 30), File: file}); err != nil {
		t.Fatal(err)
	}
	r.sync()
	if err := r.put(r.second, "person", `{"id":"`+string(r.person)+`","phone":"2"}`); fault.Of(err) == 0 {
		t.Error("the heir writes before the day")
	}
	err = r.second.Streams.Write(t.Context(), func(w *streams.Writer) error { // as a program would that asks nobody
		unit := r.second.Members.Unit().ID
		own, err := w.Own(unit)
		if err == nil {
			_, err = r.second.Records.Put(w.Tx, own, unit, records.Edit{Kind: "person", ID: r.person, Fields: map[string]change.Value{"phone": change.Text("2")}})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r.sync()
	r.sync()
	for _, h := range []*hub.Hub{r.city, r.street} {
		k, _ := h.Replica.Schema.Kind("person")
		got, err := h.Desk.Below.Record(t.Context(), k, r.person)
		if err != nil || got.Value("phone") != change.Text("1") {
			t.Errorf("%s has the telephone %s, %v", h.Replica.Members.Unit().Name, got.Value("phone"), err)
		}
	}
	if got := r.phone(r.second); got != "" {
		t.Errorf("the heir has the telephone %q", got)
	}
	r.wantSound(r.city)
	r.wantSound(r.street)
}

// TestHeirGives: what the heir of a merged unit gives away is gone at the station of that unit
// too.
func TestHeirGives(t *testing.T) {
	r := newRemovals(t)
	far := r.MustReplica(t, r.city.Replica, kit.FarAway)
	r.merge()
	if _, err := r.order("household", r.home, kit.FarAway.Code); err != nil {
		t.Fatal(err)
	}
	r.sync()
	r.MustExchange(t, far, r.city.Replica)
	for name, at := range map[string]*replica.Replica{"the merged unit": r.first, "its heir": r.second} {
		if got := r.phone(at); got != "" {
			t.Errorf("%s has the phone %q still", name, got)
		}
	}
	if got := r.phone(far); got == "" {
		t.Error("nobody has the person")
	}
	r.equalOf(r.second, kit.First.ID, kit.Second.ID)
}

// TestHeirReported: a report counts the records of a merged unit as its heir has left them, and
// each once.
func TestHeirReported(t *testing.T) {
	r := newRemovals(t)
	other := kit.MustPut(t, r.first, "person", `{"household":"h","name":"李芳","status":"9"}`)[0].ID
	r.sync()
	r.merge()
	must(t, r.put(r.second, "person", `{"id":"`+string(other)+`","valid":"0","void_reason":"重复"}`))
	must(t, r.put(r.second, "person", `{"id":"`+string(r.person)+`","phone":"7"}`))
	r.sync()
	signed, err := r.city.Reports.Make(t.Context(), reports.Order{Period: "2027-01"})
	if err != nil {
		t.Fatal(err)
	}
	of, err := signed.Read()
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]int64{}
	for _, f := range of.Figures {
		if f.Indicator == "persons" && f.Group == "all" {
			counted[f.Unit] = f.Numerator
		}
	}
	if counted[kit.City.Code] != 1 || counted[kit.Street.Code] != 1 {
		t.Errorf("persons: %v, want one", counted)
	}
}
