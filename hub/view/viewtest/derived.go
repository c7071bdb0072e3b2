package viewtest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// derivedRows lists the rows of all derived kinds, with all their fields.
func (b *bench) derivedRows() (all []string) {
	b.t.Helper()
	for _, k := range b.schema.Kinds() {
		if k.Sort != schema.Derived {
			continue
		}
		columns := []string{"id"}
		for _, f := range k.Fields {
			columns = append(columns, f.Name)
		}
		for _, row := range b.rows(b.query(k.Name, "", "id", columns...)) {
			all = append(all, k.Name+" "+row)
		}
	}
	return all
}

// testDerived: what a household, its members and the events about them say together
// stands in the derived rows as soon as it is applied.
func testDerived(_ *testing.T, b *bench) {
	text := change.Text
	b.review(reviewDay)
	home := change.NumberedRecordID(UnitID(First), "household", "h")
	he := Numbered(First, "1")
	b.journal.Add(First, First, "household", home, Fields{"head_name": text("王明"), "survey_date": text("2026-01-01")})
	b.journal.Person(First, he, Fields{"name": text("王明"), "household": text(string(home)), "relation": text("02"), "hukou": text("10"), "sex": text("1"),
		"birth_date": text("1980-01-01"), "status": text("9"), "labour_ability": text("1"), "job_wish": text("1")})
	b.sync()
	zero := func() []string {
		return b.rows(b.query("household_facts", "zero_employment = true", "id", "members", "unemployed"))
	}
	b.want(zero(), []string{"[1,1]"})
	b.want(b.rows(b.query("ledger_unemployed", "lasts = true", "id", "name", "loss_on")), []string{`["王明","2026-01-01"]`})
	placed := change.NumberedRecordID(UnitID(First), "placement", "w")
	b.journal.Add(First, First, "placement", placed, Fields{"person": text(string(Named(First, he))), "on": text("2026-03-01"), "employer_name": text("一店")})
	b.sync()
	b.want(zero(), []string{})
	b.want(b.rows(b.query("person_facts", "employed = true", "id", "status", "status_since")), []string{`["1","2026-03-01"]`})
	b.want(b.rows(b.query("ledger_unemployed", "", "id", "lasts", "ended_on")), []string{`[false,"2026-03-01"]`})
	b.journal.Add(First, First, "placement", placed, Fields{"valid": text("0"), "void_reason": text("写错")})
	b.sync()
	b.want(zero(), []string{"[1,1]"})
	b.want(b.groups(b.query("person_facts", "", ""), "unemployed")[0].Count, int64(1))
	b.journal.Add(Second, Second, "placement", change.NumberedRecordID(UnitID(Second), "placement", "w"),
		Fields{"person": text(string(Named(First, he))), "on": text("2026-03-02")})
	b.sync()
	b.want(zero(), []string{"[1,1]"}) // what another community says of him has no effect
	b.journal.Add(Street, First, "hardship_step", change.NumberedRecordID(UnitID(Street), "hardship_step", "s"),
		Fields{"person": text(string(Named(First, he))), "on": text("2026-03-02"), "step": text("rechecked")})
	b.journal.Person(First, he, Fields{"hardship": change.Set([]string{"050"})})
	b.sync()
	b.want(b.rows(b.query("register_hardship", "", "id", "step", "unit")), []string{`["rechecked","` + First + `"]`}) // of its street it has
	b.journal.Person(First, he, Fields{"valid": text("0")})
	b.sync()
	b.want(b.rows(b.query("person_facts", "", "id", "id")), []string{})
	b.want(b.rows(b.query("household_facts", "", "id", "members")), []string{"[0]"})
}

// testDerivedPasses: the case of a household stands with its head, and passes to another
// one when the head leaves it or is void.
func testDerivedPasses(_ *testing.T, b *bench) {
	text := change.Text
	b.review(reviewDay)
	home, step := change.NumberedRecordID(UnitID(First), "household", "h"), change.NumberedRecordID(UnitID(First), "family_step", "s")
	he, she := Numbered(First, "1"), Numbered(First, "2")
	b.journal.Add(First, First, "household", home, Fields{"head_name": text("王明"), "survey_date": text("2026-01-01")})
	for id, relation := range map[change.RecordID]string{he: "02", she: "12"} {
		b.journal.Person(First, id, Fields{"name": text("王明"), "household": text(string(home)), "relation": text(relation)})
	}
	b.journal.Add(First, First, "family_step", step, Fields{"household": text(string(home)), "on": text("2026-01-02"), "family_kind": text("02"), "step": text("FOUND")})
	b.sync()
	heads := func() []string {
		return append(b.rows(b.query("case", `flow = "family"`, "id", "person")), b.rows(b.query("task", `task = "family_verify"`, "id", "person"))...)
	}
	of := func(id change.RecordID) []string { return []string{`["` + string(id) + `"]`, `["` + string(id) + `"]`} }
	b.want(heads(), of(he))
	b.journal.Person(First, he, Fields{"household": text(string(change.NumberedRecordID(UnitID(First), "household", "other")))})
	b.sync()
	b.want(heads(), of(she))
	b.journal.Person(First, he, Fields{"household": text(string(home))})
	b.sync()
	b.want(heads(), of(he))
	b.journal.Person(First, he, Fields{"valid": text("0")})
	b.sync()
	b.want(heads(), of(she))
}

