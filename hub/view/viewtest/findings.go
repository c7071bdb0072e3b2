package viewtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tongbu/internal/change"
)

const reviewDay = "2026-11-29"

// review brings the findings up to a day.
func (b *bench) review(day string) {
	b.t.Helper()
	if err := b.view.Settle(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	for more := true; more; {
		var err error
		if more, err = b.view.Review(b.t.Context(), day); err != nil {
			b.t.Fatal(err)
		}
	}
}

// findings lists the records that have the rule.
func (b *bench) findings(kind, rule string) []string {
	b.t.Helper()
	return b.rows(b.query(kind, `findings:"`+rule+`"`, "id", "id"))
}

// testFindings: each Apply judges what it has changed and what stands beside it.
func testFindings(_ *testing.T, b *bench) {
	text := change.Text
	b.review(reviewDay)
	home := string(change.NumberedRecordID(UnitID(First), "household", "h"))
	person := func(unit, id string, fields Fields) {
		b.journal.Person(unit, Numbered(unit, id), fields)
		b.sync()
	}
	person(First, "1", Fields{"name": text("王明"), "household": text(home), "relation": text("02"), "id_number": text("420202190304050018"), "sex": text("2"),
		"findings": change.Set([]string{"pattern"})})
	b.want(len(b.findings("person", "household_unknown")), 1)
	b.want(len(b.findings("person", "id_sex")), 1)
	b.want(b.findings("person", "pattern"), []string{}) // nobody fakes one
	b.journal.Add(First, First, "household", change.RecordID(home), Fields{"head_name": text("王　明"), "people": change.Int(2), "form_no": text("1101010010012026000001")})
	b.sync()
	b.want(b.findings("person", "household_unknown"), []string{})
	b.want(len(b.findings("household", "people_members")), 1)
	person(First, "2", Fields{"name": text("李兰"), "household": text(home), "relation": text("02")})
	b.want(b.findings("household", "people_members"), []string{})
	b.want(len(b.findings("household", "head_missing")), 1)
	b.want(len(b.findings("person", "second_head")), 2)
	person(First, "2", Fields{"relation": text("12"), "id_number": text("420202030405001")})
	b.want(b.findings("person", "second_head"), []string{})
	b.want(len(b.findings("person", "id_number_twice")), 2)
	person(Second, "3", Fields{"name": text("丙"), "id_number": text("420202190304050018"), "household": text(home)})
	b.want(len(b.findings("person", "id_number_twice")), 2) // another community's are the city's to find
	b.want(len(b.findings("person", "household_elsewhere")), 1)
	person(First, "2", Fields{"valid": text("0")})
	b.want(b.findings("person", "id_number_twice"), []string{})
	b.want(len(b.findings("household", "people_members")), 1)
	person(First, "1", Fields{"mismatch_reason": text("old entry")})
	b.want(b.findings("person", "id_sex"), []string{})
	b.want(len(b.rows(b.query("person", `explained:"id_sex"`, "", "id"))), 1)
	b.want(b.groups(b.query("person", `findings:"household_elsewhere"`, ""), "unit")[0].Values[0].Text(), Second)
	b.review("1903-04-04") // the day before the birth in the number
	b.want(len(b.findings("person", "id_birth_future")), 2)
	b.review(reviewDay)
	b.want(b.findings("person", "id_birth_future"), []string{})
}

// testFindingsOfReferences: an event is found when what it names is not there, void or
// another person's, and no more when that has been corrected, whichever comes first.
func testFindingsOfReferences(_ *testing.T, b *bench) {
	text := change.Text
	b.review(reviewDay)
	number := func(kind, n string) change.RecordID { return change.NumberedRecordID(UnitID(First), kind, n) }
	ref := func(id change.RecordID) change.Value { return text(string(id)) }
	add := func(kind, n string, fields Fields) {
		b.journal.Add(First, First, kind, number(kind, n), fields)
		b.sync()
	}
	one, other := Numbered(First, "1"), Numbered(First, "2")
	add("feedback", "f", Fields{"person": ref(one), "on": text("2026-01-02"), "referral": ref(number("referral", "r"))})
	b.want(len(b.findings("feedback", "referral_unknown")), 1)
	add("referral", "r", Fields{"person": ref(other), "on": text("1898-09-26"), "vacancy": ref(number("vacancy", "v"))})
	b.want(b.findings("feedback", "referral_unknown"), []string{})
	b.want(len(b.findings("feedback", "referral_of_another")), 1)
	add("referral", "r", Fields{"person": ref(one)})
	b.want(b.findings("feedback", "referral_of_another"), []string{})
	b.want(len(b.findings("referral", "vacancy_unknown")), 1)
	add("vacancy", "v", Fields{"occupation": text("4_01")})
	b.want(b.findings("referral", "vacancy_unknown"), []string{})
	add("referral", "r", Fields{"valid": text("0")})
	b.want(len(b.findings("feedback", "referral_void")), 1)
	add("referral", "r", Fields{"valid": text("1")})
	b.want(b.findings("feedback", "referral_void"), []string{})
	b.journal.Person(First, one, Fields{"name": text("甲"), "id_number": text("420205189809275088")})
	b.sync()
	b.want(len(b.findings("referral", "on_before_birth")), 1)
	b.journal.Person(First, one, Fields{"birth_date": text("1898-09-26")})
	b.sync()
	b.want(b.findings("referral", "on_before_birth"), []string{})
	step := func(unit, step string) {
		b.journal.Add(unit, First, "hardship_step", change.NumberedRecordID(UnitID(unit), "hardship_step", step), Fields{"person": ref(one), "on": text("2026-01-01"), "step": text(step)})
		b.sync()
	}
	step(District, "recognised")
	step(Street, "rechecked")
	b.want(b.findings("hardship_step", "step_writer"), []string{})
	step(Street, "recognised")
	b.want(len(b.findings("hardship_step", "step_writer")), 1)
}

// testFindingsAgain: what Apply has judged step by step is what a review finds in a
// view that was rebuilt.
func testFindingsAgain(t *testing.T, b *bench) {
	text, random := change.Text, rand.New(rand.NewPCG(1, 2))
	pick := func(options ...string) change.Value { return text(options[random.IntN(len(options))]) }
	home := func(unit string, n int) change.RecordID {
		return change.NumberedRecordID(UnitID(unit), "household", fmt.Sprint(unit, n))
	}
	homes := []string{"x"}
	for i := range 3 {
		homes = append(homes, string(home([]string{First, Second}[i%2], i)))
	}
	b.review(reviewDay)
	numbered := func(unit, kind string) change.RecordID {
		return change.NumberedRecordID(UnitID(unit), kind, fmt.Sprint(unit, random.IntN(5)))
	}
	for range 160 {
		unit := []string{First, Second}[random.IntN(2)]
		who := text(string(Numbered(unit, fmt.Sprint(unit, random.IntN(6)))))
		on := pick("1898-09-26", "1898-09-27", "1903-04-05", "2026-01-01")
		switch random.IntN(8) {
		case 0:
			b.journal.Add(unit, unit, "referral", numbered(unit, "referral"), Fields{"person": who, "on": on, "valid": pick("1", "0"), "vacancy": text(string(numbered(unit, "vacancy")))})
		case 1:
			b.journal.Add(unit, unit, "feedback", numbered(unit, "feedback"), Fields{"person": who, "on": on, "referral": text(string(numbered(unit, "referral")))})
		case 2:
			b.journal.Add(unit, unit, "vacancy", numbered(unit, "vacancy"), Fields{"occupation": text("4_01"), "valid": pick("1", "0")})
		case 3:
			step := numbered(unit, "hardship_step")
			b.journal.Add(unit, unit, "hardship_step", step, Fields{"person": who, "on": on, "step": pick("asked", "rechecked", "recognised", "left"), "answers": text(string(numbered(unit, "hardship_step"))), "valid": pick("1", "0")})
		case 4, 5, 6:
			b.journal.Person(unit, Numbered(unit, fmt.Sprint(unit, random.IntN(6))), Fields{
				"name": pick("甲", "乙", "王1"), "household": pick(homes...), "relation": pick("02", "12", "20"), "sex": pick("1", "2", "9"),
				"id_number": pick("420202030405001", "420202190304050018", "420205189809275088"), "valid": pick("1", "1", "0")})
		default:
			b.journal.Add(unit, unit, "household", home(unit, random.IntN(3)), Fields{
				"head_name": pick("甲", "乙"), "people": change.Int(int64(random.IntN(4))), "form_no": pick(unit+"2026000001", Third+"2026000001"), "valid": pick("1", "1", "0")})
		}
		if random.IntN(9) == 0 {
			b.journal.Refuse(change.RecordID(fmt.Sprintf("r-%d", random.IntN(1000))), b.journal.Changes[random.IntN(len(b.journal.Changes))])
		}
		if random.IntN(3) == 0 {
			b.sync()
		}
	}
	b.sync()
	picture := func() (all []string) {
		for _, kind := range []string{"person", "household", "referral", "feedback", "hardship_step"} {
			all = append(all, b.rows(b.query(kind, "", "id", "id", "findings", "explained"))...)
		}
		return all
	}
	want := picture()
	for _, rule := range strings.Fields("referral.vacancy_unknown referral.vacancy_void feedback.referral_of_another feedback.referral_void referral.on_before_birth hardship_step.step_writer hardship_step.answers_void hardship_step.answers_of_another") {
		kind, rule, _ := strings.Cut(rule, ".")
		if len(b.findings(kind, rule)) == 0 {
			t.Errorf("no %s has %s: too few records", kind, rule)
		}
	}
	b.mustReset()
	b.want(b.rows(b.query("person", "findings:*", "", "id")), []string{})
	b.sync()
	b.review(reviewDay)
	b.want(picture(), want)
}

// testFindingsOfMany: what comes in a crowd is judged by the review after it, with what
// stands beside it, and that looks at no other unit.
func testFindingsOfMany(_ *testing.T, b *bench) {
	b.opts.JudgedAtOnce = 4
	b.mustOpen()
	person := func(unit, id, number string) {
		b.journal.Person(unit, Numbered(unit, unit+id), Fields{"name": change.Text("甲"), "id_number": change.Text(number)})
	}
	const number = "420202190304050018"
	person(First, "before", number)
	person(Second, "before", number)
	b.sync()
	b.review(reviewDay)
	for i := range 4 {
		person(First, fmt.Sprint(i), "42020219030405002"+fmt.Sprint(i))
	}
	person(First, "again", number)
	b.sync()
	b.want(b.findings("person", "id_number_twice"), []string{})
	b.review(reviewDay)
	b.want(len(b.findings("person", "id_number_twice")), 2)
	person(Second, "again", number)
	b.sync()
	b.want(len(b.findings("person", "id_number_twice")), 4)
}

// testNames: a name is shown as it was typed, and found and put in order by its key.
func testNames(_ *testing.T, b *bench) {
	for i, name := range []string{"王　明", "王明", "王\u2f42明", "阿卜杜・热合曼", "王朋"} {
		b.journal.Person(First, Numbered(First, fmt.Sprint(i)), Fields{"name": change.Text(name)})
	}
	b.sync()
	b.want(b.rows(b.query("person", `name = "王 明"`, "name, id", "name")), b.rows(b.query("person", `name = "王明"`, "name, id", "name")))
	b.want(len(b.rows(b.query("person", `name = "王明"`, "", "name"))), 2)
	b.want(len(b.rows(b.query("person", `name = "王文明"`, "", "name"))), 1)
	b.want(b.rows(b.query("person", `name:"杜·热"`, "", "name")), []string{`["阿卜杜・热合曼"]`})
	b.want(len(b.rows(b.query("person", `name = "王 *"`, "", "name"))), 4)
	b.want(len(b.pages(b.query("person", "", "name desc", "name"), 2)), 5)
}
