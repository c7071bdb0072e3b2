package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tongbu/hub/pairs"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/show"
	"tongbu/node/desk"
)

// duplicateStates are the codes of the list duplicate_state as commands call them.
var duplicateStates = map[string]string{facts.DuplicateOpen: "open", facts.DuplicateSame: "same", facts.DuplicateMoved: "moved", facts.DuplicateDifferent: "different", facts.DuplicateWrongNumber: "wrong_number", facts.DuplicateEnded: "ended"}

// toldDuplicates are the cases as the city has told them here: of each the records of the
// communities at or below, not the other one. What was answered a node knows.
func (a *app) toldDuplicates(ctx context.Context, o duplicatesOptions, node bool) (all []pairs.Shown, err error) {
	if o.state != "" && codeOf(o.state) == "" {
		return nil, fault.New(fault.Invalid, "no such state: %q", o.state).WithHint("states: open, same, moved, different, wrong_number, ended")
	}
	path := "/list/" + facts.DuplicateCase
	err = eachLine(ctx, a, o.dir, path, func(s *desk.Shown) {
		if told := a.toldCase(s); o.state == "" || told.State == o.state {
			all = append(all, told)
		}
	})
	if err != nil {
		return nil, err
	}
	answers := map[string]ownAnswer{}
	if node {
		answers, err = a.ownAnswers(ctx, o.dir)
	}
	for i := range all {
		for k := range all[i].Persons {
			p := &all[i].Persons[k]
			p.Answer, p.Answered, p.Note = answers[all[i].Case+string(p.ID)].answer()
		}
	}
	slices.SortFunc(all, func(x, y pairs.Shown) int { return cmp.Or(cmp.Compare(x.On, y.On), cmp.Compare(x.Case, y.Case)) })
	return all, err
}

// toldCase is a case as one word of the city tells it.
func (a *app) toldCase(s *desk.Shown) pairs.Shown {
	text := func(field string) string {
		t, _ := s.Fields[field].(string)
		return t
	}
	told := pairs.Shown{Case: text("case"), State: duplicateStates[text("state")], On: text("on"), Due: text("due_on"), Decided: text("decided_on"), To: text("to_unit"), Reason: text("reason"), Reasons: []string{}}
	if n, is := s.Fields["score"].(float64); is {
		told.Score = n / 100
	}
	reasons, _ := s.Fields["reasons"].([]any)
	for _, r := range reasons {
		told.Reasons = append(told.Reasons, fmt.Sprint(r))
	}
	counts, _ := s.Fields["counts"].(bool)
	correct, _ := s.Fields["to_correct"].(bool)
	told.Other = text("other_unit")
	told.Persons = []pairs.ShownPerson{{ID: change.RecordID(text("person")), Unit: text("for_unit"), Counts: counts, Correct: correct}}
	return told
}

// ownAnswer is what this community has answered.
type ownAnswer struct{ id, on, what, note string }

func (o ownAnswer) answer() (what, on, note string) { return o.what, o.on, o.note }

// ownAnswers are the last answers of this community, by case and person.
func (a *app) ownAnswers(ctx context.Context, dir string) (map[string]ownAnswer, error) {
	cases := map[string]string{} // by the ids of the city's words
	err := eachLine(ctx, a, dir, "/list/"+facts.DuplicateCase, func(s *desk.Shown) {
		cases[string(s.ID)] = fmt.Sprint(s.Fields["case"])
	})
	if err != nil {
		return nil, err
	}
	last := map[string]ownAnswer{}
	return last, eachLine(ctx, a, dir, "/list/"+facts.DuplicateAnswer, func(s *desk.Shown) {
		text := func(field string) string {
			t, _ := s.Fields[field].(string)
			return t
		}
		key, now := cases[text("case")]+text("person"), ownAnswer{string(s.ID), text("on"), text("answer"), text("note")}
		if was := last[key]; cmp.Or(cmp.Compare(was.on, now.on), cmp.Compare(was.id, now.id)) < 0 {
			last[key] = now
		}
	})
}

