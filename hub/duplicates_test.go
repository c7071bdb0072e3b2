package hub_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongbu/hub"
	"tongbu/hub/pairs"
	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node/account"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// twice are a city and a street with views, and communities of two streets.
type twice struct {
	*town
	street                *hub.Hub
	first, second, far    *replica.Replica
	communities           []*replica.Replica
	offLine               map[*replica.Replica]bool
	firstID, farID, other change.RecordID // of the person as each community has it
}

const twiceNumber = "110101198001010037"

func newTwice(t *testing.T) *twice {
	w := newTown(t)
	d := &twice{town: w, offLine: map[*replica.Replica]bool{}}
	d.street, _ = w.hub(kit.Street, true)
	for _, u := range []tree.Unit{kit.First, kit.Second, kit.FarAway} {
		d.communities = append(d.communities, w.MustReplica(t, w.city.Replica, u))
	}
	d.first, d.second, d.far = d.communities[0], d.communities[1], d.communities[2]
	d.firstID, d.other, d.farID = kit.Name(kit.First, "person", "p"), kit.Name(kit.Second, "person", "p"), kit.Name(kit.FarAway, "person", "p")
	d.verify(d.street)
	d.verify(d.city)
	d.say()
	return d
}

// enter has a community enter the person, as head of a household of one.
func (d *twice) enter(at *replica.Replica, more string) {
	d.t.Helper()
	kit.MustPut(d.t, at, "household", `{"id":"h","head_name":"王明","survey_date":"2026-01-05"}`)
	kit.MustPut(d.t, at, "person", `{"id":"p","household":"h","name":"王明","relation":"02","status":"1","hukou":"10","labour_ability":"1","job_wish":"1"`+more+`}`)
}

func number(n string) string { return fmt.Sprintf(`,"id_number":%q`, n) }

// sync carries what the tiers have said to each other, but for those that are off the line.
func (d *twice) sync() {
	d.t.Helper()
	for range 2 {
		for _, at := range d.communities {
			above := d.street.Replica
			if at == d.far {
				above = d.city.Replica // its street is a relay
			}
			if !d.offLine[at] {
				d.MustExchange(d.t, at, above)
			}
		}
		d.MustExchange(d.t, d.street.Replica, d.city.Replica)
	}
	d.verify(d.street)
	d.verify(d.city)
}

