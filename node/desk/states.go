package desk

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// Ref names a record.
type Ref struct {
	Kind string
	ID   change.RecordID
}

// MaxStates is how many records one call of States is asked about.
const MaxStates = 200

// States says how far each record has come, as Shown has it; "" for one that is not
// here. It says nothing of what is in them, so the audit log has none of it. It returns
// Invalid for more than MaxStates.
func (d *Desk) States(refs []Ref) ([]string, error) {
	if len(refs) > MaxStates {
		return nil, fault.New(fault.Invalid, "too many records at once: at most %d", MaxStates)
	}
	states := make([]string, len(refs))
	err := d.at.Journal.View(func(tx *journal.Tx) error {
		for i, ref := range refs {
			state, err := d.stateOf(tx, ref)
			if err != nil {
				return err
			}
			states[i] = state
		}
		return nil
	})
	return states, err
}

// stateOf is refused where a change of the record has no effect until it is put right.
func (d *Desk) stateOf(tx *journal.Tx, ref Ref) (string, error) {
	k, known := d.at.Schema.Kind(ref.Kind)
	if !known || ref.ID.Validate() != nil {
		return "", nil //nolint:nilerr // no record can have it
	}
	lost, err := d.showLost(tx, k, ref.ID)
	if err != nil {
		return "", err
	}
	if len(lost) > 0 {
		return Refused, nil
	}
	rec, err := d.at.Records.Get(tx, k.Name, ref.ID)
	if err != nil || rec == nil {
		return "", err
	}
	return d.recordState(tx, rec)
}
