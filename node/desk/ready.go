package desk

import (
	"context"
	"sync/atomic"
	"time"

	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// readyEvery is how often what pages stand on is looked after while somebody is there: of
// a new day too the rows are made before they are asked for.
const readyEvery = time.Minute

// readyTables are the kinds whose lists are asked for most.
var readyTables = []string{personKind, householdKind}

// attendance is when somebody was at the pages last.
type attendance struct {
	last atomic.Int64  // Unix milliseconds; 0: never
	back chan struct{} // has room for one: somebody has come when nobody was there
}

func newAttendance() *attendance { return &attendance{back: make(chan struct{}, 1)} }

// Attend says that somebody is at the pages: what they stand on is kept in memory.
func (d *Desk) Attend() {
	now := d.at.Now()
	if isAway(now, d.here.last.Swap(now.UnixMilli())) {
		select {
		case d.here.back <- struct{}{}:
		default: // it is known
		}
	}
}

func (d *Desk) isAttended() bool { return !isAway(d.at.Now(), d.here.last.Load()) }

func isAway(now time.Time, last int64) bool { return now.Sub(time.UnixMilli(last)) >= unusedTime }

// KeepReady makes what searches, lists and ledgers are answered from before anybody asks,
// as whoever opens the pages soon will, and keeps it while somebody is there, until the
// context ends. It works on one thing after another, so that it takes one processor at
// most, and nobody who asks waits for more than the one thing.
func (d *Desk) KeepReady(ctx context.Context) error {
	d.Attend()
	tick := time.NewTicker(readyEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.here.back:
			d.inTurn(ctx, d.readyDay, d.finder.ready, d.roll.ready, d.readyLists) // the page of the day comes first
		case <-tick.C:
			d.lookAfter(ctx)
		}
	}
}

// lookAfter brings what is kept up to date while somebody is there. What is not kept, as
// there was too much of it, is not made again: each look would read all records.
func (d *Desk) lookAfter(ctx context.Context) {
	if d.isAttended() {
		d.inTurn(ctx, d.finder.lookAfter, d.lookAfterDay)
	}
}

func (d *Desk) inTurn(ctx context.Context, steps ...func(context.Context) error) {
	for _, step := range steps {
		switch err := step(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil && fault.Of(err) != fault.Exhausted: // too much to keep: each question says so
			d.at.Log.Warn("pages cannot be made ready beforehand", "error", err)
		}
	}
}

// readyDay makes the derived rows of today, of which cards and forms are made too.
func (d *Desk) readyDay(ctx context.Context) error {
	return d.ofToday(func(k *schema.Kind, day string) error {
		_, _, err := d.kept.rows(ctx, k, day)
		return err
	})
}

func (d *Desk) lookAfterDay(ctx context.Context) error {
	return d.ofToday(func(k *schema.Kind, day string) error { return d.kept.lookAfter(ctx, k, day) })
}

func (d *Desk) ofToday(do func(k *schema.Kind, day string) error) error {
	k, known := d.at.Schema.Kind(facts.UnemployedLedger)
	if !known || d.at.IsHub() {
		return nil
	}
	day, err := d.at.Day()
	if err != nil {
		return err
	}
	return do(k, day)
}

func (d *Desk) readyLists(ctx context.Context) error {
	for _, name := range readyTables {
		k, known := d.at.Schema.Kind(name)
		if !known || k.Sort == schema.Derived {
			continue
		}
		if _, _, err := d.kept.rows(ctx, k, ""); err != nil {
			return err
		}
	}
	_, err := d.Counts(ctx)
	return err
}

// ready reads what is searched, as a search would.
func (f *finder) ready(ctx context.Context) error {
	return f.alone(ctx, func() error { return f.refresh(ctx) })
}

// lookAfter reads what has changed since, where what is searched is kept.
func (f *finder) lookAfter(ctx context.Context) error {
	return f.alone(ctx, func() error {
		if f.shelf == nil {
			return nil
		}
		return f.refresh(ctx)
	})
}

func (f *finder) alone(ctx context.Context, do func() error) error {
	if err := f.lock(ctx); err != nil {
		return err
	}
	defer f.unlock()
	return fault.Wrap("search", do())
}