// look has the city look for duplicates, and tell everybody.
func (d *twice) look() {
	d.t.Helper()
	d.sync()
	if err := d.city.Pairs.Look(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	d.sync()
}

// cases are those of a state.
func (d *twice) cases(state string) []pairs.Shown {
	d.t.Helper()
	all, err := d.city.Duplicates(d.t.Context(), state)
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

// case1 is the only case.
func (d *twice) case1() pairs.Shown {
	d.t.Helper()
	all := d.cases("")
	if len(all) != 1 {
		d.t.Fatalf("%d cases, want 1", len(all))
	}
	return all[0]
}

const counted = `counts:"persons"`

// counts are how many persons count at the communities, the street and the city.
func (d *twice) counts() string {
	d.t.Helper()
	var all []string
	for _, at := range d.communities {
		all = append(all, fmt.Sprint(len(kit.MustList(d.t, at, "person_facts", counted))))
	}
	return strings.Join(append(all, fmt.Sprint(d.rows(d.street, "person_facts", counted)), fmt.Sprint(d.rows(d.city, "person_facts", counted))), " ")
}

func (d *twice) want(what, counts, state string) {
	d.t.Helper()
	if got := d.counts(); got != counts {
		d.t.Errorf("%s: %s count, want %s", what, got, counts)
	}
	if got := d.case1().State; got != state {
		d.t.Errorf("%s: the case is %s, want %s", what, got, state)
	}
}

// say has every tier say what it holds, if the day is another one.
func (d *twice) say() {
	d.t.Helper()
	var nights []func(context.Context) error
	for _, at := range d.communities {
		nights = append(nights, account.Saying(at, account.Own(at)).Once)
	}
	for _, night := range append(nights, d.street.Night, d.city.Night) {
		if err := night(d.t.Context()); err != nil {
			d.t.Fatal(err)
		}
	}
}

// wantEqual has every tier say what it holds, and the city find nobody wrong.
func (d *twice) wantEqual(what string) {
	d.t.Helper()
	d.Clock.Advance(24 * time.Hour)
	d.sync()
	d.say()
	d.sync()
	equal := 0
	v, err := d.city.Operate.Verify(d.t.Context(), operate.Checked{})
	if err != nil || !v.OK {
		d.t.Fatalf("%s: %v %v", what, err, v)
	}
	for _, of := range v.Digests {
		if of.Result == digest.Equal {
			equal++
		}
		if of.Result == digest.Wrong {
			d.t.Errorf("%s: %+v", what, of)
		}
	}
	if equal < len(d.communities) {
		d.t.Errorf("%s: %d digests are equal: %+v", what, equal, v.Digests)
	}
}

// tasks are what a community has to do about duplicates.
func (d *twice) tasks(at *replica.Replica) string {
	d.t.Helper()
	var all []string
	err := desk.New(at).List(d.t.Context(), "task", `level = "5"`, kit.Clerk, func(s *desk.Shown) error {
		if task := fmt.Sprint(s.Fields["task"]); strings.HasPrefix(task, "duplicate") {
			all = append(all, strings.TrimPrefix(task, "duplicate_"))
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func (d *twice) decide(name string, o pairs.Decision) error {
	d.t.Helper()
	_, err := d.city.Pairs.Decide(d.t.Context(), name, o)
	d.sync()
	return err
}

func (d *twice) undo(name string) {
	d.t.Helper()
	if _, err := d.city.Pairs.Undo(d.t.Context(), name, "查错了", "li"); err != nil {
		d.t.Fatal(err)
	}
	d.sync()
}

// TestDuplicateOverTiers: two communities enter one person while one is off the line. The
// person counts once at every tier from when it has the city's word; decided, undone.
func TestDuplicateOverTiers(t *testing.T) {
	d := newTwice(t)
	d.offLine[d.far] = true
	d.enter(d.first, number(twiceNumber))
	d.enter(d.far, number(twiceNumber))
	d.look()
	if got := d.counts(); got != "1 0 1 1 1" {
		t.Errorf("before the city knows: %s count", got)
	}
	d.offLine[d.far] = false
	d.look()
	d.want("found", "1 0 0 1 1", "open")
	c := d.case1()
	if c.Score != 1 || strings.Join(c.Reasons, " ") != "birth_same name_same number_same sex_same" {
		t.Errorf("it is alike by %v %v", c.Score, c.Reasons)
	}
	if first, far := d.tasks(d.first), d.tasks(d.far); first != "answer" || far != "answer" {
		t.Errorf("the communities have %q and %q to do", first, far)
	}
	if n := d.rows(d.city, "task", `task = "duplicate_decide" AND level = "2"`); n != 2 {
		t.Errorf("the city has %d tasks to decide, want one with each record", n)
	}
	d.wantTold()
	d.wantEqual("open")
	d.look() // what was found is not opened twice
	d.want("again", "1 0 0 1 1", "open")

	d.answer(d.far, "moved")
	d.sync()
	if p := d.case1().Persons; answerOf(p, d.farID) != "moved" || answerOf(p, d.firstID) != "" {
		t.Errorf("the answers are %+v", p)
	}
	if got := d.tasks(d.far); got != "" {
		t.Errorf("who has answered has %q to do", got)
	}
	if err := d.decide(c.Case, pairs.Decision{Outcome: "same", Counts: d.farID, Reason: "常住"}); err != nil {
		t.Fatal(err)
	}
	d.want("decided", "0 0 1 0 1", "same")
	d.wantEqual("decided")
	if households := d.rows(d.city, "household_facts", `counts:"households"`); households != 1 {
		t.Errorf("%d households count, want 1", households)
	}
	d.undo(c.Case)
	d.want("undone", "1 0 0 1 1", "open")
	if err := d.decide(c.Case, pairs.Decision{Outcome: "moved", To: kit.FarAway.Code}); err != nil {
		t.Fatal(err)
	}
	d.want("moved", "0 0 1 0 1", "moved")
	if first, far := d.tasks(d.first), d.tasks(d.far); first != "move" || far != "move" {
		t.Errorf("moved: the communities have %q and %q to do", first, far)
	}
	d.undo(c.Case)
	if err := d.decide(c.Case, pairs.Decision{Outcome: "different"}); err != nil {
		t.Fatal(err)
	}
	d.want("two persons", "1 0 1 1 2", "different")
	d.wantEqual("two persons")
	if _, err := d.city.Pairs.Search(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	d.sync()
	d.want("not opened again", "1 0 1 1 2", "different")
	kit.MustPut(t, d.far, "person", `{"id":"p","name":"王铭"}`)
	d.look()
	d.want("another name", "1 0 0 1 1", "open")
}

// wantTold holds what a community was told to what it may know.
func (d *twice) wantTold() {
	d.t.Helper()
	for _, c := range []struct {
		at    *replica.Replica
		other tree.Unit
		whom  change.RecordID
	}{{d.first, kit.FarAway, d.firstID}, {d.far, kit.First, d.farID}} {
		n := 0
		err := desk.New(c.at).List(d.t.Context(), "duplicate_case", "", kit.Clerk, func(s *desk.Shown) error {
			n++
			if fmt.Sprint(s.Fields["other_unit"]) != c.other.Code || s.Fields["person"] != string(c.whom) {
				d.t.Errorf("%s was told %v", c.at.Place.Unit, s.Fields)
			}
			for field, value := range s.Fields {
				other := d.firstID
				if c.whom == d.firstID {
					other = d.farID
				}
				if strings.Contains(fmt.Sprint(value), string(other)) {
					d.t.Errorf("%s was told the other record in %s", c.at.Place.Unit, field)
				}
			}
			return nil
		})
		if err != nil || n != 1 {
			d.t.Errorf("%s was told %d times, %v", c.at.Place.Unit, n, err)
		}
	}
	if n := len(kit.MustList(d.t, d.second, "duplicate_case", "")); n != 0 {
		d.t.Errorf("a community that is not concerned was told %d times", n)
	}
}

// answer has a community answer the first case that it was told.
func (d *twice) answer(at *replica.Replica, what string) {
	d.t.Helper()
	all, err := desk.DuplicatesOf(desk.New(at)).List(d.t.Context())
	if err != nil || len(all) == 0 {
		d.t.Fatalf("%d cases were told, %v", len(all), err)
	}
	if _, err := desk.DuplicatesOf(desk.New(at)).Answer(d.t.Context(), all[0].Case, desk.DuplicateReply{Answer: what}, kit.Clerk); err != nil {
		d.t.Fatal(err)
	}
}

func answerOf(persons []pairs.ShownPerson, id change.RecordID) string {
	for _, p := range persons {
		if p.ID == id {
			return p.Answer
		}
	}
	return "nobody"
}

// TestDuplicateWrongNumber: of two persons with one number one corrects it; then the case ends
// by itself.
func TestDuplicateWrongNumber(t *testing.T) {
	d := newTwice(t)
	d.enter(d.first, number(twiceNumber))
	d.enter(d.far, number(twiceNumber))
	kit.MustPut(t, d.far, "person", `{"id":"p","name":"李平"}`)
	d.look()
	c := d.case1()
	if !slices.Contains(c.Reasons, "name_other") {
		t.Errorf("the reasons are %v", c.Reasons)
	}
	if err := d.decide(c.Case, pairs.Decision{Outcome: "wrong_number", Wrong: d.farID}); err != nil {
		t.Fatal(err)
	}
	d.want("decided", "1 0 1 1 2", "wrong_number")
	if first, far := d.tasks(d.first), d.tasks(d.far); first != "" || far != "number" {
		t.Errorf("the communities have %q and %q to do", first, far)
	}
	kit.MustPut(t, d.far, "person", `{"id":"p","id_number":"110101197501010039"}`)
	d.look()
	d.want("corrected", "1 0 1 1 2", "ended")
	if got := d.tasks(d.far); got != "" {
		t.Errorf("who has corrected has %q to do", got)
	}
}

// TestDuplicateOfThree: of three records of two numbers, each pair that is alike is a case, and
// one record counts; when that is void, another one does.
func TestDuplicateOfThree(t *testing.T) {
	d := newTwice(t)
	old := twiceNumber[:6] + twiceNumber[8:17] // of 15 digits
	d.enter(d.first, number(twiceNumber))
	d.sync()
	d.enter(d.second, number(old))
	d.look()
	d.enter(d.far, `,"sex":"1","birth_date":"1980-01-01"`) // without a number
	d.look()
	if n := len(d.cases("open")); n != 3 {
		t.Fatalf("%d cases, want 3", n)
	}
	if got := d.counts(); got != "1 0 0 1 1" {
		t.Errorf("%s count", got)
	}
	d.wantEqual("three")
	void(t, d.first, d.firstID)
	d.look()
	if got := d.counts(); got != "0 1 0 1 1" {
		t.Errorf("without the first: %s count", got)
	}
	if open, ended := len(d.cases("open")), len(d.cases("ended")); open != 1 || ended != 2 {
		t.Errorf("%d are open and %d ended, want 1 and 2", open, ended)
	}
	name := d.cases("ended")[0].Case
	if err := d.decide(name, pairs.Decision{Outcome: "same"}); fault.Of(err) != fault.Invalid {
		t.Errorf("a case that has ended is decided: %v", err)
	}
	if _, err := d.city.Pairs.Undo(t.Context(), name, "x", "li"); fault.Of(err) != fault.Invalid {
		t.Errorf("and undone: %v", err)
	}
	if err := desk.New(d.first).Save(t.Context(), "person", []desk.Item{{Line: 1, JSON: []byte(`{"id":"p","valid":"1"}`)}}, desk.Saving{Actor: "li"}, func(desk.Written) error { return nil }); err != nil {
		t.Fatal(err)
	}
	d.look()
	if got := d.counts(); got != "1 0 0 1 1" {
		t.Errorf("when it is valid again: %s count", got)
	}
	d.wantEqual("valid again")
}

func void(t *testing.T, at *replica.Replica, id change.RecordID) {
	t.Helper()
	line := fmt.Sprintf(`{"id":%q}`, id)
	if err := desk.New(at).Save(t.Context(), "person", []desk.Item{{Line: 1, JSON: []byte(line)}}, desk.Saving{Actor: "li", Void: true, Reason: "错"}, func(desk.Written) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

// TestDuplicateBadInput: decisions that cannot be, at once or by somebody else, change nothing.
func TestDuplicateBadInput(t *testing.T) {
	d := newTwice(t)
	d.enter(d.first, number(twiceNumber))
	d.sync() // it is there first
	d.enter(d.far, number(twiceNumber))
	d.enter(d.second, number("110101197501010039"))
	d.look()
	name := d.case1().Case
	for what, c := range map[string]struct {
		name string
		o    pairs.Decision
		want fault.Kind
	}{
		"no such case":          {"nobody", pairs.Decision{Outcome: "same"}, fault.NotFound},
		"no such outcome":       {name, pairs.Decision{Outcome: "perhaps"}, fault.Invalid},
		"another's record":      {name, pairs.Decision{Outcome: "same", Counts: d.other}, fault.Invalid},
		"to another community":  {name, pairs.Decision{Outcome: "moved", To: kit.Second.Code}, fault.Invalid},
		"to nobody":             {name, pairs.Decision{Outcome: "moved"}, fault.Invalid},
		"nobody's number":       {name, pairs.Decision{Outcome: "wrong_number"}, fault.Invalid},
		"what it does not take": {name, pairs.Decision{Outcome: "different", Counts: d.firstID}, fault.Invalid},
		"a long reason":         {name, pairs.Decision{Outcome: "same", Reason: strings.Repeat("长", 201)}, fault.Invalid},
	} {
		if err := d.decide(c.name, c.o); fault.Of(err) != c.want {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
	if _, err := d.city.Pairs.Undo(t.Context(), name, "x", "li"); fault.Of(err) != fault.Invalid {
		t.Errorf("undone before it is decided: %v", err)
	}
	if _, err := d.city.Duplicate(t.Context(), name, desk.Asker{Operator: "li"}); fault.Of(err) != fault.Invalid {
		t.Errorf("shown without a purpose: %v", err)
	}
	if _, err := d.city.Duplicates(t.Context(), "perhaps"); fault.Of(err) != fault.Invalid {
		t.Errorf("a state that there is not: %v", err)
	}
	shown, err := d.city.Duplicate(t.Context(), name, desk.Asker{Operator: "li", Purpose: "核实"})
	if err != nil || shown.Persons[0].Name != "王明" || strings.Contains(shown.Persons[0].IDNumber, twiceNumber[6:14]) {
		t.Errorf("shown: %+v, %v", shown, err)
	}
	d.want("nothing was decided", "1 1 0 2 2", "open")

	// what a community says by hand, of its own case or another's, and people who write a case
	word := kit.MustList(t, d.first, "duplicate_case", "")[0]
	for _, at := range []*replica.Replica{d.first, d.second} {
		line := fmt.Sprintf(`{"person":"p","case":%q,"on":"2026-01-06","answer":"different"}`, word)
		if _, err := kit.Put(t, at, "duplicate_answer", line); fault.Of(err) != fault.Invalid {
			t.Errorf("an answer by hand: %v", err)
		}
		forged := map[string]change.Value{"person": change.Text(string(d.firstID)), "case": change.Text(string(word)), "on": change.Text("2026-09-09"), "answer": change.Text("different")}
		kit.MustWrite(t, at, &change.Change{Kind: "duplicate_answer", Record: change.NumberedRecordID(at.Place.Unit, "duplicate_answer", "x"), Fields: change.FieldsOf(forged), Actor: "x"})
	}
	if _, err := kit.Put(t, d.second, "duplicate_case", `{"person":"p","case":"x","on":"2026-01-06","state":"1"}`); fault.Of(err) != fault.Denied {
		t.Errorf("a community writes a case: %v", err)
	}
	if err := d.city.Desk.Save(t.Context(), "duplicate_case", []desk.Item{{Line: 1, JSON: fmt.Appendf(nil, `{"id":%q,"state":"4"}`, word)}}, desk.Saving{Actor: "li"}, func(desk.Written) error { return nil }); fault.Of(err) != fault.Denied {
		t.Errorf("people at the city write a case: %v", err)
	}
	d.sync()
	for _, p := range d.case1().Persons {
		if p.Answer != "" {
			t.Errorf("%s has the answer of another: %s", p.Unit, p.Answer)
		}
	}

	// deciding twice at once
	outcomes := []string{"same", "different", "same", "different"}
	errs := make([]error, len(outcomes))
	var all sync.WaitGroup
	for i, outcome := range outcomes {
		all.Go(func() {
			_, errs[i] = d.city.Pairs.Decide(t.Context(), name, pairs.Decision{Outcome: outcome})
		})
	}
	all.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if fault.Of(err) != fault.Invalid {
			t.Error(err)
		}
	}
	d.sync()
	if state := d.case1().State; done != 1 || state == "open" {
		t.Errorf("%d decided at once, and it is %s", done, state)
	}
	d.wantEqual("decided at once")
}

// TestDuplicateForged: what a community says as if it were the city's word has no effect, at no
// tier.
func TestDuplicateForged(t *testing.T) {
	d := newTwice(t)
	d.enter(d.first, number(twiceNumber))
	d.sync()
	forger := d.MustForger(t, kit.First)
	values := map[string]change.Value{"case": change.Text("x"), "person": change.Text(string(d.firstID)), "on": change.Text("2026-01-05"), "state": change.Text("1"), "counts": change.Bool(false)}
	for _, id := range []change.RecordID{kit.Name(kit.City, "duplicate_case", "x"), kit.Name(kit.First, "duplicate_case", "x")} {
		c := &change.Change{Kind: "duplicate_case", Record: id, Fields: change.FieldsOf(values), Actor: "x"}
		forger.MustSay(t, d.street.Replica, kit.First, c)
	}
	d.sync()
	if got := d.counts(); got != "1 0 0 1 1" {
		t.Errorf("%s count", got)
	}
}

// TestDuplicateOfNoUnit: of a record whose unit the tree does not have no case is opened.
func TestDuplicateOfNoUnit(t *testing.T) {
	d := newTwice(t)
	d.enter(d.first, number(twiceNumber))
	nobody := kit.Name(kit.NotOfTown, "person", "p")
	c := &change.Change{Kind: "person", Record: nobody, Fields: change.FieldsOf(map[string]change.Value{"name": change.Text("王明"), "id_number": change.Text(twiceNumber)}), Actor: "x"}
	kit.MustWrite(t, d.city.Replica, c) // which may say anything of anybody
	d.look()
	if n := d.rows(d.city, "person", `id = "`+string(nobody)+`"`); n != 1 {
		t.Errorf("%d records of a unit that nobody knows, want 1", n)
	}
	if all := d.cases(""); len(all) != 0 {
		t.Errorf("a case with a unit that nobody knows: %+v", all)
	}
}