// testReviewTells: the turn of a day makes the derived rows of those again who have a
// birthday or a term, and tells how many.
func testReviewTells(_ *testing.T, b *bench) {
	b.journal.Person(First, Numbered(First, "1"), Fields{"name": change.Text("王明"), "birth_date": change.Text("1980-06-02"), "sex": change.Text("1")})
	b.sync()
	for _, day := range []string{"2026-06-01", "2026-06-02", "2026-06-03"} {
		b.review(day)
	}
	var got []string
	for _, r := range b.reviewed {
		got = append(got, fmt.Sprintf("%s %d %v %d", r.Day, r.Subjects, r.Units > 0, r.Rows))
	}
	b.want(got, []string{"2026-06-01 0 true 1", "2026-06-02 1 true 1", "2026-06-03 0 true 0"})
}

// testDerivedAgain: the derived rows that were made step by step, on several days, are
// those that a review makes in a view that was rebuilt.
func testDerivedAgain(t *testing.T, b *bench) {
	text, random := change.Text, rand.New(rand.NewPCG(3, 4))
	pick := func(options ...string) string { return options[random.IntN(len(options))] }
	numbered := func(unit, kind string, n int) change.RecordID {
		return change.NumberedRecordID(UnitID(unit), kind, fmt.Sprint(unit, n))
	}
	day := reviewDay
	b.review(day)
	kinds := []string{"unemployment", "placement", "status_found", "registration", "job_seeking", "insurance_state", "loan", "certificate"}
	for range 150 {
		unit := pick(First, Second)
		person := Numbered(unit, fmt.Sprint(unit, random.IntN(5)))
		switch random.IntN(5) {
		case 0:
			b.journal.Add(unit, unit, "household", numbered(unit, "household", random.IntN(3)), Fields{
				"head_name": text("甲"), "people": change.Int(int64(random.IntN(3))), "valid": text(pick("1", "1", "0"))})
		case 1, 2:
			b.journal.Person(unit, person, Fields{"name": text("甲"), "household": text(string(numbered(pick(First, Second), "household", random.IntN(3)))),
				"relation": text(pick("02", "12")), "status": text(pick("1", "9")), "labour_ability": text("1"), "job_wish": text("1"), "hukou": text("10"),
				"birth_date": text(pick("1960-01-01", "1985-06-01")), "valid": text(pick("1", "1", "0"))})
		default:
			kind := kinds[random.IntN(len(kinds))]
			author := pick(unit, unit, unit, Third)
			b.journal.Add(author, author, kind, numbered(author, kind, random.IntN(4)), Fields{
				"person": text(string(Named(unit, person))), "on": text(pick("2026-01-01", "2026-02-01", "2026-03-01", "2030-01-01")),
				"status": text(pick("1", "9")), "insurance": text(pick("11", "21")), "state": text(pick("1", "3")), "valid": text(pick("1", "1", "1", "0")),
				"paid_on": text(pick("2025-05-01", "2026-03-01")), "issued_on": text(pick("2026-02-01", "2030-01-01")), "line": text(pick("01", "02"))})
		}
		if random.IntN(15) == 0 { // of the city, and of a district, which has no effect
			author := pick(City, City, District)
			b.journal.Add(author, author, "rule_pack", numbered(author, "rule_pack", random.IntN(4)), Fields{
				"kind": text("5"), "effective_from": text(pick("2026-01-01", "2026-06-01", "2030-01-01")), "effective_to": text("2040-01-01"),
				"content": text(pick("ages: '2025'", "man_to: 64\nwoman_to: 59", "ages: none")), "valid": text(pick("1", "1", "0"))})
		}
		if random.IntN(12) == 0 {
			b.journal.Refuse(change.RecordID(fmt.Sprintf("r-%d", random.IntN(1000))), b.journal.Changes[random.IntN(len(b.journal.Changes))])
		}
		if random.IntN(3) == 0 {
			b.sync()
			b.wantSets("person_facts", "counts")
			b.wantSets("achievement", "counts")
			b.wantSets("case", "counts")
		}
		switch random.IntN(12) { // the day turns, also back, and is left half done
		case 0:
			day = pick("2025-12-31", "2026-01-31", "2026-03-02", "2026-06-01", "2027-01-31", "2030-01-01", "2046-06-01")
			b.review(day)
		case 1:
			if _, err := b.view.Review(t.Context(), pick("2026-06-01", "2031-06-01")); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.sync()
	day = "2033-06-01"
	b.review(day)
	want := b.derivedRows()
	if len(want) < 15 {
		t.Fatalf("%d derived rows, too few to tell anything", len(want))
	}
	b.mustReset()
	b.sync()
	b.review(day)
	b.want(b.derivedRows(), want)
}
