package sqlite_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/hub/view"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/schema"
)

// recounts count some parts of figures again, of the tables and in another way than facts
// does: what is counted of the day by the fields of the facts, what is counted in a year by
// the records themselves. DAY, YEAR (its first day) and OURS are put in.
var recounts = map[string]string{
	"persons":         `SELECT unit, count(*) FROM k_person WHERE void = 0 GROUP BY 1`,
	"households":      `SELECT unit, count(*) FROM k_household WHERE void = 0 GROUP BY 1`,
	"all_labour":      `SELECT unit, count(*) FROM k_person_facts WHERE f_working_age AND (f_employed OR f_unemployed) GROUP BY 1`,
	"all_work":        `SELECT unit, sum(f_working_age AND f_employed) FROM k_person_facts GROUP BY 1`,
	"jobless_half":    `SELECT unit, count(*) FROM k_person_facts WHERE f_unemployed AND date(f_loss_on, '+6 months') <= 'DAY' GROUP BY 1`,
	"registered":      `SELECT unit, count(*) FROM k_person_facts WHERE f_unemployed AND f_registered GROUP BY 1`,
	"urban_employed":  `SELECT unit, count(*) FROM k_person_facts WHERE f_employed AND f_urban GROUP BY 1`,
	"asked":           `SELECT unit, count(f_six_clear) FROM k_person_facts GROUP BY 1`,
	"zero_employment": `SELECT unit, sum(f_zero_employment) FROM k_household_facts GROUP BY 1`,
	"dual_employed":   `SELECT unit, count(*) FROM k_household_facts WHERE f_employed > 1 GROUP BY 1`,
	"placed":          `SELECT unit, count(DISTINCT f_person) FROM k_placement AS x WHERE OURS GROUP BY 1`,
	"placement_n":     `SELECT unit, count(*) FROM k_placement AS x WHERE OURS AND f_on >= 'YEAR' GROUP BY 1`,
	"placement_p":     `SELECT unit, count(DISTINCT f_person) FROM k_placement AS x WHERE OURS AND f_on >= 'YEAR' GROUP BY 1`,
	"placement_n_all": `SELECT unit, count(*) FROM k_placement AS x WHERE OURS GROUP BY 1`,
	"line02_n":        `SELECT unit, count(*) FROM k_placement AS x WHERE OURS AND f_on >= 'YEAR' AND f_line = '02' GROUP BY 1`,
	"line02_p":        `SELECT unit, count(DISTINCT f_person) FROM k_placement AS x WHERE OURS AND f_on >= 'YEAR' AND f_line = '02' GROUP BY 1`,
	"line02_p_all":    `SELECT unit, count(DISTINCT f_person) FROM k_placement AS x WHERE OURS AND f_line = '02' GROUP BY 1`,
	"line07_p":        `SELECT unit, count(DISTINCT f_person) FROM k_training_result AS x WHERE OURS AND f_on >= 'YEAR' AND f_passed GROUP BY 1`,
	"line14_n":        `SELECT unit, count(*) FROM (SELECT *, f_paid_on AS f_on FROM k_loan) AS x WHERE OURS AND f_on >= 'YEAR' GROUP BY 1`,
	"line14_p_all":    `SELECT unit, count(DISTINCT f_person) FROM (SELECT *, f_paid_on AS f_on FROM k_loan) AS x WHERE OURS GROUP BY 1`,
	"referral_n":      `SELECT unit, count(*) FROM k_referral AS x WHERE OURS AND f_on >= 'YEAR' GROUP BY 1`,
	"listed_labour": `SELECT unit, count(*) FROM k_person_facts AS p WHERE f_working_age AND (f_employed OR f_unemployed) AND (f_registered OR EXISTS
		(SELECT 1 FROM (SELECT unit, void, f_person, f_on FROM k_registration UNION ALL SELECT unit, void, f_person, f_on FROM k_deregistration) AS e
		WHERE e.unit = p.unit AND e.f_person = p.f_person AND void = 0 AND f_on BETWEEN 'YEAR' AND 'DAY')) GROUP BY 1`,
	// Cases: of the steps and visits themselves, whose turn is drawn as it should be.
	"zero_open":    `SELECT unit, count(*) FROM k_household_facts AS h WHERE STEPS('STREET_CONFIRMED') > 0 AND STEPS('STABLE') = 0 GROUP BY 1`,
	"zero_over":    `SELECT unit, count(*) FROM k_household_facts AS h WHERE date(FIRST('STREET_CONFIRMED'), '+20 days') < 'DAY' AND STEPS('ONE_EMPLOYED') = 0 GROUP BY 1`,
	"one_ended":    `SELECT unit, count(*) FROM k_household_facts AS h WHERE date(FIRST('STREET_CONFIRMED'), '+21 days') BETWEEN 'YEAR' AND 'DAY' GROUP BY 1`,
	"one_kept":     `SELECT unit, count(*) FROM k_household_facts AS h WHERE date(FIRST('STREET_CONFIRMED'), '+21 days') BETWEEN 'YEAR' AND 'DAY' AND FIRST('ONE_EMPLOYED') <= date(FIRST('STREET_CONFIRMED'), '+20 days') GROUP BY 1`,
	"month_ended":  `SELECT unit, count(*) FROM k_household_facts AS h WHERE date(FIRST('STREET_CONFIRMED'), '+1 month', 'floor', '+1 day') BETWEEN 'YEAR' AND 'DAY' GROUP BY 1`,
	"month_kept":   `SELECT unit, count(*) FROM k_household_facts AS h WHERE date(FIRST('STREET_CONFIRMED'), '+1 month', 'floor', '+1 day') BETWEEN 'YEAR' AND 'DAY' AND FIRST('ONE_EMPLOYED') <= date(FIRST('STREET_CONFIRMED'), '+1 month', 'floor') GROUP BY 1`,
	"helped_h":     `SELECT unit, count(*) FROM k_household_facts AS h WHERE FIRST('ONE_EMPLOYED') >= 'YEAR' GROUP BY 1`,
	"helped_h_all": `SELECT unit, count(*) FROM k_household_facts AS h WHERE FIRST('ONE_EMPLOYED') <= 'DAY' GROUP BY 1`,
	"helped_p":     `SELECT p.unit, count(*) FROM k_person_facts AS p JOIN k_household_facts AS h USING (f_household) JOIN k_family_step AS s ON s.f_person = p.f_person WHERE s.void = 0 AND s.f_step = 'ONE_EMPLOYED' AND s.f_on BETWEEN 'YEAR' AND 'DAY' GROUP BY 1`,
	"visit_over": `SELECT unit, count(*) FROM k_household_facts AS h WHERE STEPS('STABLE') = 0 AND date(max(FIRST('STREET_CONFIRMED'), coalesce(
		(SELECT max(f_on) FROM k_visit AS v WHERE v.f_household = h.f_household AND void = 0 AND f_result = '1' AND f_on <= 'DAY'), '')), '+1 month') < 'DAY' GROUP BY 1`,
}

