package schema_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

const (
	here      = change.UnitID("aaaaaaaaaaaaaaaa")
	elsewhere = change.UnitID("bbbbbbbbbbbbbbbb")
)

func idOf(unit change.UnitID, name string) change.RecordID {
	return change.RecordID(string(unit) + "." + name)
}

// unit is what a community holds, in a test.
type unit struct {
	t       *testing.T
	s       *schema.Schema
	book    *schema.Book
	records map[change.RecordID]map[string]change.Value
	kinds   map[change.RecordID]string

	mayWrite func(levels []int) bool
}

func newUnit(t *testing.T) *unit {
	s := mustLoad(t)
	return &unit{t: t, s: s, book: s.NewBook("420202007005"), records: map[change.RecordID]map[string]change.Value{}, kinds: map[change.RecordID]string{}}
}

// put writes fields of a record, and returns its id.
func (u *unit) put(kind, name string, pairs ...any) change.RecordID {
	id := idOf(here, name)
	values := u.records[id]
	if values == nil {
		values = map[string]change.Value{}
	}
	u.records[id], u.kinds[id] = with(values, pairs...), kind
	u.book.Put(kind, id, values["valid"] == change.Text("0"), func(field string) change.Value { return values[field] })
	return id
}

// found are the rules about neighbours that the record fails.
func (u *unit) found(id change.RecordID) string {
	k := mustKind(u.t, u.s, u.kinds[id])
	subject := schema.Subject{ID: id, Unit: here, Values: u.records[id], Today: "2026-11-29"}
	var alone []schema.Problem
	alone = append(alone, k.Judge(subject)...)
	subject.Near, subject.MayWrite = u.book, u.mayWrite
	var beside []schema.Problem
	for _, p := range k.Judge(subject) {
		if len(alone) > 0 && alone[0] == p {
			alone = alone[1:]
			continue
		}
		beside = append(beside, p)
	}
	return rules(beside)
}

func (u *unit) wants(want map[change.RecordID]string) {
	u.t.Helper()
	got := map[change.RecordID]string{}
	for id := range want {
		got[id] = u.found(id)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		u.t.Error(diff)
	}
}

// TestNeighbours: what is wrong between the records of a community.
func TestNeighbours(t *testing.T) {
	text := change.Text
	u := newUnit(t)
	home := u.put("household", "h1", "form_no", text("4202020070052026000001"), "people", change.Int(2),
		"head_name", text("王　明"), "head_id_number", text("420202030405001"))
	head := u.put("person", "p1", "household", text(string(home)), "name", text("王明"), "relation", text("02"), "id_number", text("420202190304050018"))
	wife := u.put("person", "p2", "household", text(string(home)), "name", text("李兰"), "relation", text("12"))
	u.wants(map[change.RecordID]string{home: "", head: "", wife: ""})

	u.put("person", "p2", "relation", text("02"))
	u.put("person", "p3", "household", text(string(home)), "name", text("赵四"), "relation", text("20"), "id_number", text("420202030405001"))
	u.wants(map[change.RecordID]string{home: "head_name:head_missing head_name:head_name people:people_members",
		head: "id_number:id_number_twice relation:second_head", wife: "relation:second_head", idOf(here, "p3"): "id_number:id_number_twice"})

	u.put("person", "p3", "valid", text("0"))
	u.put("person", "p2", "relation", text("12"))
	u.wants(map[change.RecordID]string{home: "", head: "", wife: ""})

	u.put("household", "h1", "valid", text("0"))
	u.wants(map[change.RecordID]string{head: "household:household_void"})
	u.put("household", "h1", "valid", text("1"), "form_no", text("4202020070062026000001"), "head_id_number", text("420205189809275088"))
	u.wants(map[change.RecordID]string{home: "form_no:form_unit head_id_number:head_number", head: ""})
	u.put("household", "h2", "form_no", text("4202020070062026000001"), "people", change.Int(1))
	u.wants(map[change.RecordID]string{home: "form_no:form_no_twice form_no:form_unit head_id_number:head_number",
		idOf(here, "h2"): "form_no:form_no_twice form_no:form_unit people:people_members"})

	lost := u.put("person", "p4", "household", text(string(idOf(here, "h9"))), "name", text("甲"))
	away := u.put("person", "p5", "household", text(string(idOf(elsewhere, "h1"))), "name", text("乙"))
	u.wants(map[change.RecordID]string{lost: "household:household_unknown", away: "household:household_elsewhere"})
}

// TestSpellings: a number of 18 and the one of 15 it took the place of are looked up
// together.
func TestSpellings(t *testing.T) {
	f, _ := mustKind(t, mustLoad(t), "person").Field("id_number")
	for number, want := range map[string]string{"420202030405001": "420202190304050018", "420202190304050018": "420202030405001", "420202200304050011": "", "11010519491231002X": "110105491231002"} {
		got := schema.Spellings(f, change.Text(number))
		if len(got) == 1 && want == "" {
			continue
		}
		if len(got) != 2 || got[0].Text() != number || got[1].Text() != want {
			t.Errorf("%s: %v", number, got)
		}
	}
}

// TestFindingsAreNoFieldOfAChange: nobody writes them, and what a change says of
// them is not judged.
func TestFindingsAreNoFieldOfAChange(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	if _, err := k.Parse(map[string]any{"findings": []any{}}); err == nil {
		t.Error("findings are taken from an input")
	}
	if got := rules(k.CheckOn(with(complete(), "findings", change.Text("none")), today)); got != "" {
		t.Errorf("judged: %s", got)
	}
	f, ok := k.Field("findings")
	if !ok || !f.IsComputed() || f.List() == nil {
		t.Fatal("there is no such field")
	}
	for _, c := range k.Checks {
		if _, ok := f.List().Item(c.Rule); !ok {
			t.Errorf("rule %s is none of its codes", c.Rule)
		}
		for _, label := range []string{c.Message.Zh, c.Message.En} {
			if code, ok := f.List().Find(label); !ok || code != c.Rule {
				t.Errorf("%q is found as %q, want %s", label, code, c.Rule)
			}
		}
	}
	if _, ok := mustKind(t, mustLoad(t), "unit").Field("findings"); ok {
		t.Error("what the program writes has findings")
	}
}

