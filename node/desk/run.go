package desk

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
)

// validate checks what people say of an input as a whole.
func (how Saving) validate() error {
	if !how.Named {
		return nil
	}
	if err := checkNumber(change.PlainNumber(how.Run)); err != nil {
		return fault.New(fault.Invalid, "the name of the run is no use: %s", err).WithHint("use letters and digits, as in survey-2026-11")
	}
	return nil
}

// checkLine compares the line of a run that people named with the record that was
// made of it: two inputs under one name would be taken for one.
func (c *checker) checkLine(e *entry, drawn draft) error {
	if !c.how.Named {
		return nil
	}
	same, err := c.saidBefore(c.tx, e, drawn)
	if err != nil || same {
		return err
	}
	return fault.New(fault.Invalid, "this line of the run says something else than when it was put before").
		WithHint("a corrected or another input is a run of its own: give it another --run, and only the lines that are not in")
}

// saidBefore reports whether a change of the record says what an entry does.
func (s *saver) saidBefore(tx *journal.Tx, e *entry, drawn draft) (bool, error) {
	past, err := s.at.Records.History(tx, s.kind.Name, e.name)
	if err != nil {
		return false, err
	}
	given := slices.DeleteFunc(change.FieldsOf(drawn.values), func(set change.Field) bool {
		_, copied := drawn.copied[set.Name]
		return set.Value.IsNull() || copied
	})
	for _, p := range past {
		said := slices.DeleteFunc(slices.Clone(p.Change.Fields), func(set change.Field) bool { // what the program filled in
			f, known := s.kind.Field(set.Name)
			return known && (f.IsCopied() || f.FromID != "") && !given.Has(set.Name)
		})
		if said.Equal(given) {
			return true, nil
		}
	}
	return false, nil
}

// voidObject is what voids the record that an object names.
func (s *saver) voidObject(object map[string]any) map[string]any {
	reason := any(s.how.Reason)
	if given, said := object[schema.VoidReason]; said && s.how.Reason == "" {
		reason = given
	}
	return map[string]any{"valid": "0", schema.VoidReason: reason}
}
