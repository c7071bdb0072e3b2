package desk

import (
	"context"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// MaxCalled is how many records one Call is asked about.
const MaxCalled = 200

// Call says what people call each record: its name, what stands once in the unit, its
// own number, else its id; "" for one that is not here. No ID number is shown. Persons are in the audit log
// before it answers. It returns Invalid for more than MaxCalled records and for a kind
// that is not kept here.
func (d *Desk) Call(ctx context.Context, refs []Ref, by Asker) (called []string, err error) {
	if len(refs) > MaxCalled {
		return nil, fault.New(fault.Invalid, "at most %d records are called at once", MaxCalled)
	}
	looked := map[string][]change.RecordID{}
	for _, ref := range refs {
		if _, err := d.readableKind(ref.Kind); err != nil {
			return nil, err
		}
		looked[ref.Kind] = append(looked[ref.Kind], ref.ID)
	}
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		called = make([]string, len(refs))
		for i, ref := range refs {
			rec, err := d.at.Records.Get(tx, ref.Kind, ref.ID)
			if err != nil || rec == nil {
				if err != nil {
					return err
				}
				continue
			}
			if called[i], err = d.sayRecord(tx, ref.ID, ref.Kind, ref.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fault.Wrap("call the records", err)
	}
	for kind, ids := range looked {
		k, err := d.readableKind(kind)
		if err == nil {
			err = d.auditLook(ctx, audit.Get, k, ids, by, nil)
		}
		if err != nil {
			return nil, err
		}
	}
	return called, nil
}
