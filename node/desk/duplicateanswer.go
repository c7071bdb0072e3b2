package desk

import (
	"context"
	"slices"
	"strings"

	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// DuplicateReply is what a community says of a case.
type DuplicateReply struct {
	Answer string `json:"answer"` // of the list duplicate_answer
	Note   string `json:"note,omitempty"`
	By     string `json:"answered_by,omitempty"`
}

// Answer writes what this community says of its own record in an open case, with the day of
// today. A community has one answer to a case, whichever device gives it: another one takes
// its place, and what was answered before is in its history. It returns Denied at a hub,
// NotFound for a case that was not told here, and Invalid for one that is not open, and for
// no answer.
func (a Duplicates) Answer(ctx context.Context, name string, r DuplicateReply, by Asker) (written Written, err error) {
	d := a.desk
	if err := d.Room(); err != nil {
		return written, err
	}
	if d.at.IsHub() {
		return written, fault.New(fault.Denied, "a community that has one of the records answers").WithHint("the city decides: tongbu duplicates decide")
	}
	k, err := d.writableKind(facts.DuplicateAnswer)
	if err != nil {
		return written, err
	}
	if err := checkReply(k, r); err != nil {
		return written, err
	}
	err = d.at.Streams.Write(ctx, func(w *streams.Writer) error {
		one, err := a.open(w.Tx, name)
		if err != nil {
			return err
		}
		day, _, err := d.at.Today(w.Tx)
		if err != nil {
			return err
		}
		object := map[string]any{"person": string(one.Person), "case": string(one.Word), "on": max(day.Date, one.On), "answer": r.Answer, "note": orNull(r.Note), "answered_by": orNull(r.By)}
		written, err = d.writeNamed(w, k, facts.DuplicateAnswerID(one.unit, one.Word), object, Saving{Actor: by.Operator})
		return err
	})
	return written, fault.Wrap("answer a duplicate case", err)
}

// open reads a case of this community that waits for answers.
func (a Duplicates) open(tx *journal.Tx, name string) (Duplicate, error) {
	all, err := a.toldIn(tx, name)
	if err != nil {
		return Duplicate{}, err
	}
	at := slices.IndexFunc(all, func(one Duplicate) bool { return one.unit == a.desk.at.Members.Unit().ID })
	switch {
	case at < 0:
		return Duplicate{}, errNoDuplicate
	case all[at].State == facts.DuplicateEnded:
		return Duplicate{}, fault.New(fault.Invalid, "the case has ended: there is nothing to answer").WithHint("see tongbu duplicates show --dir DIR CASE")
	case all[at].State != facts.DuplicateOpen:
		return Duplicate{}, fault.New(fault.Invalid, "the case was decided on %s: there is nothing to answer", all[at].Decided).WithHint("tell the city, which may take its decision back: tongbu duplicates undo")
	}
	return all[at], nil
}

func checkReply(k *schema.Kind, r DuplicateReply) error {
	f, _ := k.Field("answer")
	if _, known := f.List().Item(r.Answer); known {
		return nil
	}
	var codes []string
	for _, item := range f.List().Items {
		codes = append(codes, item.Code)
	}
	return fault.New(fault.Invalid, "no such answer: %q", r.Answer).WithHint("answers: %s", strings.Join(codes, ", "))
}

// orNull is a text of a record; nil for none, which empties the field.
func orNull(text string) any {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return text
}
