package facts_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/rulepack"
	"tongbu/internal/schema"
)

// TestBadInput: of what cannot be so the record says a clear sentence, its own row is there
// where it has one, and the rows of everybody else are as if it were not.
func TestBadInput(t *testing.T) {
	begun := []string{
		`hardship_step 5 {"id":"@s1","person":"@p1","on":"2026-02-02","step":"asked","category":["050"]}`,
		`hardship_step 5 {"id":"@s2","person":"@p1","on":"2026-02-03","step":"checked","answers":"@s1"}`,
	}
	for _, c := range []struct {
		name, rule string
		lines      []string // the last is the bad one
		kind       string   // of the row in which its effect is seen
		show       []string
		want       string
	}{
		{"in the future", "on_future", []string{`placement 5 {"person":"@p1","on":"2026-06-02"}`}, facts.PersonFacts, []string{"status", "employed"}, `{"employed":false,"status":"9"}`},
		{"before birth", "on_before_birth", []string{`registration 5 {"person":"@p1","on":"1970-05-19"}`}, facts.PersonFacts, []string{"status", "registered_on"}, `{"registered_on":"2026-02-01","status":"9"}`},
		{"before what it answers", "on_before_answers", append(begun, `hardship_step 4 {"person":"@p1","on":"2026-02-01","step":"rechecked","answers":"@s2"}`), facts.CaseKind, []string{"state", "steps", "unheard"}, `{"state":"rechecked","steps":3,"unheard":0}`},
		{"no such day", "on", []string{`placement 5 {"person":"@p1","on":"2026-02-30"}`}, facts.PersonFacts, []string{"status"}, `{"status":"9"}`},
		{"two placements at once", "same_day", []string{`placement 5 {"person":"@p1","on":"2026-03-01","employer_name":"一厂"}`, `placement 5 {"person":"@p1","on":"2026-03-01","employer_name":"二店"}`},
			facts.PersonFacts, []string{"status", "status_since"}, `{"status":"1","status_since":"2026-03-01"}`},
		{"closed twice", "", append(begun, `hardship_step 4 {"id":"@s3","person":"@p1","on":"2026-02-04","step":"rejected","answers":"@s2","opinion":"不符"}`, `hardship_step 4 {"person":"@p1","on":"2026-02-05","step":"rejected","answers":"@s2","opinion":"不符"}`),
			facts.CaseKind, []string{"state", "ended", "ended_on", "steps", "unheard"}, `{"ended":true,"ended_on":"2026-02-04","state":"rejected","steps":3,"unheard":1}`},
		{"by a tier that may not", "", append(begun, `hardship_step 5 {"person":"@p1","on":"2026-02-04","step":"recognised","answers":"@s2","category":["050"]}`), facts.CaseKind, []string{"state", "steps", "unheard"}, `{"state":"checked","steps":2,"unheard":1}`},
		{"the same twice over", "", []string{begun[0], strings.Replace(begun[0], `"id":"@s1",`, "", 1)}, facts.CaseKind, []string{"state", "steps", "unheard"}, `{"state":"asked","steps":1,"unheard":1}`},
	} {
		w := newWorld(t)
		sound, f := family(w), family(w)
		w.told(&f, c.lines...)
		rows := w.book.OfFamily(f, "2026-06-01")
		if got := show(t, ofHim(t, rows, c.kind), c.show...); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if !reflect.DeepEqual(hers(w.book.OfFamily(sound, "2026-06-01")), hers(rows)) {
			t.Errorf("%s: the rows of another member are others", c.name)
		}
		events := f.Members[0].Events
		w.wantSaid(c.name, c.rule, &f, &events[len(events)-1])
	}
}

// ofHim is the row of a kind about the first member; of cases the hardship one.
func ofHim(t *testing.T, rows facts.Rows, kind string) facts.Row {
	t.Helper()
	for _, row := range rowsOf(rows, kind) {
		if row.Values["person"].Text() == string(id("p1")) && (kind != facts.CaseKind || row.Values["flow"].Text() == "hardship") {
			return row
		}
	}
	t.Fatalf("no row of %s", kind)
	return facts.Row{}
}