// stepsOf and firstOf are how many steps of a name a household with members has until the
// day, and the day of the first.
var (
	stepsOf = regexp.MustCompile(`STEPS\('(\w+)'\)`)
	firstOf = regexp.MustCompile(`FIRST\('(\w+)'\)`)
)

const ofSteps = ` FROM k_family_step AS s WHERE s.f_household = h.f_household AND h.f_members > 0 AND s.void = 0 AND s.f_on <= 'DAY' AND s.f_step = '$1')`

// recount is the statement of a recount for a day.
func recount(text, day string) string {
	text = stepsOf.ReplaceAllString(strings.ReplaceAll(text, "OURS", ours), "(SELECT count(*)"+ofSteps)
	text = firstOf.ReplaceAllString(text, "(SELECT min(s.f_on)"+ofSteps)
	return strings.NewReplacer("DAY", day, "YEAR", day[:4]+"-01-01").Replace(text)
}

// ours are the events of a unit about persons that it has, until the day.
const ours = `void = 0 AND f_on <= 'DAY' AND EXISTS (SELECT 1 FROM k_person_facts AS p WHERE p.f_person = x.f_person AND p.unit = x.unit)`

// TestFigures: what a view has counted of the histories of some families, what it counts in
// rows that are made for the day, and what a workstation makes of what it holds, are what
// a recount of its tables finds.
func TestFigures(t *testing.T) {
	v, tables := openPlanned(t)
	if err := v.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	j, kinds, n := viewtest.NewJournal(), viewtest.MustSchema(t), 0
	addWhole(j)
	counted := map[string]int64{}
	rapid.Check(t, func(t *rapid.T) { // each adds a family to those of before
		if n++; n > 40 {
			return // there are enough by now
		}
		addFamily(t, j, n)
		day := rapid.SampledFrom([]string{"2025-12-31", "2026-01-01", "2026-03-15", "2026-12-31", "2027-01-01"}).Draw(t, "day")
		if err := v.Apply(t.Context(), j.Changes, j.Last()); err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			var err error
			if more, err = v.Review(t.Context(), day); err != nil {
				t.Fatal(err)
			}
		}
		kept, made := partsOf(t, v, ""), partsOf(t, v, day)
		if diff := cmp.Diff(made, kept); diff != "" {
			t.Fatalf("%s: rows made for the day and kept counts: %s", day, diff)
		}
		if diff := cmp.Diff(atDesk(j, kinds, day), kept); diff != "" {
			t.Fatalf("%s: at the desk and in the view: %s", day, diff)
		}
		for part, text := range recounts {
			text = recount(text, day)
			again := map[string]int64{}
			err := tables.EachRow(t.Context(), "SELECT u.id, r.n FROM (SELECT 0 AS unit, 0 AS n UNION ALL SELECT * FROM ("+text+")) AS r JOIN units AS u ON u.no = r.unit", func(unit, n view.Cell) {
				id, _ := unit.Text()
				if count, _ := n.Number(); count > 0 {
					again[id+" "+part] = count
				}
			})
			if err != nil {
				t.Fatal(part, err)
			}
			for name, n := range kept {
				if strings.HasSuffix(name, " "+part) {
					counted[part] += n
					if again[name] != n {
						t.Errorf("%s: %s is %d, and %d when it is counted again", day, name, n, again[name])
					}
					delete(again, name)
				}
			}
			if len(again) > 0 {
				t.Errorf("%s: only a recount finds %v", day, again)
			}
		}
	})
	ended, end := context.WithCancel(t.Context())
	end()
	if err := v.Parts(ended, []change.UnitID{viewtest.UnitID(viewtest.City)}, "2026-02-02", func(change.UnitID, string, int64) {}); err == nil {
		t.Error("figures of another day were made after their question had ended")
	}
	for part := range recounts {
		if counted[part] == 0 {
			t.Errorf("nothing was ever counted in %s: it tells nothing", part)
		}
	}
}

