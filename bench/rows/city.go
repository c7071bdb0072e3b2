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
	"tongbu/internal/change"
	"tongbu/internal/tree"
	"tongbu/syncer"
	"tongbu/syncer/custody"
)

// city is a city's directory that grows from row to row: first a person each
// change, then edits of them. It is closed between the rows.
type city struct {
	*town.Town
	authors []*author
	edits   [][]byte // of which the later batches are made
	next    int      // author whose turn it is
	held    int      // changes in the journal
	each    int      // persons of a community

	growth  []table.Entry // cost at each threshold that was passed
	rebuild table.Entry   // of the view
}

// author is one community's device.
type author struct {
	*light.Source
	*people.Author
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
		s, err := light.NewSource(t.Authority, t.City.Station.Keys.Verifier(), u)
		if err != nil {
			return err
		}
		if err := t.City.Station.Custody.Learn(ctx, s.Certificate()); err != nil {
			return err
		}
		c.authors = append(c.authors, &author{s, people.NewAuthor(s.Key, u.ID)})
	}
	if err := t.City.Close(); err != nil {
		return err
	}
	e.city = c
	if err := c.settle(ctx, e); err != nil {
		return err
	}
	return c.makeView(ctx, e)
}

// settle records every community's persons.
func (c *city) settle(ctx context.Context, e *Env) error {
	first := c.authors[0]
	var err error
	if c.edits, err = people.Edits(people.In(first.Unit, c.each), first.Stream, 20*perBatch); err != nil {
		return err
	}
	at := c.thresholds(e)
	for _, a := range c.authors {
		encoded, err := people.Encode(people.In(a.Unit, c.each), a.Unit.ID)
		if err != nil {
			return err
		}
		batches, err := a.Seal(encoded, perBatch)
		if err != nil {
			return err
		}
		if err := c.take(ctx, arrival{a, batches}); err != nil {
			return err
		}
		if at, err = c.passed(ctx, e, at); err != nil {
			return err
		}
	}
	e.Say("city: %d changes", c.held)
	return nil
}

// arrival is batches of one author.
type arrival struct {
	*author
	batches []*change.Batch
}

// take has the city store batches that came over a link from the author.
func (c *city) take(ctx context.Context, a arrival) error {
	if c.City.Station == nil {
		if err := c.City.Open(ctx); err != nil {
			return err
		}
	}
	for _, b := range a.batches {
		c.held += int(b.Count)
	}
	return c.append(ctx, a)
}

// append may be called by several goroutines.
func (c *city) append(ctx context.Context, a arrival) error {
	sealed, _ := people.Batches(a.batches)
	from := custody.Sender{Peer: syncer.Peer{Unit: a.Unit.ID, Device: a.Device()}}
	results, err := c.City.Station.Custody.Append(ctx, from, sealed)
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
func (c *city) grow(ctx context.Context, e *Env, changes int) error {
	at := c.thresholds(e)
	for c.held < changes {
		a := c.authors[c.next%len(c.authors)]
		from := c.next % (len(c.edits) / perBatch) * perBatch
		c.next++
		batches, err := a.Seal(c.edits[from:from+perBatch], perBatch)
		if err != nil {
			return err
		}
		if err := c.take(ctx, arrival{a, batches}); err != nil {
			return err
		}
		if at, err = c.passed(ctx, e, at); err != nil {
			return err
		}
	}
	e.Say("city: %d changes", c.held)
	return c.City.Close()
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
	defer func() { _ = p.stop() }()
	control, err := p.dial(ctx)
	if err != nil {
		return err
	}
	defer control.Close()
	if err := p.caughtUp(ctx, control, 10*time.Minute); err != nil {
		return err
	}
	took := time.Since(start)
	all := c.each * len(c.authors)
	if n, err := persons(ctx, control); err != nil || n != all {
		return missing(n, all, err)
	}
	c.rebuild = table.Told("changes a second into a view made anew", perSecond(c.held, took), "changes/s").AtLeast(80_000).
		With("%d changes", c.held)
	e.Say("city: view made in %v", took)
	return nil
}
