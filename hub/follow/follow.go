// Package follow is the one reader of a hub's arrivals: it opens each batch once
// and hands its changes to the judge, where there is one, and then to the view.
// Each has a cursor of its own: the judge's moves with its verdicts, the view's
// watermark with its rows.
package follow

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/journal"
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
}

// Follower brings judge and view up to the journal.
type Follower struct {
	cfg     Config
	shared  *shared
	judged  *position // how far all is judged; where nothing is, unused
	applied *position // the view's watermark
	orders  *orders
	running atomic.Bool // Run does the work

	// Of whoever steps the view, one at a time:
	ready  bool     // the watermark was read
	broken uint64   // the furthest step, from 1, at which the view proved damaged
	ahead  *portion // read while the one before was applied; nil: none
}

// New makes a follower.
func New(cfg Config) *Follower {
	return &Follower{cfg: cfg, shared: newShared(), judged: newPosition(), applied: newPosition(), orders: newOrders()}
}

// patience is how long a part may stand still while it is behind, before one who
// waits for it gives up.
const patience = 30 * time.Second

// Run follows until the context ends or a part fails.
func (f *Follower) Run(ctx context.Context) error {
	f.running.Store(true)
	defer f.running.Store(false)
	var tasks []task.Task
	if f.cfg.Judge != nil {
		tasks = append(tasks, f.runJudge)
	}
	if f.cfg.View != nil {
		tasks = append(tasks, f.runView)
	}
	return task.Run(ctx, tasks...)
}

// rest waits for news; without a channel of news for a second at most, for then
// it is time that helps. It reports false when the context ended.
func (f *Follower) rest(ctx context.Context, news, more <-chan struct{}) bool {
	var late <-chan time.Time
	if news == nil {
		timer := time.NewTimer(time.Second)
		defer timer.Stop()
		late = timer.C
	}
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

// Rebuild has the view rebuilt: the journal's history is another one.
func (f *Follower) Rebuild() { f.orders.rebuild() }

// Applied is the view's watermark.
func (f *Follower) Applied() uint64 {
	at, _ := f.applied.get()
	return at
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
