package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"tongbu/hub/pairs"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/show"
	"tongbu/node/desk"
)

// duplicateStates are the codes of the list duplicate_state as commands call them.
var duplicateStates = map[string]string{facts.DuplicateOpen: "open", facts.DuplicateSame: "same", facts.DuplicateMoved: "moved", facts.DuplicateDifferent: "different", facts.DuplicateWrongNumber: "wrong_number", facts.DuplicateEnded: "ended"}

// toldDuplicates are the cases as the city has told them here: of each the records of the
// communities at or below, not the other one.
func (a *app) toldDuplicates(ctx context.Context, o duplicatesOptions) ([]pairs.Shown, error) {
	if o.state != "" && codeOf(o.state) == "" {
		return nil, fault.New(fault.Invalid, "no such state: %q", o.state).WithHint("states: open, same, moved, different, wrong_number, ended")
	}
	var told []desk.Duplicate
	if err := a.ask(ctx, o.dir, http.MethodGet, "/told/duplicates", nil, &told); err != nil {
		return nil, err
	}
	all := []pairs.Shown{}
	for i := range told {
		if s := toldCase(&told[i]); o.state == "" || s.State == o.state {
			all = append(all, s)
		}
	}
	return all, nil
}

// toldDuplicate is one case as it was told here; at a hub above both communities it has both
// records.
func (a *app) toldDuplicate(ctx context.Context, o duplicatesOptions, name string) (s pairs.Shown, err error) {
	var told []desk.Duplicate
	if err := a.ask(ctx, o.dir, http.MethodGet, toldPath(name)+"?"+url.Values{"purpose": {o.purpose}}.Encode(), nil, &told); err != nil {
		return s, err
	}
	for i := range told {
		if i == 0 {
			s = toldCase(&told[0])
			continue
		}
		s.Persons = append(s.Persons, toldPerson(&told[i]))
		s.Other, s.OtherName = "", "" // which is no other than these
	}
	return s, nil
}

func toldPath(name string) string { return "/told/duplicates/" + segment(name) }

// toldCase is a case as one word of the city tells it.
func toldCase(d *desk.Duplicate) pairs.Shown {
	return pairs.Shown{Case: d.Case, State: duplicateStates[d.State], Score: float64(d.Score) / 100, Reasons: d.Reasons, On: d.On, Due: d.Due, Decided: d.Decided, To: d.To, Reason: d.Reason, Other: d.Other, OtherName: d.OtherIs,
		Persons: []pairs.ShownPerson{toldPerson(d)}}
}

func toldPerson(d *desk.Duplicate) pairs.ShownPerson {
	return pairs.ShownPerson{ID: d.Person, Unit: d.Unit, UnitName: d.UnitIs, Counts: d.Counts, Void: d.Void, Correct: d.Correct, Answer: d.Answer, Answered: d.Answered, Note: d.Note, Name: d.Name, IDNumber: d.IDNumber, Birth: d.Birth}
}

// answerDuplicate writes what this community says of a case.
func (a *app) answerDuplicate(ctx context.Context, dir, name, what, note string) error {
	var written desk.Written
	if err := a.ask(ctx, dir, http.MethodPost, toldPath(name), desk.DuplicateReply{Answer: what, Note: note}, &written); err != nil {
		return err
	}
	return a.printJSONLine(written)
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
		a.tell("the other community: %s", strings.TrimSpace(s.Other+" "+s.OtherName))
	}
	if s.To != "" {
		a.tell("the community that is to have the record: %s", s.To)
	}
	if s.Reason != "" {
		a.tell("why: %s", s.Reason)
	}
	w := show.NewTabs(a.out)
	show.Row(w, strings.Split(a.lang.Say("UNIT\tPERSON\tNAME\tBIRTH\tID NUMBER\tCOUNTS\tANSWER\tON\tNOTE"), "\t")...)
	for _, p := range s.Persons {
		show.Row(w, unitName(p), string(p.ID), dashed(p.Name), dashed(p.Birth), dashed(p.IDNumber), a.yesNo(p.Counts), a.label(in, "duplicate_answer", p.Answer), dashed(p.Answered), dashed(p.Note))
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

// cityOnly says where a command belongs that only the city answers: elsewhere there is no such
// route.
func cityOnly(err error) error {
	if fault.Of(err) == fault.Unsupported {
		return fault.New(fault.Denied, "the city alone decides duplicate cases").WithHint("give the city's directory; a community answers: tongbu duplicates answer")
	}
	return err
}
