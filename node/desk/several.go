package desk

import (
	"context"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
)

// MaxSeveral is how many records Several shows at most.
const MaxSeveral = 200

// Said is a record with what people call it: of an event whom it is about. No ID number
// is in it.
type Said struct {
	*Shown
	Called string
	Home   *Home // of a person who lives in a household that is here
}

// Several shows the records of a kind with these ids, in their order, and leaves out
// those that are not here. Whom it shows is in the audit log before it returns. It
// returns Invalid for too many and for a kind that is not kept here.
func (d *Desk) Several(ctx context.Context, kind string, ids []change.RecordID, by Asker) ([]Said, error) {
	return d.several(ctx, kind, ids, false, by)
}

// Judged is Several with what the rules find in each record.
func (d *Desk) Judged(ctx context.Context, kind string, ids []change.RecordID, by Asker) ([]Said, error) {
	return d.several(ctx, kind, ids, true, by)
}

func (d *Desk) several(ctx context.Context, kind string, ids []change.RecordID, judged bool, by Asker) ([]Said, error) {
	k, err := d.readableKind(kind)
	if err == nil && k.Sort == schema.Derived {
		err = fault.New(fault.Invalid, "rows of %s are no records", k.Name)
	}
	if err == nil && len(ids) > MaxSeveral {
		err = fault.New(fault.Invalid, "too many records at once: at most %d", MaxSeveral)
	}
	if err != nil {
		return nil, err
	}
	var all []Said
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		var j *judge
		n := &near{}
		if judged {
			if j, n, err = d.judgeIn(tx, k, len(ids)); err != nil {
				return err
			}
		}
		all = nil
		for _, id := range ids {
			said, err := d.sayOne(tx, k, id, j)
			if err != nil {
				return err
			}
			if said.Shown != nil {
				all = append(all, said)
			}
		}
		return n.err
	})
	if err != nil {
		return nil, fault.Wrap("show records", err)
	}
	looked := make([]change.RecordID, len(all))
	for i, said := range all {
		looked[i] = said.ID
	}
	return all, d.auditLook(ctx, audit.List, k, looked, by, nil)
}

func (d *Desk) sayOne(tx *journal.Tx, k *schema.Kind, id change.RecordID, j *judge) (said Said, err error) {
	rec, err := d.at.Records.Get(tx, k.Name, id)
	switch {
	case err != nil:
		return said, err
	case rec == nil:
		if said.Shown, err = d.onlyLost(tx, k, id); err != nil || said.Shown == nil {
			return said, err
		}
		said.Called = d.sayLost(k, said.Refused)
		return said, nil
	}
	if said.Shown, err = d.showRecord(tx, k, rec); err != nil {
		return said, err
	}
	if j != nil {
		said.Shown.addFindings(j, rec)
	}
	if said.Home, err = d.homeOf(tx, k, rec); err != nil {
		return said, err
	}
	said.Called, err = d.callRecent(tx, enteredHere{kind: k, id: id, change: &change.Change{}})
	return said, err
}

// sayLost is what people call a record of which nothing stands: by the name that was
// typed.
func (d *Desk) sayLost(k *schema.Kind, lost []Lost) string {
	for i := len(lost) - 1; i >= 0; i-- {
		if text, said := lost[i].Fields[nameField(k)].(string); said && text != "" {
			return schema.MaskIDNumbers(text)
		}
	}
	return k.Label.Zh
}
