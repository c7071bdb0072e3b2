package desk

import (
	"context"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/node/replica"
)

// Asker is who looks, for the audit log.
type Asker struct {
	Operator string
	Purpose  string // may be empty
}

// readable returns the kind if its records are kept here.
func (d *Desk) readable(name string) (*schema.Kind, error) {
	k, ok := d.at.Schema.Kind(name)
	if !ok {
		return nil, fault.New(fault.Invalid, "no such kind of record: %q", name)
	}
	if d.at.IsHub() && k.Personal {
		return nil, fault.New(fault.Invalid, "a hub keeps no %s records of its own", k.Name).WithHint("use tongbu query")
	}
	return k, nil
}

// Get returns a record. It returns NotFound when it is not here, Invalid for a
// kind that is not kept here, and what the audit log says: whoever sees a person
// stands in it.
func (d *Desk) Get(ctx context.Context, kind string, id change.RecordID, by Asker) (shown *Shown, err error) {
	k, err := d.readable(kind)
	if err != nil {
		return nil, err
	}
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		rec, err := d.at.Records.Get(tx, k.Name, id)
		if err == nil && rec == nil {
			err = fault.New(fault.NotFound, "no such %s here", k.Name)
		}
		if err != nil {
			return err
		}
		shown, err = d.show(tx, k, rec)
		return err
	})
	if err := d.seen(ctx, audit.Get, k, idsOf(shown), by, err); err != nil {
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

// listAtOnce is how many records one transaction of a list reads.
const listAtOnce = 500

// List tells the records of a kind that fit the filter (AIP-160; empty: all),
// void ones only when the filter asks about them, by id. It returns what tell
// does, what Get does, and Invalid for a wrong filter.
func (d *Desk) List(ctx context.Context, kind, where string, by Asker, tell func(*Shown) error) error {
	k, err := d.readable(kind)
	if err != nil {
		return err
	}
	expr, err := filter.Parse(k, where)
	if err != nil {
		return err
	}
	for from, more := change.RecordID(""), true; more; {
		var page []*Shown
		if page, from, more, err = d.page(k, expr, from); err != nil {
			return err
		}
		if err := d.seen(ctx, audit.List, k, idsOf(page...), by, nil); err != nil {
			return err
		}
		for _, shown := range page {
			if err := tell(shown); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return fault.Wrap("list", err)
		}
	}
	return nil
}

func (d *Desk) page(k *schema.Kind, expr *filter.Expr, from change.RecordID) (page []*Shown, next change.RecordID, more bool, err error) {
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		n := 0
		return d.at.Records.Each(tx, k.Name, from, func(rec *merge.Record) error {
			if n++; n > listAtOnce {
				next, more = rec.ID(), true
				return journal.ErrStop
			}
			if !d.fits(expr, rec) {
				return nil
			}
			shown, err := d.show(tx, k, rec)
			page = append(page, shown)
			return err
		})
	})
	return page, next, more, err
}

func (d *Desk) fits(expr *filter.Expr, rec *merge.Record) bool {
	values := rec.Values()
	values["id"] = change.Text(string(rec.ID()))
	d.addTiers(values, change.UnitID(rec.Value("unit").Text()))
	return (!rec.Void() || expr.Names("valid")) && expr.Match(values)
}

// seen audits what is about to be shown, and returns the outcome.
func (d *Desk) seen(ctx context.Context, act audit.Act, k *schema.Kind, ids []change.RecordID, by Asker, outcome error) error {
	if !k.Personal {
		return outcome
	}
	up := replica.LookUp{Records: ids, Entry: audit.Entry{Device: d.at.Keys.Device(), Unit: d.at.Place.Unit, Operator: by.Operator,
		Purpose: by.Purpose, Act: act, Kind: k.Name, Count: len(ids), Outcome: fault.Of(outcome).String()}}
	if err := d.at.Lookups.Append(ctx, up); err != nil {
		return err
	}
	return outcome
}
