package rows

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"tongbu/bench/peer"
	"tongbu/bench/table"
	"tongbu/bench/town"
	"tongbu/internal/slack"
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
	var pouch, derived float64
	var postgres pairs
	for range e.tries() {
		ours, withDerived, err := e.wholeOnce(ctx, s)
		if err != nil {
			return nil, err
		}
		e.WholeWay, derived = max(e.WholeWay, ours), max(derived, withDerived)
		postgres.add(ours, func() (float64, error) { return e.postgresOnce(ctx, leaves, each) })
		if found := e.pouchOnce(ctx); found.err == nil {
			pouch = max(pouch, perSecond(found.Docs, found.Bulk))
		}
	}
	const name = "changes over three hops until the city's view answers"
	entries := []table.Entry{postgres.entry(name, "PostgreSQL logical replication, one hop", 1, 0.9),
		table.Told("changes over three hops until the derived rows of all are right", derived, "changes/s").Beside("without derived rows", e.WholeWay).TimesAtLeast(0.5)}
	if pouch == 0 {
		return append(entries, table.Skip(name, "PouchDB", e.pouch.err)), nil
	}
	return append(entries, table.Told(name, e.WholeWay, "changes/s").Beside("PouchDB, one hop", pouch).TimesAtLeast(30)), nil
}

// paced gives the process the allowance that the program gives a hub, for the three
// that are in it, until stop.
func (e *Env) paced(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var over sync.WaitGroup
	over.Go(func() { _ = slack.Run(ctx, slack.Config{Allowance: 3 * slack.HubAllowance}) }) // it returns nil
	return func() {
		cancel()
		over.Wait()
	}
}

// pairs are measures that were taken in turn with those of a peer, which begins
// fresh each time: what slows the machine slows both halves of a pair.
type pairs struct {
	all []pair
	err error // why one has no other half
}

type pair struct{ ours, theirs float64 }

func (p pair) ratio() float64 { return p.ours / p.theirs }

func (p *pairs) add(ours float64, peer func() (float64, error)) {
	theirs, err := peer()
	if err != nil {
		p.err = err
		return
	}
	p.all = append(p.all, pair{ours, theirs})
}

// entry is the pair of the median ratio, which is to be times at least, and that
// of each pair floor.
func (p *pairs) entry(name, against string, times, floor float64) table.Entry {
	if len(p.all) == 0 || p.err != nil {
		return table.Skip(name, against, p.err)
	}
	slices.SortFunc(p.all, func(a, b pair) int { return cmp.Compare(a.ratio(), b.ratio()) })
	middle := p.all[len(p.all)/2]
	e := table.Told(name, middle.ours, "changes/s").Beside(against, middle.theirs).TimesAtLeast(times).
		With("the median of %d pairs, %s to %s", len(p.all), table.Number(p.all[0].ratio()), table.Number(p.all[len(p.all)-1].ratio()))
	e.Pass = e.Pass && p.all[0].ratio() >= floor
	return e
}

// wholeOnce returns how many changes a second it were until the city's view had them
// all, and until it had all the rows that are derived from them.
func (e *Env) wholeOnce(ctx context.Context, s *street) (there, derived float64, err error) {
	if err := s.Restore(); err != nil {
		return 0, 0, err
	}
	defer func() { _ = s.Stop() }()
	if err := s.open(ctx, append(s.hubs, s.City)...); err != nil {
		return 0, 0, err
	}
	for _, m := range s.hubs {
		if err := m.Linked(ctx); err != nil {
			return 0, 0, err
		}
	}
	var took time.Duration
	all := leaves * s.each
	defer e.paced(ctx)()
	err = e.profiled("whole-way", func() (err error) {
		took, err = s.deliver(ctx, func() (bool, error) {
			if !s.arrived() {
				return false, nil
			}
			if err := town.Pause(ctx, 20*time.Millisecond); err != nil { // the question takes from what is measured
				return false, err
			}
			n, err := countRows(s.City, "person")
			return n == all, err
		})
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	arrived := time.Now()
	err = e.profiled("derived", func() error { return s.derived(ctx, all) })
	e.Say("whole way: %d changes in %v, their derived rows %v later", all, took, time.Since(arrived))
	return perSecond(all, took), perSecond(all, took+time.Since(arrived)), err
}

// derived waits until each person has its row of facts at the city.
func (s *street) derived(ctx context.Context, persons int) error {
	return town.Until(ctx, 5*time.Minute, func() (bool, error) {
		if err := town.Pause(ctx, 20*time.Millisecond); err != nil {
			return false, err
		}
		n, err := countRows(s.City, "person_facts")
		return n == persons, err
	})
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
