package hub_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tongbu/hub/pairs"
	"tongbu/internal/change"
	"tongbu/internal/duplicates"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// TestDuplicateAnswer: a community has one answer to a case, the one entered last, on whatever
// day; while the case is open, and to its own case alone.
func TestDuplicateAnswer(t *testing.T) {
	d := newTwice(t)
	d.enter(d.first, number(twiceNumber))
	d.sync()
	d.enter(d.far, number(twiceNumber))
	d.look()
	name := d.case1().Case
	for _, what := range []string{"same", "different", "unknown", "moved"} {
		d.answer(d.far, what)
	}
	d.sync()
	if got := answerOf(d.case1().Persons, d.farID); got != "moved" {
		t.Errorf("the answer is %q, want the last one", got)
	}
	if n := len(kit.MustList(t, d.far, "duplicate_answer", "")); n != 1 {
		t.Errorf("%d answers, want one", n)
	}
	answer := func(at *desk.Desk, name, what string) error {
		_, err := desk.DuplicatesOf(at).Answer(t.Context(), name, desk.DuplicateReply{Answer: what}, kit.Clerk)
		return err
	}
	wantRefused(t, "no answer", answer(desk.New(d.far), name, "perhaps"), fault.Invalid, "no such answer")
	wantRefused(t, "by the city", answer(d.city.Desk, name, "same"), fault.Denied, "answers")
	wantRefused(t, "by a neighbour", answer(desk.New(d.second), name, "same"), fault.NotFound, "no such duplicate case")
	if err := d.decide(name, pairs.Decision{Outcome: "different"}); err != nil {
		t.Fatal(err)
	}
	d.sync()
	wantRefused(t, "decided", answer(desk.New(d.far), name, "same"), fault.Invalid, "was decided on")
	d.undo(name)
	d.answer(d.far, "same")
	d.sync()
	if got := answerOf(d.case1().Persons, d.farID); got != "same" {
		t.Errorf("the answer after the decision was taken back is %q", got)
	}
}

// agree holds what the cases say to what figures count, of each person.
func (d *twice) agree(what string) {
	d.t.Helper()
	in := map[change.RecordID]bool{}
	for _, at := range d.communities {
		if err := desk.New(at).List(d.t.Context(), "person_facts", counted, kit.Clerk, func(s *desk.Shown) error {
			in[change.RecordID(fmt.Sprint(s.Fields["person"]))] = true
			return nil
		}); err != nil {
			d.t.Fatal(err)
		}
	}
	for _, c := range d.cases("") {
		for _, p := range c.Persons {
			if p.Counts != in[p.ID] {
				d.t.Errorf("%s: a case that is %s says that %s counts: %v, and figures %v", what, c.State, p.Unit, p.Counts, in[p.ID])
			}
		}
	}
}

// caseWith is the case of two records.
func (d *twice) caseWith(a, b change.RecordID) string {
	d.t.Helper()
	name := duplicates.CaseOf(a, b)
	if !slices.ContainsFunc(d.cases(""), func(c pairs.Shown) bool { return c.Case == name }) {
		d.t.Fatalf("no case of %s and %s", a, b)
	}
	return name
}

// TestDuplicateContradicted: of three records two are not different persons and both the third;
// what cases say and what figures count is the same all the way.
func TestDuplicateContradicted(t *testing.T) {
	d := newTwice(t)
	d.enter(d.first, number(twiceNumber))
	d.sync()
	d.enter(d.second, number(twiceNumber))
	d.enter(d.far, number(twiceNumber))
	d.look()
	first, second, third := d.caseWith(d.firstID, d.other), d.caseWith(d.other, d.farID), d.caseWith(d.firstID, d.farID)
	decide := func(what, name string, o pairs.Decision) {
		t.Helper()
		if err := d.decide(name, o); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		d.sync()
		d.agree(what)
		d.wantEqual(what)
	}
	d.agree("open")
	decide("two are apart", first, pairs.Decision{Outcome: "different"})
	if got := d.counts(); got[len(got)-1] != '2' {
		t.Errorf("two are apart, and at the tiers %s count", got)
	}
	decide("the third is the second", second, pairs.Decision{Outcome: "same", Counts: d.other})
	for _, o := range []pairs.Decision{{Outcome: "same"}, {Outcome: "moved", To: kit.First.Code}} {
		wantRefused(t, "the third is the first, too", d.decide(third, o), fault.Invalid, "two persons")
	}
	wantRefused(t, "decided twice", d.decide(first, pairs.Decision{Outcome: "same"}), fault.Invalid, "already")
	decide("the third is another", third, pairs.Decision{Outcome: "different"})
	d.undo(first)
	wantRefused(t, "all three are one by others", d.decide(first, pairs.Decision{Outcome: "same"}), fault.Invalid, "two persons")
	d.undo(third)
	decide("and the first", first, pairs.Decision{Outcome: "same"})
	wantRefused(t, "apart, and one by way of the second", d.decide(third, pairs.Decision{Outcome: "different"}), fault.Invalid, "by way of a third")
	wantRefused(t, "two of them chosen", d.decide(third, pairs.Decision{Outcome: "same", Counts: d.farID}), fault.Invalid, "name two of them")
	decide("all three", third, pairs.Decision{Outcome: "same"})
	if got := d.counts(); got != "0 1 0 1 1" {
		t.Errorf("all three are one: %s count", got)
	}
}