// TestOfAnother: an event that goes back to one of another person, or is before the
// birth, is found, and is found no more when that is corrected.
func TestOfAnother(t *testing.T) {
	text := change.Text
	u := newUnit(t)
	one := u.put("person", "p", "name", text("甲"), "id_number", text("420205189809275088"))
	other := u.put("person", "q", "name", text("乙"), "birth_date", text("1960-01-01"))
	sent := u.put("referral", "r", "person", text(string(one)), "on", text("2026-01-01"), "vacancy", text(string(idOf(here, "nobody"))))
	back := u.put("feedback", "f", "person", text(string(other)), "on", text("2026-01-02"), "referral", text(string(sent)))
	lost := u.put("unemployment", "u", "person", text(string(one)), "on", text("1898-09-26"), "worked_from", text("1898-09-27"))
	u.wants(map[change.RecordID]string{sent: "vacancy:vacancy_unknown", back: "referral:referral_of_another", lost: "on:on_before_birth"})
	u.put("vacancy", "nobody", "occupation", text("4_01"))
	u.put("feedback", "f", "person", text(string(one.Written())))
	u.put("person", "p", "birth_date", text("1898-09-26")) // says more than the number
	u.wants(map[change.RecordID]string{sent: "", back: "", lost: ""})
	u.put("referral", "r", "valid", text("0"))
	u.wants(map[change.RecordID]string{back: "referral:referral_void"})
	elsewhere := idOf(elsewhere, "v")
	u.put("feedback", "f", "referral", text(string(elsewhere)))
	u.wants(map[change.RecordID]string{back: ""}) // that is another unit's to know
}

// TestBorn: nothing of a person is before the birth.
func TestBorn(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	for _, f := range k.Fields {
		if f.Type != schema.Date || f.Name == k.Born {
			continue
		}
		found := func(day string) bool {
			values := map[string]change.Value{"name": change.Text("甲"), k.Born: change.Text("1950-05-01"), f.Name: change.Text(day)}
			return slices.ContainsFunc(k.CheckOn(values, today), func(p schema.Problem) bool {
				return !p.Hard && slices.ContainsFunc(k.Checks, func(c *schema.Check) bool { return c.Rule == p.Rule && c.Field == f.Name && c.Other == k.Born })
			})
		}
		if !found("1950-04-30") || found("2026-05-01") {
			t.Errorf("%s: a day before the birth is not found, or one after it is", f.Name)
		}
	}
}

// TestNumbersStandOnce: a number that stands once is told from another number.
func TestNumbersStandOnce(t *testing.T) {
	u := newUnit(t)
	first := u.put("holiday_table", "a", "year", change.Int(2026), "off", change.Text("2026-10-01"))
	second := u.put("holiday_table", "b", "year", change.Int(2027), "off", change.Text("2027-10-01"))
	u.wants(map[change.RecordID]string{first: "", second: ""})
	third := u.put("holiday_table", "c", "year", change.Int(2027), "off", change.Text("2027-10-02"))
	u.wants(map[change.RecordID]string{first: "", second: "year:year_twice", third: "year:year_twice"})
}

// TestBeforeWhatItFollows: an event that is before the one it follows is found, and is
// found no more when either is corrected.
func TestBeforeWhatItFollows(t *testing.T) {
	text := change.Text
	u := newUnit(t)
	person := []any{"person", text(string(u.put("person", "p", "name", text("甲"))))}
	asked := u.put("hardship_step", "a", append(person, "on", text("2026-03-10"), "step", text("asked"))...)
	checked := u.put("hardship_step", "b", append(person, "on", text("2026-03-09"), "step", text("checked"), "answers", text(string(asked)))...)
	sent := u.put("referral", "r", append(person, "on", text("2026-03-10"))...)
	back := u.put("feedback", "f", append(person, "on", text("2026-03-10"), "referral", text(string(sent.Written())))...)
	u.wants(map[change.RecordID]string{asked: "", checked: "on:on_before_answers", sent: "", back: ""})
	u.put("hardship_step", "a", "on", text("2026-03-09"))
	u.put("referral", "r", "on", text("2026-03-11"))
	u.wants(map[change.RecordID]string{checked: "", back: "on:on_before_referral"})
}

// TestPlacedTwiceAtOnce: two placements of a person on one day are both found, those of
// two persons and of two days are not.
func TestPlacedTwiceAtOnce(t *testing.T) {
	text := change.Text
	u := newUnit(t)
	he, she := text(string(u.put("person", "p", "name", text("甲")))), text(string(u.put("person", "q", "name", text("乙"))))
	first := u.put("placement", "a", "person", he, "on", text("2026-03-10"))
	second := u.put("placement", "b", "person", he, "on", text("2026-03-10"))
	later := u.put("placement", "c", "person", he, "on", text("2026-03-11"))
	hers := u.put("placement", "d", "person", she, "on", text("2026-03-10"))
	u.wants(map[change.RecordID]string{first: "on:same_day", second: "on:same_day", later: "", hers: ""})
	u.put("placement", "b", "valid", text("0"))
	u.wants(map[change.RecordID]string{first: ""})
}
