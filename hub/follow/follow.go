// Package follow is the one reader of a hub's arrivals: it opens each batch once
// and hands its changes to the judge, where there is one, and then to the view.
// Each has a cursor of its own: the judge's moves with its verdicts, the view's
// watermark with its rows.
package follow

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
	"tongbu/internal/task"
	"tongbu/internal/tree"
	"tongbu/syncer/streams"
)

// Config of a follower.
type Config struct {
	Streams *streams.Streams
	Judge   Judge        // nil: nothing is judged here
	View    view.Keeper  // nil: a pure relay
	Scarce  func() error // Full while what room is left is kept for the journal
	Log     *slog.Logger

	// Today is the day of the network, YYYY-MM-DD, by which the view's records are
	// judged; nil: they are not.
	Today func() (string, error)

	// Applied is told of the changes that the view has applied, some perhaps again; it must
	// not wait. nil: nobody asks.
	Applied func([]view.Change)

	// Known reports a kind that the schema has; nil: all do.
	Known func(kind string) bool
}

// Follower brings judge and view up to the journal.
type Follower struct {
	cfg     Config
	bounds  bounds
	shared  *shared
	judged  *position     // how far all is judged; where nothing is, unused
	applied *position     // the view's watermark
	made    atomic.Uint64 // how often the view was emptied
	orders  *orders
	done    done

	claimed atomic.Bool   // Run has the turn or waits for it
	turn    chan struct{} // holds the one token of whoever works: Run, or one who waits while nobody runs

	// Of whoever has the turn:
	running bool     // it is Run
	ready   bool     // the watermark was read
	broken  uint64   // the furthest step, from 1, at which the view proved damaged
	ahead   *portion // read while the one before was applied; nil: none
}

// New makes a follower.
func New(cfg Config) *Follower {
	return &Follower{cfg: cfg, bounds: usual, shared: newShared(usual.view.changes), judged: newPosition(), applied: newPosition(), orders: newOrders(), turn: make(chan struct{}, 1)}
}

// patience is how long a part may stand still while it is behind, before one who
// waits for it gives up.
const patience = 30 * time.Second

// Run follows until the context ends or a part fails. Whoever works in its place
// leaves the rest to it.
func (f *Follower) Run(ctx context.Context) error {
	f.claimed.Store(true)
	defer f.claimed.Store(false)
	select {
	case <-ctx.Done():
		return nil
	case f.turn <- struct{}{}:
	}
	defer func() { <-f.turn }()
	f.running, f.ready = true, false
	defer func() { f.running = false }()
	var tasks []task.Task
	if f.cfg.Judge != nil {
		at, _, err := f.judgedAt() // the view follows the judge from the first step on
		if err != nil {
			return fault.Wrap("reconcile", err)
		}
		f.judged.set(at)
		tasks = append(tasks, f.runJudge)
	}
	if f.cfg.View != nil {
		tasks = append(tasks, f.runView)
	}
	return task.Run(ctx, tasks...)
}

// work steps until there is no more to do, and gives the turn back. It reports
// false when Run wants it before.
func (f *Follower) work(ctx context.Context, step func(context.Context) (more bool, err error)) (over bool, err error) {
	defer func() { <-f.turn }()
	f.ready = false
	for more := true; more; {
		if f.claimed.Load() {
			return false, nil
		}
		if more, err = step(ctx); err != nil {
			return false, err
		}
	}
	return true, nil
}

// dayLooked is how long a new day may go unseen where nothing arrives.
const dayLooked = 5 * time.Minute

// rest waits for news; without a channel of news for a second at most, for then
// it is time that helps. It reports false when the context ended.
func (f *Follower) rest(ctx context.Context, news, more <-chan struct{}) bool {
	timer := time.NewTimer(dayLooked)
	defer timer.Stop()
	if news == nil {
		timer.Reset(time.Second)
	}
	late := timer.C
	select {
	case <-ctx.Done():
		return false
	case <-news:
	case <-more:
	case <-late:
	}
	return true
}

// Retree has the view use another tree from the next step on.
func (f *Follower) Retree(t *tree.Tree) { f.orders.retree(t) }

// Reshape has the view use another schema from the next step on.
func (f *Follower) Reshape(s *schema.Schema) { f.orders.reshape(s) }

// Rebuild has the view rebuilt: the journal's history is another one.
func (f *Follower) Rebuild() { f.orders.rebuild("a stream's history gave way") }

// Resume takes the watermark from the view before anything runs: in a directory that
// nobody serves, all that the view holds would count as missing in it. A view that
// has to be mended first is left to Run.
func (f *Follower) Resume(ctx context.Context) error {
	applied, err := f.cfg.View.Applied(ctx)
	if fault.Of(err) == fault.Damaged {
		return nil
	}
	last, failed := f.lastArrival()
	if err = errors.Join(err, failed); err == nil && applied <= last {
		f.applied.set(applied)
	}
	return err
}

// Applied is the view's watermark.
func (f *Follower) Applied() uint64 {
	at, _ := f.applied.get()
	return at
}

// Steady returns a mark of how the view was made, which is another once it was emptied,
// and reports whether its rows change by what arrives alone: nothing is ordered. Who
// reads rows and finds the same before and after, with Applied read in between, has
// read what was applied.
func (f *Follower) Steady() (made uint64, steady bool) {
	steady = !f.orders.stands()
	return f.made.Load(), steady
}

// Moved returns what is closed when Applied is another.
func (f *Follower) Moved() <-chan struct{} {
	_, moved := f.applied.get()
	return moved
}

// Behind counts what is in the journal and not in the view: arrivals in all,
// and changes by the unit that made them.
func (f *Follower) Behind() (arrivals uint64, byUnit map[change.UnitID]uint64, err error) {
	byUnit = map[change.UnitID]uint64{}
	err = f.cfg.Streams.View(func(tx *journal.Tx) error {
		for at := f.Applied(); ; {
			list, err := tx.Arrivals(at, 1000)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, a := range list {
				arrivals++
				byUnit[a.Author] += a.Last - a.First + 1
				at = a.No
			}
		}
	})
	return arrivals, byUnit, err
}

// lastArrival is the newest of the journal.
func (f *Follower) lastArrival() (no uint64, err error) {
	err = f.cfg.Streams.View(func(tx *journal.Tx) error {
		no = tx.LastArrival()
		return nil
	})
	return no, err
}