// toldDuplicate is one case as it was told here, and the id of the city's word.
func (a *app) toldDuplicate(ctx context.Context, dir, name string, node bool) (told pairs.Shown, word change.RecordID, err error) {
	all, err := a.toldDuplicates(ctx, duplicatesOptions{dir: dir}, node)
	if err != nil {
		return told, "", err
	}
	at := slices.IndexFunc(all, func(s pairs.Shown) bool { return s.Case == name })
	if at < 0 {
		return told, "", fault.New(fault.NotFound, "no such duplicate case here").WithHint("list them: tongbu duplicates list --dir DIR")
	}
	path := "/list/" + facts.DuplicateCase + "?" + url.Values{"filter": {fmt.Sprintf("case = %q", name)}}.Encode()
	return all[at], word, eachLine(ctx, a, dir, path, func(s *desk.Shown) {
		if isPerson(all[at], change.RecordID(fmt.Sprint(s.Fields["person"]))) {
			word = s.ID
		}
	})
}

// answerDuplicate writes what this community says of a case.
func (a *app) answerDuplicate(ctx context.Context, dir, name, what, note string) error {
	at, err := a.placeOf(ctx, dir, "")
	if err != nil {
		return err
	}
	if !at.isNode() {
		return fault.New(fault.Denied, "a community that has one of the records answers").WithHint("the city decides: tongbu duplicates decide")
	}
	told, word, err := a.toldDuplicate(ctx, dir, name, true)
	if err != nil {
		return err
	}
	if told.State != "open" {
		return fault.New(fault.Invalid, "the case is not open").WithHint("see tongbu duplicates show --dir DIR CASE")
	}
	object := map[string]string{"person": string(told.Persons[0].ID), "case": string(word), "on": at.Today.Day, "answer": what}
	if note != "" {
		object["note"] = note
	}
	line, err := json.Marshal(object)
	if err != nil {
		return fault.As(fault.Internal, "make an answer", err)
	}
	c, err := a.client(ctx, dir)
	if err != nil {
		return err
	}
	defer c.Close()
	return a.copyLines(ctx, c, http.MethodPost, "/put/"+facts.DuplicateAnswer, bytes.NewReader(line))
}

func (a *app) printDuplicate(s pairs.Shown, asJSON bool) error {
	if asJSON {
		return a.printJSON(s)
	}
	in, err := schema.Load()
	if err != nil {
		return err
	}
	a.tell("case %s: %s, score %s", s.Case, a.label(in, "duplicate_state", codeOf(s.State)), score(s.Score))
	for _, code := range s.Reasons {
		a.tell("- %s", a.label(in, "duplicate_reason", code))
	}
	if s.Other != "" {
		a.tell("the other community: %s", s.Other)
	}
	if s.Reason != "" {
		a.tell("why: %s", s.Reason)
	}
	w := show.NewTabs(a.out)
	show.Row(w, strings.Split(a.lang.Say("UNIT\tPERSON\tNAME\tID NUMBER\tCOUNTS\tANSWER\tON\tNOTE"), "\t")...)
	for _, p := range s.Persons {
		show.Row(w, unitName(p), string(p.ID), dashed(p.Name), dashed(p.IDNumber), a.yesNo(p.Counts), a.label(in, "duplicate_answer", p.Answer), dashed(p.Answered), dashed(p.Note))
	}
	return fault.Wrap("write", w.Flush())
}

// label is what people call a code.
func (a *app) label(in *schema.Schema, list, code string) string {
	if l, known := in.List(list); known {
		if item, known := l.Item(code); known {
			return item.Label().In(string(a.lang))
		}
	}
	return cmp.Or(code, "-")
}

// codeOf is the code of a state; "" where there is no such state.
func codeOf(state string) string {
	for code, name := range duplicateStates {
		if name == state {
			return code
		}
	}
	return ""
}

func score(of float64) string { return fmt.Sprintf("%.2f", of) }

func unitName(p pairs.ShownPerson) string { return strings.TrimSpace(p.Unit + " " + p.UnitName) }

func dashed(s string) string { return cmp.Or(s, "-") }

func (a *app) yesNo(is bool) string {
	if is {
		return a.lang.Say("yes")
	}
	return a.lang.Say("no")
}

// cityOnly says where a command belongs that only the city answers.
func cityOnly(err error) error {
	if fault.Of(err) == fault.Unsupported {
		return fault.New(fault.Unsupported, "the city decides duplicate cases").WithHint("give the city's directory; a community answers: tongbu duplicates answer")
	}
	return err
}
