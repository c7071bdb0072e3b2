package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// MaxParts is how many records one form has at most.
const MaxParts = 200

// Part is one record of a form.
type Part struct {
	Kind string
	// Item is an object as Put takes it. One with "id", and "version" as it was read, is
	// of a record that is here; one without makes a record. A reference "#N" names the
	// record of the part N of the same form, from 0.
	Item json.RawMessage
}

// Form is several records of any kinds that are saved together.
type Form struct {
	Parts []Part
	// How says who saves, and in Run the name of the form: saved twice under one name, a
	// part makes its record once. Nothing else of it is for a form.
	How Saving
	// Accept has the keys (AcceptKey) of the findings that the person has seen.
	Accept []string
}

// FormAnswer is what became of a form.
type FormAnswer struct {
	Parts []PartAnswer
	Saved bool // what the form says is on the disk
	Again bool // it was before, and nothing was written now
}

// PartAnswer is what became of a part. Of problems and findings the field is "" when they
// are of the whole record, and Zh is "" when Message is one of the catalogue of words.
type PartAnswer struct {
	ID        change.RecordID  // "" for a record that is not saved and has no name yet
	Result    Result           // as it is, or would be, saved
	Version   string           // of the record as it is here then; "" while it is not
	Problems  []schema.Problem // hard: these are to be mended
	Findings  []schema.Problem // soft, without those for which a reason is given (schema.Kind.ReasonField)
	Conflicts []string         // fields that another has written since they were read: both values stand
	Told      []string         // what else the program says of what it wrote, as the warnings of Written

	// Like has the codes that people may have meant, by the fields with a code that is
	// not in their list.
	Like map[string][]schema.Item
	// Others are the records that have what a rule allows once, by the fields with such a
	// finding: those here, and those of the form.
	Others map[string][]change.RecordID
}

// AcceptKey is under what a finding of a part is accepted: RULE@PART-FIELD, as in
// "people_members@0-people".
func AcceptKey(part int, p schema.Problem) string {
	return fmt.Sprintf("%s@%d-%s", p.Rule, part, p.Field)
}

// SaveForm saves all parts of a form, or none, in one transaction. The rules see the
// other parts as they will be. What the person can mend is in the answer, of all parts
// at once, and nothing is written then; likewise while a finding is not accepted. Edits
// go by their versions as in Save. It returns Invalid for a form that no person could
// mend (no parts, too many, an unknown kind, an object that is none), Denied when this
// tier may not write a kind, and Full when no new records are accepted.
func (d *Desk) SaveForm(ctx context.Context, f Form) (answer FormAnswer, err error) {
	if err := d.Room(); err != nil {
		return FormAnswer{}, err
	}
	if err := d.keepAnsweredForm(ctx, f); err != nil {
		return FormAnswer{}, err
	}
	start := time.Now()
	if answer, err = d.checkForm(f); err != nil || !answer.Saved || answer.Again {
		return answer, err
	}
	err = d.at.Streams.Write(ctx, func(w *streams.Writer) error { // what is here may have changed since
		in, err := d.readForm(w.Tx, f)
		if err != nil {
			return err
		}
		if answer = in.answer(f.Accept); !answer.Saved {
			return errHeld
		}
		return in.write(w, &answer)
	})
	switch {
	case errors.Is(err, errHeld):
		return answer, nil
	case err != nil:
		return FormAnswer{}, fault.Wrap("save the form", err)
	case len(f.Parts) == 1:
		d.at.Saves.Add(time.Since(start))
	}
	return answer, nil
}

// errHeld ends a transaction that is not to write.
var errHeld = errors.New("the form is not to be saved")

// CheckForm says what SaveForm would, and writes nothing: Saved is false.
func (d *Desk) CheckForm(ctx context.Context, f Form) (FormAnswer, error) {
	answer, err := d.checkForm(f)
	if err == nil {
		err = fault.Wrap("check the form", ctx.Err())
	}
	answer.Saved = false
	for i := range answer.Parts {
		if p := &answer.Parts[i]; p.Result == Made && f.How.Run == "" {
			p.ID = ""
		}
	}
	return answer, err
}

// checkForm answers with Saved where the form may be written.
func (d *Desk) checkForm(f Form) (answer FormAnswer, err error) {
	if err := f.validate(); err != nil {
		return answer, err
	}
	err = d.at.Streams.View(func(tx *journal.Tx) error {
		in, err := d.readForm(tx, f)
		if err == nil {
			answer = in.answer(f.Accept)
		}
		return err
	})
	return answer, err
}

func (f *Form) validate() error {
	switch how := f.How; {
	case len(f.Parts) == 0:
		return fault.New(fault.Invalid, "the form has no parts")
	case len(f.Parts) > MaxParts:
		return fault.New(fault.Invalid, "the form has more than %d parts", MaxParts)
	case how.Named || how.Update || how.Void || how.Reason != "":
		return fault.New(fault.Invalid, "a form says in its parts what is changed or void")
	}
	for _, p := range f.Parts {
		if len(p.Item) > MaxLine {
			return fault.New(fault.Invalid, "a part of the form has more than %d KiB", MaxLine>>10)
		}
	}
	return nil
}
