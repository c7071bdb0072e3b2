package reports

import (
	"context"
	"crypto/sha256"
	"runtime"
	"slices"
	"sync/atomic"

	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/facts"
	"tongbu/internal/report"
	"tongbu/internal/task"
	"tongbu/internal/tree"
)

// days are those that a report counts on: its last, and the one before its period where
// something is counted from there; "" for none.
type days struct{ on, before string }

// sums are what is counted of a unit.
type sums struct{ on, before report.Parts }

// sum counts the rows of a unit; into takes in those of the last day, nil: nobody does.
func (d days) sum(h *facts.Holding, into *digest.Maker) (s sums, err error) {
	s = sums{report.Parts{}, report.Parts{}}
	err = h.Each(d.on, func(made facts.Rows) error {
		s.on.Add(made)
		if into == nil {
			return nil
		}
		return into.AddRows(made)
	})
	if err == nil && d.before != "" {
		err = h.Each(d.before, func(made facts.Rows) error {
			s.before.Add(made)
			return nil
		})
	}
	return s, err
}

// counted is what was counted of each unit, and the digest of what that is made of.
type counted struct {
	sums   sums
	digest change.Hash
}

// all counts the units, a few at a time.
func (c *counting) all(ctx context.Context, units []tree.Unit, d days) ([]counted, error) {
	made := make([]counted, len(units))
	var next atomic.Int64
	work := func(ctx context.Context) error {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(units) {
				return nil
			}
			var err error
			if made[i], err = c.one(ctx, units[i].ID, d); err != nil {
				return err
			}
		}
	}
	workers := make([]task.Task, max(1, runtime.GOMAXPROCS(0)))
	for i := range workers {
		workers[i] = work
	}
	return made, task.Run(ctx, workers...)
}

func (c *counting) one(ctx context.Context, unit change.UnitID, d days) (made counted, err error) {
	held, err := c.held(ctx, unit)
	if err != nil {
		return made, err
	}
	var of digest.Maker
	for _, r := range held {
		if err := of.AddRecord(r); err != nil {
			return made, err
		}
	}
	if made.sums, err = d.sum(c.holding(c.book, unit, held), &of); err != nil {
		return made, err
	}
	a, err := of.Account(d.on, c.schema.Version(), c.book.Published().Digest())
	made.digest = sha256.Sum256(slices.Concat(a.Position[:], a.RecordsHash[:], a.RowsHash[:]))
	return made, err
}
