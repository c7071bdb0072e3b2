package facts_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/facts"
)

// told adds events about a family, "kind level {...}" a line; those about a household name
// it h, those about persons p1 or p2.
func (w *world) told(f *facts.Family, lines ...string) {
	w.Helper()
	for _, line := range lines {
		var kind string
		var level int
		if _, err := fmt.Sscan(line, &kind, &level); err != nil {
			w.Fatal(err)
		}
		object := strings.NewReplacer(`"@`, `"`+string(unit)+".").Replace(line[strings.Index(line, "{"):])
		name := ""
		if _, rest, named := strings.Cut(object, `"id":"`); named {
			name, _, _ = strings.Cut(rest, `"`)
			object = strings.Replace(object, `"id":"`+name+`",`, "", 1)
		}
		e := w.entry(kind, name, object)
		e.Level = level
		if e.Value("household") != change.Null && kind != "person" {
			f.Events = append(f.Events, e)
			continue
		}
		for i := range f.Members {
			if string(f.Members[i].Entry.ID) == e.Value("person").Text() || has(&f.Members[i], e.Value("certificate").Text()) {
				f.Members[i].Events = append(f.Members[i].Events, e)
			}
		}
	}
}

// tasks are what is to be done of a day: "task due level who's", sorted.
func tasks(t testing.TB, rows facts.Rows) (all []string) {
	t.Helper()
	for _, row := range rowsOf(rows, facts.TaskKind) {
		whose := row.Values["person"].Text()
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s", row.Values["task"].Text(), whose[strings.LastIndexByte(whose, '.')+1:], strings.TrimPrefix(row.Values["due"].Text(), "2026-"))))
	}
	slices.Sort(all)
	return all
}

// assisted is the family of two, found on 2 March and assisted from 12 March.
func assisted(w *world) facts.Family {
	f := family(w)
	w.told(&f,
		`family_step 5 {"id":"@c1","household":"@h","on":"2026-02-03","family_kind":"02","step":"FOUND"}`,
		`family_step 5 {"id":"@c2","household":"@h","on":"2026-02-04","family_kind":"02","step":"VERIFIED","answers":"@c1"}`,
		`family_step 5 {"id":"@c3","household":"@h","on":"2026-02-05","family_kind":"02","step":"PUBLIC_NOTICE","answers":"@c2","notice_from":"2026-02-05","notice_to":"2026-02-10"}`,
		`family_step 4 {"id":"@c4","household":"@h","on":"2026-02-12","family_kind":"02","step":"STREET_CONFIRMED","answers":"@c3"}`,
		`visit 5 {"household":"@h","on":"2026-03-08","kind":"3","result":"1","visited_by":"王芳"}`,
		`visit 5 {"household":"@h","on":"2026-03-20","kind":"3","result":"2"}`,
		`family_step 5 {"id":"@c5","household":"@h","on":"2026-03-02","family_kind":"02","step":"ONE_EMPLOYED","answers":"@c4","person":"@p2"}`,
		`family_step 3 {"id":"@c6","household":"@h","on":"2026-03-31","family_kind":"02","step":"DUAL_PENDING","answers":"@c5"}`,
	)
	return f
}

// TestTasks: what is to be done on a day, and until when.
func TestTasks(t *testing.T) {
	w := newWorld(t)
	f := assisted(w)
	for _, c := range []struct{ day, want string }{
		{"2026-02-01", "family_open p1; feedback p2 02-08; first_contact p1 02-06; low_income_able p1"},
		{"2026-02-04", "family_notice p1 02-11; feedback p2 02-08; first_contact p1 02-06; low_income_able p1"},
		{"2026-02-05", "family_confirm p1 02-19; first_contact p1 02-06; low_income_able p1"},
		{"2026-02-12", "family_file p1 02-23; family_one p1 03-04; family_visit p1 03-12; first_contact p1 02-06; low_income_able p1"},
		{"2026-03-02", "family_visit p1 03-12; first_contact p1 02-06; low_income_able p1; low_income_work p2"},
		{"2026-03-20", "family_visit p1 04-08; first_contact p1 02-06; low_income_able p1"}, // nobody was at home
		{"2026-04-01", "family_two p1 04-30; family_visit p1 04-08; first_contact p1 02-06; low_income_able p1"},
		{"2026-08-02", "family_two p1 04-30; family_visit p1 04-08; first_contact p1 02-06; half_year p1; low_income_able p1; no_contact p1 08-01"},
	} {
		if got := strings.Join(tasks(t, w.book.OfFamily(f, c.day)), "; "); got != c.want {
			t.Errorf("%s: %s, want %s", c.day, got, c.want)
		}
	}
}

