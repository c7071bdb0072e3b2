package rows

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tongbu/bench/light"
	"tongbu/bench/people"
	"tongbu/bench/table"
	"tongbu/bench/town"
	"tongbu/hub"
	"tongbu/hub/reconcile"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/tree"
	"tongbu/node/operate"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// city is a city's directory that grows from row to row: first a person each
// change, then edits of them. It is closed between the rows.
type city struct {
	*town.Town
	authors []*author
	next    int // author whose turn it is
	held    int // changes in the journal
	each    int // persons of a community

	growth  []table.Entry // cost at each threshold that was passed
	rebuild table.Entry   // of the view
	derived table.Entry   // of the view, with what is made of its rows
}

// author is one community's device.
type author struct {
	*light.Source
	*people.Author
	persons []string // ids, in the order in which they were recorded
	edits   int      // of them so far
}

// grownCity is the city, grown to hold changes at least. Its first changes
// are in the view, which is made on the way.
func (e *Env) grownCity(ctx context.Context, changes int) (*city, error) {
	if e.city == nil {
		if err := e.foundCity(ctx); err != nil {
			return nil, err
		}
	}
	if err := e.city.grow(ctx, e, changes); err != nil {
		return nil, err
	}
	return e.city, nil
}

func (e *Env) foundCity(ctx context.Context) error {
	shape := town.Shape{Districts: 10, Streets: 5, Communities: 10}
	t, err := town.Found(ctx, e.path("city"), shape)
	if err != nil {
		return err
	}
	units := town.Level(t.Units, tree.Community)
	c := &city{Town: t, each: e.size(10_000, 500_000, 5_000_000) / len(units)}
	for _, u := range units {
		s, err := light.NewSource(t.Authority, t.City.Replica.Keys.Verifier(), u)
		if err != nil {
			return err
		}
		if err := t.City.Replica.Streams.Learn(ctx, s.Certificate()); err != nil {
			return err
		}
		c.authors = append(c.authors, &author{Source: s, Author: people.NewAuthor(s.Key, u.ID)})
	}
	if err := t.City.Close(); err != nil {
		return err
	}
	e.city = c
	if err := c.recordAll(ctx, e); err != nil {
		return err
	}
	return c.makeView(ctx, e)
}

// Communities join a hundred at a time, and what they have recorded comes in
// batches of some days' work.
const (
	joining = 100
	perDays = 100
)

// recordAll records every community's persons; the cost is measured as the
// first threshold is passed.
func (c *city) recordAll(ctx context.Context, e *Env) error {
	for from := 0; from < len(c.authors); from += joining {
		if at := c.thresholds(e); len(at) > 0 && len(at) == len(thresholds(e)) && c.held >= at[0] {
			if err := c.measure(ctx, e, at[0]); err != nil {
				return err
			}
		}
		if err := c.join(ctx, c.authors[from:min(from+joining, len(c.authors))]); err != nil {
			return err
		}
	}
	e.Say("city: %d changes", c.held)
	return c.judge(ctx)
}

// join has the authors record their persons, all of them day by day.
func (c *city) join(ctx context.Context, authors []*author) error {
	var days []arrival
	for _, a := range authors {
		batches, err := a.record(c.each, perDays)
		if err != nil {
			return err
		}
		days = append(days, arrival{a, batches})
	}
	for day := 0; day*perDays < c.each; day++ {
		for _, a := range days {
			if err := c.store(ctx, arrival{a.author, a.batches[day : day+1]}); err != nil {
				return err
			}
		}
	}
	return nil
}

// judge runs the city until it has judged all it holds.
func (c *city) judge(ctx context.Context) error {
	if err := c.open(ctx); err != nil {
		return err
	}
	if err := c.City.Run(ctx); err != nil {
		return err
	}
	return town.Until(ctx, 10*time.Minute, func() (settled bool, err error) {
		if err := town.Pause(ctx, 100*time.Millisecond); err != nil {
			return false, err
		}
		err = c.City.Replica.Journal.View(func(tx *journal.Tx) error {
			at, err := reconcile.New(reconcile.Config{}).Cursor(tx)
			settled = at >= tx.LastArrival()
			return err
		})
		return settled, err
	})
}