// addWhole adds two families that count in whatever is counted: one without anybody at
// work, and one of two at work with all that is counted in a year.
func addWhole(j *viewtest.Journal) {
	text := change.Text
	numbered := func(kind string, i int) change.RecordID {
		return change.NumberedRecordID(viewtest.UnitID(viewtest.First), kind, fmt.Sprint("whole-", i))
	}
	add := func(kind string, i int, fields viewtest.Fields) {
		j.Add(viewtest.First, viewtest.First, kind, numbered(kind, i), fields)
	}
	for i, status := range []string{"9", "1", "1"} {
		home, person := numbered("household", min(i, 1)), text(string(numbered("person", i)))
		add("household", min(i, 1), viewtest.Fields{"head_name": text("甲"), "survey_date": text("2025-01-01")})
		add("person", i, viewtest.Fields{"name": text("甲"), "household": text(string(home)), "relation": text("02"), "sex": text("1"), "birth_date": text("1990-05-05"),
			"hukou": text("10"), "status": text(status), "labour_ability": text("1"), "job_wish": text("1")})
		if i == 0 {
			add("registration", i, viewtest.Fields{"person": person, "on": text("2025-02-01")})
			addCase(j, viewtest.First, 0, home, person, []string{"2025-02-03", "2025-02-04", "2025-02-05", "2025-02-12"})
			continue
		}
		if i == 1 {
			addCase(j, viewtest.First, 1, home, person, []string{"2025-12-01", "2025-12-02", "2025-12-03", "2025-12-12", "2026-01-01", "2026-12-01"})
		}
		for y, on := range []string{"2025-05-01", "2026-01-01", "2027-01-01"} {
			for _, kind := range []string{"placement", "referral", "training_result", "loan"} {
				add(kind, 10*i+y, viewtest.Fields{"person": person, "on": text(on), "line": text("02"), "passed": change.Bool(true), "paid_on": text(on)})
			}
		}
	}
}

// caseSteps are the steps of a case in their turn, of which the street takes one.
var caseSteps = []string{"FOUND", "VERIFIED", "PUBLIC_NOTICE", "STREET_CONFIRMED", "ONE_EMPLOYED", "STABLE"}

// addCase adds the first steps of a case, each on a day.
func addCase(j *viewtest.Journal, unit string, n int, home change.RecordID, person change.Value, days []string) {
	before := change.Null
	for i, on := range days {
		by := unit
		if caseSteps[i] == "STREET_CONFIRMED" {
			by = viewtest.Street
		}
		id := change.NumberedRecordID(viewtest.UnitID(by), "family_step", fmt.Sprint(home, n, i))
		fields := viewtest.Fields{"household": change.Text(string(home)), "family_kind": change.Text("02"), "step": change.Text(caseSteps[i]), "on": change.Text(on)}
		if i > 0 {
			fields["answers"] = before
		}
		if caseSteps[i] == "ONE_EMPLOYED" {
			fields["person"] = person
		}
		j.Add(by, by, "family_step", id, fields)
		before = change.Text(string(id))
	}
}

