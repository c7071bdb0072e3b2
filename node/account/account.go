// Package account says each night what a directory holds of a unit, and holds what
// others have said against what is here. A figure that two tiers tell differently is
// either of other changes, and then says so, or somebody's error, and then is found.
package account

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/facts"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/node/replica"
)

// Books is what a directory can account for. It is safe for concurrent use.
type Books interface {
	// Units lists the units of which something may be held, in the order of the tree.
	Units() []change.UnitID
	// Account sums what is held of a unit, with its derived rows for a day.
	Account(ctx context.Context, unit change.UnitID, day string) (digest.Account, error)
	// Said calls fn with each record in which a device has said an account of a unit that
	// the directory knows of.
	Said(ctx context.Context, fn func(*merge.Record) error) error
}

// own are the books of a directory that keeps the records of its own unit: a node's.
type own struct{ at *replica.Replica }

// Own returns the books of a directory that keeps no view: of its unit, and of each that
// was merged into it.
func Own(at *replica.Replica) Books { return own{at} }

// Units implements Books. A hub keeps what it wrote itself, which is no account of its
// unit: others may have written of it too.
func (o own) Units() []change.UnitID {
	if o.at.IsHub() {
		return nil
	}
	return o.at.Units()
}

// Account implements Books, in one transaction.
func (o own) Account(ctx context.Context, unit change.UnitID, day string) (a digest.Account, err error) {
	s := o.at.Schema.Now()
	var m digest.Maker
	var published change.Hash
	err = o.at.Journal.View(func(tx *journal.Tx) error {
		for _, k := range s.Kinds() {
			if !digest.Counts(k) {
				continue
			}
			if err := o.addKind(ctx, tx, &m, k, unit); err != nil {
				return err
			}
		}
		book, err := o.at.Book(tx)
		if err != nil {
			return err
		}
		published = book.Published().DigestOf(func(by change.UnitID) bool { return o.at.LevelAt(unit)(by) > 0 })
		held, err := o.at.Holdings(tx, book, unit)
		if err != nil {
			return err
		}
		return held[0].Each(day, func(made facts.Rows) error {
			return errors.Join(m.AddRows(made), ctx.Err())
		})
	})
	if err != nil {
		return a, err
	}
	return m.Account(day, s.Version(), published)
}

func (o own) addKind(ctx context.Context, tx *journal.Tx, m *digest.Maker, k *schema.Kind, unit change.UnitID) error {
	var failed error
	holder := func(kind string, id change.RecordID) change.UnitID {
		unit, err := o.at.Records.HolderOf(tx, kind, id)
		failed = cmp.Or(failed, err)
		return unit
	}
	err := o.at.Records.Each(tx, k.Name, "", func(rec *merge.Record) error {
		by := change.UnitID(records.ValueOf(rec, "unit").Text())
		switch {
		case by == unit:
			if err := m.AddRecord(rec); err != nil {
				return err
			}
		case digest.SaidOf(k, rec, unit, holder) && o.at.LevelAt(unit)(by) > 0:
			m.AddSaid(rec)
		}
		return ctx.Err()
	})
	return cmp.Or(err, failed)
}

// Said implements Books: of its own units. What stands above has said of other units is of
// what is not held here.
func (o own) Said(ctx context.Context, fn func(*merge.Record) error) error {
	var all []*merge.Record
	err := o.at.Journal.View(func(tx *journal.Tx) error {
		return o.at.Records.Each(tx, Kind, "", func(rec *merge.Record) error {
			if slices.Contains(o.Units(), change.UnitID(rec.Value("of").Text())) {
				all = append(all, rec)
			}
			return ctx.Err()
		})
	})
	for i := 0; err == nil && i < len(all); i++ {
		err = fn(all[i])
	}
	return err
}