// TestAppeared: any step that counts may say when it came to the case, the first goes
// before; a family that was found is told of from that day as one that declared itself.
func TestAppeared(t *testing.T) {
	w := newWorld(t)
	f := family(w)
	w.told(&f, `family_step 5 {"id":"@c1","household":"@h","on":"2026-02-03","family_kind":"02","step":"FOUND"}`,
		`family_step 5 {"id":"@c2","household":"@h","on":"2026-02-04","family_kind":"02","step":"VERIFIED","answers":"@c1","appeared_on":"2026-01-20"}`,
		`family_step 5 {"id":"@c3","household":"@h","on":"2026-02-05","family_kind":"02","step":"PUBLIC_NOTICE","answers":"@c2","appeared_on":"2026-01-25"}`,
		`family_step 5 {"household":"@h","on":"2026-02-03","family_kind":"02","step":"STABLE","answers":"@c1","appeared_on":"2026-01-01"}`)
	for day, want := range map[string]string{
		"2026-02-03": `{"declared_on":"2026-02-03"}`,
		"2026-02-06": `{"appeared_on":"2026-01-20","declared_on":"2026-02-03"}`,
	} {
		if got := show(t, rowsOf(w.book.OfFamily(f, day), facts.CaseKind)[id("c1")], "appeared_on", "declared_on"); got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
}

// TestSettled: what is entered about a task settles it from its own day on, if it says that
// anything was done; of what was done before an alarm the alarm knows nothing.
func TestSettled(t *testing.T) {
	for line, want := range map[string]bool{
		`service 5 {"person":"@p1","on":"2026-05-01"}`:                 true,
		`contact 5 {"person":"@p1","on":"2026-05-20","reached":true}`:  true,
		`guidance 5 {"person":"@p1","on":"2026-05-20"}`:                true,
		`referral 5 {"person":"@p1","on":"2026-05-20"}`:                true,
		`enrolment 5 {"person":"@p1","on":"2026-05-20"}`:               true,
		`contact 5 {"person":"@p1","on":"2026-05-20","reached":false}`: false,
		`contact 5 {"person":"@p1","on":"2026-05-20"}`:                 false,
		`service 5 {"person":"@p1","on":"2026-04-30"}`:                 false,
		`insurance_state 5 {"person":"@p1","on":"2026-05-20"}`:         false,
	} {
		w := newWorld(t)
		f := family(w)
		w.told(&f, line)
		if got := !hasTask(t, w.book.OfFamily(f, "2026-06-01"), "half_year p1"); got != want {
			t.Errorf("%s: settled %t, want %t", line, got, want)
		}
		if !hasTask(t, w.book.OfFamily(f, "2026-11-01"), "whole_year p1") {
			t.Errorf("%s: settles the alarm at a year", line)
		}
	}
}

// TestAnswered: a feedback settles the task of its referral if it says in which state that
// is, and one that says nothing hides no earlier one.
func TestAnswered(t *testing.T) {
	w := newWorld(t)
	f := family(w)
	w.told(&f, `referral 5 {"id":"@r1","person":"@p1","on":"2026-02-10"}`, `feedback 5 {"person":"@p1","on":"2026-02-12","referral":"@r1"}`)
	open := func() bool { return hasTask(t, w.book.OfFamily(f, "2026-02-20"), "feedback p1") }
	row := func() string {
		return show(t, rowsOf(w.book.OfFamily(f, "2026-02-20"), facts.SeekingLedger)[id("r1")], "answered_on", "result")
	}
	if !open() || row() != "{}" {
		t.Errorf("an empty feedback answers: open %t, row %s", open(), row())
	}
	w.told(&f, `feedback 5 {"person":"@p1","on":"2026-02-13","referral":"@r1","result":"3","failure":"10"}`, `feedback 5 {"person":"@p1","on":"2026-02-14","referral":"@r1"}`)
	if got, want := row(), `{"answered_on":"2026-02-13","result":"3"}`; open() || got != want {
		t.Errorf("answered: open %t, row %s, want %s", open(), got, want)
	}
}

func hasTask(t *testing.T, rows facts.Rows, task string) bool {
	t.Helper()
	return slices.ContainsFunc(tasks(t, rows), func(s string) bool { return strings.HasPrefix(s, task) })
}

// TestCase: the row of a case says how it stands and what is late.
func TestCase(t *testing.T) {
	w := newWorld(t)
	f := assisted(w)
	for _, c := range []struct{ day, want string }{
		{"2026-02-12", `{"due":"2026-02-23","ended":false,"overdue":false,"recognised_on":"2026-02-12","state":"street_confirmed","steps":4,"unheard":0}`},
		{"2026-02-24", `{"due":"2026-02-23","ended":false,"overdue":true,"recognised_on":"2026-02-12","state":"street_confirmed","steps":4,"unheard":0}`},
		{"2026-05-01", `{"due":"2026-04-08","ended":false,"late":["family_file"],"overdue":true,"recognised_on":"2026-02-12","state":"dual_pending","steps":6,"unheard":0}`},
	} {
		row, found := rowsOf(w.book.OfFamily(f, c.day), facts.CaseKind)[id("c1")]
		if !found {
			t.Fatalf("%s: no case", c.day)
		}
		if got := show(t, row, "state", "steps", "unheard", "due", "overdue", "late", "ended", "recognised_on"); got != c.want {
			t.Errorf("%s: %s, want %s", c.day, got, c.want)
		}
	}
}

// TestCrossedTask: a step that crossed another on the way is a task of whoever has the
// next step, until that one is taken.
func TestCrossedTask(t *testing.T) {
	w := newWorld(t)
	f := family(w)
	w.told(&f,
		`hardship_step 5 {"id":"@s1","person":"@p1","on":"2026-02-02","step":"asked","category":["050"]}`,
		`hardship_step 5 {"id":"@s2","person":"@p1","on":"2026-02-03","step":"checked","answers":"@s1"}`,
		`hardship_step 5 {"id":"@s3","person":"@p1","on":"2026-02-04","step":"notice","answers":"@s2"}`,
		`hardship_step 4 {"id":"@s4","person":"@p1","on":"2026-02-10","step":"returned","answers":"@s3","opinion":"缺证明"}`,
		`hardship_step 5 {"id":"@s5","person":"@p1","on":"2026-02-11","step":"left","answers":"@s3","exit_reason":"040"}`,
	)
	has := func(day, task string) bool {
		return slices.ContainsFunc(tasks(t, w.book.OfFamily(f, day)), func(s string) bool { return strings.HasPrefix(s, task+" p1") })
	}
	if !has("2026-02-11", "crossed") || !has("2026-02-11", "hardship_mend") {
		t.Error("what crossed is no task")
	}
	w.told(&f, `hardship_step 5 {"person":"@p1","on":"2026-02-12","step":"checked","answers":"@s4"}`)
	if has("2026-02-12", "crossed") || !has("2026-02-12", "hardship_notice") {
		t.Error("the next step is taken, and the case does not go on")
	}
}

// TestOverruledSteps: what another step overrules, or a tier says that may not, recognises
// nobody and takes nobody out.
func TestOverruledSteps(t *testing.T) {
	begun := []string{
		`hardship_step 5 {"id":"@s1","person":"@p1","on":"2026-02-02","step":"asked","category":["050"]}`,
		`hardship_step 5 {"id":"@s2","person":"@p1","on":"2026-02-03","step":"checked","answers":"@s1"}`,
		`hardship_step 4 {"id":"@s3","person":"@p1","on":"2026-02-04","step":"rechecked","answers":"@s2"}`,
	}
	recognised := `hardship_step 3 {"id":"@s4","person":"@p1","on":"2026-02-05","step":"recognised","answers":"@s3","category":["050"]}`
	for _, c := range []struct {
		name, want string
		lines      []string
	}{
		{"recognised", `{"hardship":["050"],"step":"recognised"}`, []string{recognised}},
		{"by a community", `{"step":"rechecked"}`, []string{strings.Replace(recognised, "step 3", "step 5", 1)}},
		{"taken out of the step before", `{"hardship":["050"],"step":"recognised"}`, []string{recognised, `hardship_step 5 {"person":"@p1","on":"2026-02-06","step":"left","answers":"@s3"}`}},
		{"taken out", `{"step":"left"}`, []string{recognised, `hardship_step 5 {"person":"@p1","on":"2026-02-06","step":"left","answers":"@s4"}`}},
	} {
		w := newWorld(t)
		f := family(w)
		w.told(&f, append(slices.Clone(begun), c.lines...)...)
		if got := show(t, one(t, w.book.OfFamily(f, "2026-03-01"), facts.HardshipRegister), "hardship", "step"); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestOtherTasks: what certificates, loans, insurance, retirement, refusals and training
// ask for.
func TestOtherTasks(t *testing.T) {
	for _, c := range []struct {
		name, day, want string
		lines           []string
	}{
		{"a certificate", "2026-06-01", "cert_yearly p1 2027-02-28", []string{
			`certificate 5 {"person":"@p1","kind":"01","number":"Z1","state":"2","issued_on":"2025-01-05","yearly_on":"2026-02-28"}`}},
		{"a loan", "2026-06-01", "loan_follow p1 07-15", []string{
			`loan 4 {"person":"@p1","state":"5","paid_on":"2026-01-10"}`, `service 5 {"person":"@p1","on":"2026-04-15","service_kind":["10"]}`}},
		{"an instalment", "2026-06-01", "loan_overdue p1 05-20", []string{`loan 4 {"person":"@p1","state":"5","paid_on":"2026-01-10","next_due_on":"2026-05-20"}`}},
		{"payments stopped", "2026-06-01", "stopped_payer p1", []string{`insurance_state 5 {"person":"@p1","on":"2026-05-01","insurance":"1","state":"2"}`}},
		{"three refusals", "2026-06-01", "refused_thrice p1", []string{
			`feedback 5 {"person":"@p1","on":"2026-03-01","result":"3","failure":"11"}`, `feedback 5 {"person":"@p1","on":"2026-04-01","result":"3","failure":"11"}`,
			`feedback 5 {"person":"@p1","on":"2026-05-01","result":"3","failure":"11"}`}},
		{"trained", "2026-06-01", "training_placed p1 09-30", []string{`training_result 5 {"person":"@p1","on":"2026-03-31","passed":true}`}},
		{"contacted", "2026-06-01", "contact p1 06-20", []string{`contact 5 {"person":"@p1","on":"2026-05-20","reached":true}`}},
		{"applied", "2026-06-01", "benefit_street p1 06-08", []string{
			`benefit_application 5 {"id":"@b1","person":"@p1","on":"2026-05-20","benefit":"020"}`,
			`benefit_decision 5 {"person":"@p1","on":"2026-05-28","application":"@b1","tier":"5","result":"approved"}`}},
		{"retired", "2026-06-01", "retiree_check p1 2027-02-10", []string{
			`status_found 5 {"person":"@p1","on":"2026-02-20","status":"2"}`, `retiree_check 5 {"person":"@p1","on":"2026-02-10","result":"1"}`}},
	} {
		w := newWorld(t)
		f := family(w)
		w.told(&f, c.lines...)
		if got := tasks(t, w.book.OfFamily(f, c.day)); !slices.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", c.name, strings.Join(got, "; "), c.want)
		}
	}
}

// TestSameDaysOfCases: rows of cases are the same on every day of their span, in whatever
// order their events come.
func TestSameDaysOfCases(t *testing.T) {
	w := newWorld(t)
	f := assisted(w)
	w.told(&f, `hardship_step 5 {"id":"@s1","person":"@p1","on":"2026-02-02","step":"asked"}`, `contact 5 {"person":"@p1","on":"2026-11-20","reached":true}`,
		`family_step 5 {"household":"@h","on":"2026-12-01","family_kind":"02","step":"DUAL_EMPLOYED","answers":"@c6"}`)
	random := rand.New(rand.NewPCG(3, 4))
	for day := "2026-01-20"; day < "2027-02-01"; day = calendar.AddDays(day, 1) {
		rows := w.book.OfFamily(f, day)
		for _, other := range []string{rows.From, rows.Until} {
			if again := w.book.OfFamily(f, other); other != "" && !reflect.DeepEqual(again, rows) {
				t.Fatalf("%s: the rows are not those of %s", day, other)
			}
		}
		random.Shuffle(len(f.Events), func(a, b int) { f.Events[a], f.Events[b] = f.Events[b], f.Events[a] })
		if again := w.book.OfFamily(f, day); !reflect.DeepEqual(again, rows) {
			t.Fatalf("%s: another order of events makes other rows", day)
		}
	}
	ids := map[change.RecordID]bool{}
	for _, row := range w.book.OfFamily(f, "2026-06-01").All {
		if row.Kind == facts.TaskKind && ids[row.ID] {
			t.Errorf("two tasks are named %s", row.ID)
		}
		ids[row.ID] = true
	}
}

// has reports whether somebody has a record of an id.
func has(p *facts.Person, id string) bool {
	return slices.ContainsFunc(p.Events, func(e facts.Entry) bool { return string(e.ID) == id && e.Kind == "certificate" })
}
