package rows

import (
	"context"
	"time"

	"tongbu/bench/peer"
	"tongbu/bench/table"
)

// WholeWay measures from ten communities over street and district to the
// city, until the city's view answers with all persons. PostgreSQL replicates
// the same rows over one hop, PouchDB the same documents.
func WholeWay(ctx context.Context, e *Env) ([]table.Entry, error) {
	each := e.size(300, 5000, 20_000)
	s, err := newStreet(ctx, e, "whole", leaves, each, true)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Remove() }()
	var ours, pouch float64
	var postgres best
	for range e.tries() {
		ours = max(ours, e.wholeOnce(ctx, s, &err))
		if err != nil {
			return nil, err
		}
		postgres.try(func() (float64, error) { return e.postgresOnce(ctx, leaves, each) })
		if found := e.pouchOnce(ctx); found.err == nil {
			pouch = max(pouch, perSecond(found.Docs, found.Bulk))
		}
	}
	e.WholeWay = ours
	entry := table.Told("changes over three hops until the city's view answers", ours, "changes/s")
	entries := []table.Entry{postgres.entry(entry, "PostgreSQL logical replication, one hop", 1)}
	if pouch == 0 {
		return append(entries, table.Skip(entry.Name, "PouchDB", e.pouch.err)), nil
	}
	return append(entries, entry.Beside("PouchDB, one hop", pouch).TimesAtLeast(15)), nil
}

// best keeps the highest of several tries, or why there was none.
type best struct {
	value float64
	err   error
}

func (b *best) try(fn func() (float64, error)) {
	got, err := fn()
	if err != nil {
		b.err = err
		return
	}
	b.value = max(b.value, got)
}

// entry compares with the best, times at least, or says why not.
func (b *best) entry(e table.Entry, against string, times float64) table.Entry {
	if b.value == 0 {
		return table.Skip(e.Name, against, b.err)
	}
	return e.Beside(against, b.value).TimesAtLeast(times)
}

func (e *Env) wholeOnce(ctx context.Context, s *street, failed *error) float64 {
	if *failed != nil {
		return 0
	}
	var took time.Duration
	all := leaves * s.each
	*failed = func() (err error) {
		if err := s.Restore(); err != nil {
			return err
		}
		defer func() { _ = s.Stop() }()
		if err := s.open(ctx, append(s.hubs, s.City)...); err != nil {
			return err
		}
		for _, m := range s.hubs {
			if err := m.Linked(ctx); err != nil {
				return err
			}
		}
		err = e.profiled("whole-way", func() (err error) {
			took, err = s.deliver(ctx, func() (bool, error) {
				if arrivalsAt(s.City) < all {
					return false, nil
				}
				if err := pause(ctx, 20*time.Millisecond); err != nil { // the question takes from what is measured
					return false, err
				}
				return viewCaughtUp(s.City)
			})
			return err
		})
		if err != nil {
			return err
		}
		if n, err := countPersons(s.City); err != nil || n != all {
			return wrongCount(n, all, err)
		}
		return nil
	}()
	e.Say("whole way: %d changes in %v", all, took)
	return perSecond(all, took)
}

func (e *Env) postgresOnce(ctx context.Context, n, each int) (float64, error) {
	p, err := peer.StartPostgres(ctx, e.path("postgres"))
	if err != nil {
		return 0, err
	}
	defer func() { _ = p.Close() }()
	took, err := p.Replicate(ctx, cells(n, each, peer.Columns), perBatch)
	e.Say("postgres: %d rows in %v %v", n*each, took, err)
	return perSecond(n*each, took), err
}
