package desk

import (
	"cmp"
	"context"
	"sync"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
	"tongbu/node/replica"
)

// Asker is who looks, as the audit log names them.
type Asker struct {
	Operator string
	Purpose  string // may be empty
}

// readableKind returns the kind if its records are kept here.
func (d *Desk) readableKind(name string) (*schema.Kind, error) {
	k, ok := d.at.Schema.Kind(name)
	if !ok {
		return nil, fault.New(fault.Invalid, "no such kind of record: %q", name).WithHint("kinds: %s", d.kindNames())
	}
	if d.at.IsHub() && (k.Personal || k.Sort == schema.Derived) {
		return nil, fault.New(fault.Invalid, "a hub keeps no %s records of its own", k.Name).WithHint("use tongbu query")
	}
	return k, nil
}

// Get returns a record. It returns NotFound when it is not here, Invalid for a
// kind that is not kept here, and what the audit log returns: each look-up of a
// person is in it before it is answered.
func (d *Desk) Get(ctx context.Context, kind string, id change.RecordID, by Asker) (shown *Shown, err error) {
	k, err := d.readableKind(kind)
	if err != nil {
		return nil, err
	}
	if k.Sort == schema.Derived {
		return d.getDerived(ctx, k, id, by)
	}
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		name, err := d.nameOf(tx, k.Name, id)
		if err != nil {
			return err
		}
		rec, err := d.at.Records.Get(tx, k.Name, name)
		if err == nil && rec == nil {
			if shown, err = d.onlyLost(tx, k, name); err == nil && shown == nil {
				err = d.notHere(tx, k, name)
			}
			return err
		}
		if err != nil {
			return err
		}
		if shown, err = d.showRecord(tx, k, rec); err != nil {
			return err
		}
		shown.Version = versionOf(rec)
		return d.addFindings(tx, k, rec, shown)
	})
	if err := d.auditLook(ctx, audit.Get, k, idsOf(shown), by, err); err != nil {
		return nil, err
	}
	return shown, nil
}

func idsOf(shown ...*Shown) []change.RecordID {
	var ids []change.RecordID
	for _, s := range shown {
		if s != nil {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// auditLook writes what is about to be shown into the audit log, and returns the
// outcome.
func (d *Desk) auditLook(ctx context.Context, act audit.Act, k *schema.Kind, ids []change.RecordID, by Asker, outcome error) error {
	return d.auditAsked(ctx, act, k, "", ids, by, outcome)
}

// auditLooks is auditLook of records of several kinds, all together: the entries are one
// write to the disk.
func (d *Desk) auditLooks(ctx context.Context, act audit.Act, shown map[string][]change.RecordID, by Asker) error {
	var kinds []*schema.Kind
	for name, ids := range shown {
		switch k, known := d.at.Schema.Kind(name); {
		case !known:
			return fault.New(fault.Internal, "no such kind of record: %q", name)
		case len(ids) > 0:
			kinds = append(kinds, k)
		}
	}
	errs := make([]error, len(kinds))
	var all sync.WaitGroup
	for i, k := range kinds {
		all.Go(func() { errs[i] = d.auditLook(ctx, act, k, shown[k.Name], by, nil) })
	}
	all.Wait()
	return cmp.Or(errs...)
}

// auditAsked is auditLook of what was asked by a filter.
func (d *Desk) auditAsked(ctx context.Context, act audit.Act, k *schema.Kind, where string, ids []change.RecordID, by Asker, outcome error) error {
	if !k.Personal {
		return outcome
	}
	up := replica.LookUp{Records: ids, Entry: audit.Entry{Device: d.at.Keys.Device(), Unit: d.at.Place.Unit, Operator: by.Operator,
		Purpose: by.Purpose, Act: act, Kind: k.Name, Filter: where, Count: len(ids), Outcome: fault.Of(outcome).String()}}
	if err := d.at.Lookups.Append(ctx, up); err != nil {
		return err
	}
	return outcome
}