// addFamily adds a household with members and what happened to them.
func addFamily(t *rapid.T, j *viewtest.Journal, n int) {
	pick := func(name string, options ...string) change.Value {
		return change.Text(rapid.SampledFrom(options).Draw(t, name))
	}
	unit := rapid.SampledFrom([]string{viewtest.First, viewtest.Second}).Draw(t, "unit")
	numbered := func(kind string, i int) change.RecordID {
		return change.NumberedRecordID(viewtest.UnitID(unit), kind, fmt.Sprint(n, "-", i))
	}
	home := numbered("household", 0)
	j.Add(unit, unit, "household", home, viewtest.Fields{"head_name": change.Text("甲"), "survey_date": change.Text("2025-06-01"), "valid": pick("home", "1", "1", "0")})
	if days := rapid.IntRange(0, len(caseSteps)).Draw(t, "steps"); days > 0 {
		on, days := rapid.SampledFrom([]string{"2025-11-20", "2025-12-01", "2025-12-11", "2026-02-01"}).Draw(t, "begun"), make([]string, days)
		for i := range days {
			on = calendar.AddDays(on, rapid.IntRange(0, 21).Draw(t, "after"))
			days[i] = on
		}
		addCase(j, unit, 0, home, change.Text(string(numbered("person", 0))), days)
		for i := range rapid.IntRange(0, 2).Draw(t, "visits") {
			j.Add(unit, unit, "visit", numbered("visit", i), viewtest.Fields{"household": change.Text(string(home)), "on": pick("visited", "2025-11-01", "2026-01-20", "2026-02-15"), "result": pick("met", "1", "2")})
		}
	}
	kinds := []string{"unemployment", "placement", "placement", "status_found", "registration", "deregistration", "referral", "training_result", "loan"}
	for i := range rapid.IntRange(1, 3).Draw(t, "members") {
		person := numbered("person", i)
		j.Add(unit, unit, "person", person, viewtest.Fields{"name": change.Text("甲"), "household": change.Text(string(home)), "relation": pick("relation", "02", "12"),
			"sex": pick("sex", "1", "2"), "birth_date": pick("born", "1966-03-15", "1971-01-01", "1990-05-05", "2012-01-01"), "hukou": pick("hukou", "10", "20"),
			"status": pick("status", "1", "9", "10"), "labour_ability": pick("able", "1", "1", "0"), "job_wish": change.Text("1"), "valid": pick("valid", "1", "1", "1", "0")})
		for e := range rapid.IntRange(0, 4).Draw(t, "events") {
			kind := rapid.SampledFrom(kinds).Draw(t, "kind")
			on := pick("on", "2025-05-01", "2025-12-31", "2026-01-01", "2026-02-01", "2027-01-01")
			fields := viewtest.Fields{"person": change.Text(string(person)), "valid": pick("counts", "1", "1", "1", "0")}
			switch kind {
			case "loan":
				fields["paid_on"] = on
			case "training_result":
				fields["passed"] = change.Bool(rapid.Bool().Draw(t, "passed"))
			case "placement":
				fields["line"] = pick("line", "01", "02", "02")
			case "status_found":
				fields["status"] = pick("found", "1", "9")
			}
			if kind != "loan" {
				fields["on"] = on
			}
			j.Add(unit, unit, kind, numbered(kind, 10*i+e), fields)
		}
	}
}

func townUnits() (ids []change.UnitID) {
	for _, u := range viewtest.Units() {
		ids = append(ids, u.ID)
	}
	return ids
}

// partsOf are the parts of all units of a view, on a day.
func partsOf(t *rapid.T, v view.View, day string) map[string]int64 {
	parts := map[string]int64{}
	if err := v.Parts(t.Context(), townUnits(), day, func(unit change.UnitID, part string, n int64) {
		if n != 0 {
			parts[string(unit)+" "+part] = n
		}
	}); err != nil {
		t.Fatal(err)
	}
	return parts
}

// atDesk are the parts that the workstations of two units make of what each, and their
// street, has written.
func atDesk(j *viewtest.Journal, s *schema.Schema, day string) map[string]int64 {
	parts, book := map[string]int64{}, facts.NewBook(s, facts.Published{})
	for _, unit := range []change.UnitID{viewtest.UnitID(viewtest.First), viewtest.UnitID(viewtest.Second)} {
		street := viewtest.UnitID(viewtest.Street)
		h := book.NewHolding(unit, func(of change.UnitID) int { return map[change.UnitID]int{unit: 5, street: 4}[of] })
		for _, c := range j.Changes {
			values := map[string]change.Value{}
			for _, f := range c.Change.Fields {
				values[f.Name] = f.Value
			}
			if k, ok := s.Kind(c.Change.Kind); ok && values["valid"].Text() != "0" && (c.Author == unit || c.Author == street) {
				h.Add(facts.EntryOf(k, c.Change.Record, facts.Values(values)), c.Author)
			}
		}
		own := map[string]int64{}
		_ = h.Each(day, func(rows facts.Rows) error { rows.AddTo(own); return nil }) // tell never fails
		for part, n := range own {
			parts[string(unit)+" "+part] = n
		}
	}
	return parts
}