// hers are the rows about the other member, without the days for which they are so.
func hers(rows facts.Rows) (all []facts.Row) {
	for _, row := range rows.All {
		if row.Values["person"].Text() == string(id("p2")) {
			delete(row.Values, "valid_from")
			delete(row.Values, "valid_until")
			all = append(all, row)
		}
	}
	facts.SortRows(all)
	return all
}

// wantSaid: a rule finds the event, and says so in both languages.
func (w *world) wantSaid(name, rule string, f *facts.Family, e *facts.Entry) {
	w.Helper()
	book := w.schema.NewBook("")
	for _, m := range f.Members {
		for _, o := range append(slices.Clone(m.Events), m.Entry) {
			book.Put(o.Kind, o.ID, false, o.Value)
		}
	}
	k, _ := w.schema.Kind(e.Kind)
	values := map[string]change.Value{}
	for _, f := range k.Fields {
		if value := e.Value(f.Name); !value.IsNull() {
			values[f.Name] = value
		}
	}
	for _, p := range k.Judge(schema.Subject{ID: e.ID, Unit: unit, Values: values, Today: "2026-06-01", Near: book}) {
		if rule == "" || p.Rule == rule || p.Field == rule {
			if p.Zh == "" || p.Message == "" {
				w.Errorf("%s: %s says nothing", name, p.Rule)
			}
			return
		}
	}
	if rule != "" {
		w.Errorf("%s: no rule %s finds it", name, rule)
	}
}

// TestBadPublished: what the city publishes and cannot mean says nothing, and the rest of
// it is in force.
func TestBadPublished(t *testing.T) {
	w := newWorld(t)
	good := []facts.Entry{w.pack(rulepack.ZeroKind, "2026-01-01", "", "free_income: 300"), w.entry(facts.HolidayKind, "", `{"year":2026,"off":"2026-10-01"}`)}
	sound := facts.Publish(good)
	for name, bad := range map[string]facts.Entry{
		"contradicts itself":        w.pack(rulepack.ClocksKind, "2026-01-01", "", "hardship_notice_least: 8"),
		"ages said twice":           w.pack(rulepack.AgeKind, "2026-01-01", "", "ages: plain\nman_to: 59\nwoman_to: 54"),
		"divides by nothing":        w.pack(rulepack.BestKind, "2026-01-01", "", "jobs: 0\nnetwork: 0\nservice: 0\nemployment: 0"),
		"for each of none":          w.pack(rulepack.BestKind, "2026-01-01", "", "per: 0"),
		"ends before it begins":     w.pack(rulepack.ZeroKind, "2026-02-01", "2026-01-31", "free_income: 400"),
		"without a first day":       w.entry(facts.PackKind, "", `{"name":"包","edition":"1","kind":"3","content":"free_income: 400"}`),
		"a table without its year":  w.entry(facts.HolidayKind, "", `{"off":"2026-10-02"}`),
		"a table of another year":   w.entry(facts.HolidayKind, "", `{"year":2027,"off":"2026-10-02"}`),
		"a table without days":      w.entry(facts.HolidayKind, "", `{"year":2026}`),
		"worked and off":            w.entry(facts.HolidayKind, "", `{"year":2026,"off":"2026-10-10","worked":"2026-10-10"}`),
		"a weekday that is worked":  w.entry(facts.HolidayKind, "", `{"year":2026,"off":"2026-10-02","worked":"2026-10-05"}`),
		"more days off than a year": w.entry(facts.HolidayKind, "", `{"year":2026,"off":"2026-01-01..2026-12-31"}`),
	} {
		if got := facts.Publish(append(slices.Clone(good), bad)); !reflect.DeepEqual(got, sound) {
			t.Errorf("%s: it changes what is in force", name)
		}
	}
	if rules := sound.Figures("2026-06-01"); rules.FreeIncome != 300_00 || rules.Holidays.Works("2026-10-01") {
		t.Error("what is sound is not in force")
	}
}
