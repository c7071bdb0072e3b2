package desk

import (
	"context"
	"runtime/debug"
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
var readyTables = []string{personKind}

// attendance is when somebody was at the pages last.
type attendance struct {
	last atomic.Int64  // Unix milliseconds
	away atomic.Bool   // what was kept for them is forgotten
	back chan struct{} // has room for one: somebody has come when nobody was there
}

func newAttendance() *attendance { return &attendance{back: make(chan struct{}, 1)} }

// Attend says that somebody is at the pages: what they stand on is kept in memory.
func (d *Desk) Attend() {
	d.here.last.Store(d.at.Now().UnixMilli())
	if d.here.away.CompareAndSwap(true, false) {
		select {
		case d.here.back <- struct{}{}:
		default: // it is known
		}
	}
}

func (d *Desk) isAttended() bool {
	return d.at.Now().Sub(time.UnixMilli(d.here.last.Load())) < unusedTime
}

// KeepReady makes what searches, lists and ledgers are answered from before anybody asks,
// as whoever opens the pages soon will, and keeps it while somebody is there, until the
// context ends. It works on one thing after another, so that it takes one processor at
// most, and nobody who asks waits for more than the one thing.
func (d *Desk) KeepReady(ctx context.Context) error {
	d.Attend()
	tick := time.NewTicker(readyEvery)
	defer tick.Stop()
	for all := true; ; {
		d.makeReady(ctx, all)
		select {
		case <-ctx.Done():
			return nil
		case <-d.here.back:
			all = true
		case <-tick.C:
			all = false
		}
	}
}

// makeReady makes all that is kept for pages, or looks after what is there; after a time
// without anybody nothing.
func (d *Desk) makeReady(ctx context.Context, all bool) {
	if !d.isAttended() {
		d.here.away.Store(true)
		return
	}
	steps := []func(context.Context) error{d.finder.ready, d.readyDay}
	if all {
		steps = append(steps, d.roll.ready, d.readyLists)
	}
	for _, step := range steps {
		switch err := step(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil && fault.Of(err) != fault.Exhausted: // too much to keep: each question says so
			d.at.Log.Warn("pages cannot be made ready beforehand", "error", err)
		}
	}
	if all {
		debug.FreeOSMemory() // what reading took is several times what is kept
	}
}

// readyDay makes the derived rows of today, of which cards and forms are made too.
func (d *Desk) readyDay(ctx context.Context) error {
	k, known := d.at.Schema.Kind(facts.UnemployedLedger)
	if !known || d.at.IsHub() {
		return nil
	}
	day, err := d.at.Day()
	if err != nil {
		return err
	}
	_, _, err = d.kept.rows(ctx, k, day)
	return err
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
	if err := f.lock(ctx); err != nil {
		return err
	}
	defer f.unlock()
	f.used = f.at.Now()
	return fault.Wrap("search", f.refresh(ctx))
}