// record makes the batches in which the author's persons are first recorded.
func (a *author) record(n, per int) ([]*change.Batch, error) {
	persons := people.In(a.Unit, n)
	for _, p := range persons {
		a.persons = append(a.persons, p.ID)
	}
	encoded, err := people.Encode(persons)
	if err != nil {
		return nil, err
	}
	return a.Seal(encoded, per)
}

// edit makes a batch of edits of the author's persons.
func (a *author) edit(n int) ([]*change.Batch, error) {
	changes, err := people.Edits(a.persons, a.Stream, a.edits, n)
	if err != nil {
		return nil, err
	}
	a.edits += n
	return a.Seal(changes, n)
}

// arrival is batches of one author.
type arrival struct {
	*author
	batches []*change.Batch
}

// store has the city store batches that came over a link from the author.
func (c *city) store(ctx context.Context, a arrival) error {
	if err := c.open(ctx); err != nil {
		return err
	}
	for _, b := range a.batches {
		c.held += int(b.Count)
	}
	return c.append(ctx, a)
}

func (c *city) open(ctx context.Context) error {
	if c.City.Replica != nil {
		return nil
	}
	return c.City.Open(ctx)
}

// append may be called by several goroutines.
func (c *city) append(ctx context.Context, a arrival) error {
	sealed, _ := people.Batches(a.batches)
	from := streams.Sender{Peer: syncer.Peer{Unit: a.Unit.ID, Device: a.Device()}}
	results, err := c.City.Replica.Streams.Append(ctx, from, sealed)
	if err != nil {
		return err
	}
	for _, r := range results {
		if r.Outcome != syncer.Kept {
			return fmt.Errorf("the city did not keep a batch: %s", r.Reason)
		}
	}
	return nil
}

// grow appends edits until the journal holds changes, and closes the city.
// The next batch is made while the last one is stored.
func (c *city) grow(ctx context.Context, e *Env, changes int) error {
	for c.held < changes {
		until := changes
		at := c.thresholds(e)
		if len(at) > 0 {
			until = min(changes, at[0])
		}
		if err := c.appendEdits(ctx, until); err != nil {
			return err
		}
		if len(at) > 0 && c.held >= at[0] {
			if err := c.measure(ctx, e, at[0]); err != nil {
				return err
			}
		}
	}
	e.Say("city: %d changes", c.held)
	return c.City.Close()
}

func (c *city) appendEdits(ctx context.Context, until int) error {
	type made struct {
		arrival
		err error
	}
	ready := make(chan made, 4)
	n := (until - c.held + perBatch - 1) / perBatch
	go func() {
		defer close(ready)
		for range n {
			a := c.nextAuthor()
			batches, err := a.edit(perBatch)
			ready <- made{arrival{a, batches}, err}
		}
	}()
	var failed error
	for m := range ready { // to the end: the maker would wait for a reader
		if failed == nil {
			failed = m.err
		}
		if failed == nil {
			failed = c.store(ctx, m.arrival)
		}
	}
	return failed
}

// nextAuthor is the author whose turn it is, of those that have recorded
// persons.
func (c *city) nextAuthor() *author {
	for {
		c.next++
		if a := c.authors[c.next%len(c.authors)]; a.persons != nil {
			return a
		}
	}
}

// makeView has the program make the view from the journal, and times it.
func (c *city) makeView(ctx context.Context, e *Env) error {
	if err := c.City.Close(); err != nil {
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.RemoveAll(filepath.Join(c.City.Dir, hub.ViewFile+suffix)); err != nil {
			return err
		}
	}
	start := time.Now()
	p, err := e.serve(c.City.Dir)
	if err != nil {
		return err
	}
	defer func() { _ = p.Stop() }()
	control, err := p.Dial(ctx)
	if err != nil {
		return err
	}
	defer control.Close()
	if err := counted(ctx, control, c.each*len(c.authors), 10*time.Minute); err != nil {
		return err
	}
	if err := settledView(ctx, control, 10*time.Minute); err != nil {
		return err
	}
	took := time.Since(start)
	if err := awaitView(ctx, control, 10*time.Minute, func(v operate.View) bool { return v.Reviewed != "" }); err != nil {
		return err
	}
	c.derived = table.Told("changes a second into a rebuilt view with its findings and derived rows", perSecond(c.held, time.Since(start)), "changes/s")
	c.rebuild = table.Told("changes a second into a rebuilt view", perSecond(c.held, took), "changes/s").AtLeast(40_000).
		With("%d changes", c.held)
	e.Say("city: view made in %v", took)
	return nil
}