// TestDuplicateVoid: a record that is void counts in no case, whatever became of that, and who
// has no number has none that is wrong.
func TestDuplicateVoid(t *testing.T) {
	d := newTwice(t)
	d.enter(d.first, number(twiceNumber))
	d.sync()
	d.enter(d.far, `,"sex":"1","birth_date":"1980-01-01"`)
	d.look()
	name := d.case1().Case
	wantRefused(t, "no number", d.decide(name, pairs.Decision{Outcome: "wrong_number", Wrong: d.farID}), fault.Invalid, "has no ID number")
	wantRefused(t, "nobody's number", d.decide(name, pairs.Decision{Outcome: "wrong_number"}), fault.Invalid, "whose it is")
	void(t, d.first, d.firstID)
	d.look()
	d.want("void", "0 0 1 0 1", "ended")
	d.agree("void")
	told, err := desk.DuplicatesOf(desk.New(d.first)).List(t.Context())
	if err != nil || len(told) != 1 || told[0].Counts || !told[0].Void {
		t.Errorf("at the community: %+v, %v", told, err)
	}
	if err := desk.New(d.first).Save(t.Context(), "person", []desk.Item{{Line: 1, JSON: []byte(`{"id":"p","valid":"1","name":"李平"}`)}}, desk.Saving{Actor: "li"}, func(desk.Written) error { return nil }); err != nil {
		t.Fatal(err)
	}
	d.look()
	d.want("valid, and another", "1 0 1 1 2", "ended")
	d.agree("valid, and another")
}

// TestDuplicateToldBelow: below the city a case says who the own record is of, with the number
// masked and only for a purpose, and what was answered; of the other one its unit alone.
func TestDuplicateToldBelow(t *testing.T) {
	d := newTwice(t)
	d.enter(d.first, number(twiceNumber))
	d.sync()
	d.enter(d.far, number(twiceNumber))
	d.look()
	d.answer(d.first, "moved")
	d.sync()
	name := d.case1().Case
	for what, w := range map[string]struct {
		at          *desk.Desk
		purpose     string
		named, full bool
	}{
		"at the community":            {desk.New(d.first), "", true, false},
		"at the community, and why":   {desk.New(d.first), "核实", true, true},
		"at its street":               {d.street.Desk, "", false, false},
		"at its street, and what for": {d.street.Desk, "核实", true, true},
	} {
		all, err := desk.DuplicatesOf(w.at).Show(t.Context(), name, desk.Asker{Operator: "li", Purpose: w.purpose})
		if err != nil || len(all) != 1 {
			t.Fatalf("%s: %+v, %v", what, all, err)
		}
		one := all[0]
		if one.Answer != "moved" || one.Person != d.firstID || one.Other != kit.FarAway.Code || (one.Name != "") != w.named || (one.IDNumber != "") != w.full || strings.Contains(one.IDNumber, twiceNumber[6:14]) {
			t.Errorf("%s: %+v", what, one)
		}
	}
	if _, err := desk.DuplicatesOf(desk.New(d.second)).Show(t.Context(), name, kit.Clerk); fault.Of(err) != fault.NotFound {
		t.Errorf("a neighbour: %v", err)
	}
}

// TestDuplicateAnswersSideBySide: two devices of a community that answer without hearing of
// each other leave one answer with two values; one of these is chosen, and no other written.
func TestDuplicateAnswersSideBySide(t *testing.T) {
	d := newTwice(t)
	d.enter(d.first, number(twiceNumber))
	d.sync()
	d.enter(d.far, number(twiceNumber))
	d.look()
	second := d.MustReplica(t, d.city.Replica, kit.FarAway)
	d.MustExchange(t, second, d.city.Replica)
	d.answer(d.far, "same")
	d.answer(second, "moved")
	for range 2 {
		d.MustExchange(t, second, d.city.Replica)
		d.sync()
	}
	at := desk.New(d.far)
	id := kit.MustList(t, d.far, "duplicate_answer", "")[0]
	shown, err := at.Get(t.Context(), "duplicate_answer", id, kit.Clerk)
	if err != nil || !slices.Contains(shown.Conflicts, "answer") {
		t.Fatalf("the answer is %+v, %v", shown, err)
	}
	if got := answerOf(d.case1().Persons, d.farID); got != shown.Fields["answer"] {
		t.Errorf("the city shows %v, the community %v", got, shown.Fields["answer"])
	}
	_, err = at.Resolve(t.Context(), "duplicate_answer", id, desk.Resolution{Version: shown.Version, Choices: []string{"answer=unknown"}}, kit.Clerk)
	wantRefused(t, "another value", err, fault.Invalid, "not put by themselves")
	if chosen, err := at.Resolve(t.Context(), "duplicate_answer", id, desk.Resolution{Version: shown.Version, Choices: []string{"answer#2"}}, kit.Clerk); err != nil || chosen.Written == nil {
		t.Errorf("one of the two: %+v, %v", chosen, err)
	}
}
