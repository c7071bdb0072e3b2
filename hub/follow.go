package hub

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tongbu/hub/view"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/tree"
	"tongbu/syncer/streams"
)

// Bounds of one step of a follower.
const (
	followArrivals = 256
	followChanges  = 8000
)

// follower brings the view up to the journal, in the order of arrival.
type follower struct {
	streams *streams.Streams
	view    view.View
	log     *slog.Logger
	scarce  func() error  // Full while what room is left is kept for the journal
	wake    chan struct{} // one token: there is something else to do
	broken  uint64        // the furthest step, from 1, at which the view proved damaged; of who steps
	next    *portion      // read ahead; of who steps

	mu      sync.Mutex // guards all below
	applied uint64
	moved   chan struct{} // closed when applied changes
	tree    *tree.Tree    // to be given to the view; nil: nothing new
	renew   bool          // the view is to be made anew
}

func newFollower(c *streams.Streams, v view.View, scarce func() error, log *slog.Logger) *follower {
	return &follower{streams: c, view: v, scarce: scarce, log: log, wake: make(chan struct{}, 1), moved: make(chan struct{})}
}

// retree has the view use another tree from the next step on.
func (f *follower) retree(t *tree.Tree) {
	f.mu.Lock()
	f.tree = t
	f.mu.Unlock()
	f.rouse()
}

// restart has the view made anew: the journal's history is another one.
func (f *follower) restart() {
	f.mu.Lock()
	f.renew = true
	f.mu.Unlock()
	f.rouse()
}

func (f *follower) rouse() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Run follows until the context ends. The view is only a copy: when it is
// damaged it is made anew, when the disk is full it waits.
func (f *follower) Run(ctx context.Context) error {
	for next := f.begin; ; {
		changed := f.streams.Changed()
		more, err := next(ctx)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // stopped on request
		case fault.Of(err) == fault.Full:
			f.log.Error("no room for the view", "reason", err.Error())
			more, changed = false, nil
		case err != nil:
			return fault.Wrap("follow the journal", err)
		default:
			next = f.step
		}
		if !more && !f.rest(ctx, changed) {
			return nil
		}
	}
}

// begin finds where the view stands. One that is ahead of the journal followed
// a journal that is no more.
func (f *follower) begin(ctx context.Context) (more bool, err error) {
	applied, err := f.view.Applied(ctx)
	if err != nil {
		return true, f.mend(ctx, err)
	}
	last, err := f.last()
	if err != nil {
		return false, err
	}
	if applied > last {
		return true, f.again(ctx, "it is ahead of the journal")
	}
	f.note(applied)
	return true, nil
}

// last is the newest arrival of the journal.
func (f *follower) last() (no uint64, err error) {
	err = f.streams.View(func(tx *journal.Tx) error {
		no = tx.LastArrival()
		return nil
	})
	return no, err
}

func (f *follower) again(ctx context.Context, why string) error {
	f.log.Warn("the view is made anew", "reason", why)
	f.note(0)
	return f.view.Reset(ctx)
}

// mend makes a damaged view anew. When it is damaged again before it got
// further, the fault lies elsewhere and goes to the caller.
func (f *follower) mend(ctx context.Context, err error) error {
	at := f.at() + 1
	if fault.Of(err) != fault.Damaged || f.broken >= at {
		return err
	}
	f.broken = at
	return f.again(ctx, err.Error())
}

// rest waits for news, a second at most when there is no channel to wait for.
func (f *follower) rest(ctx context.Context, changed <-chan struct{}) bool {
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	late := timer.C
	if changed != nil {
		late = nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-changed:
	case <-f.wake:
	case <-late:
	}
	return true
}

// step does what was asked for, then takes the next arrivals. What fails is
// asked for still.
func (f *follower) step(ctx context.Context) (more bool, err error) {
	t, renew := f.asked()
	if renew {
		if err := f.again(ctx, "a stream's history gave way"); err != nil {
			return false, err
		}
	}
	if t != nil {
		if err := f.view.Retree(ctx, t); err != nil {
			return true, f.mend(ctx, err)
		}
	}
	f.done(t, renew)
	next := f.ready()
	if next.err != nil {
		return false, next.err
	}
	if err := f.scarce(); err != nil {
		return false, err
	}
	if next.upTo == f.at() {
		return false, f.settle(ctx)
	}
	if err := f.hurry(ctx, next); err != nil {
		return true, f.mend(ctx, err)
	}
	failpoint.Reach("follow.read")
	ahead := make(chan *portion, 1)
	go func() { ahead <- f.read(next.upTo) }()
	err = f.view.Apply(ctx, next.changes, next.upTo)
	f.next = <-ahead
	if err != nil {
		return true, f.mend(ctx, err)
	}
	failpoint.Reach("follow.applied")
	f.note(next.upTo)
	return true, nil
}

// hurry has the view do without its indexes while a third of the journal or
// more lies ahead of it: to make them again then costs less than to keep them.
func (f *follower) hurry(ctx context.Context, next *portion) error {
	if len(next.changes) < followChanges {
		return nil
	}
	last, err := f.last()
	if err != nil || 2*(last-next.from) < next.from {
		return err
	}
	return f.view.Unsettle(ctx)
}

// ready is the portion read ahead, or one read now when there is none: an empty
// one was read before the news that this step is for.
func (f *follower) ready() *portion {
	next := f.next
	f.next = nil
	if next == nil || next.err != nil || next.from != f.at() || next.upTo == next.from {
		return f.read(f.at())
	}
	return next
}

// settle tells the view that it has come to the journal's end.
func (f *follower) settle(ctx context.Context) error {
	if err := f.view.Settle(ctx); err != nil {
		return f.mend(ctx, err)
	}
	return nil
}

func (f *follower) asked() (t *tree.Tree, renew bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tree, f.renew
}

// done forgets what was asked for, but not what was asked since.
func (f *follower) done(t *tree.Tree, renew bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tree == t {
		f.tree = nil
	}
	if renew {
		f.renew = false
	}
}

func (f *follower) at() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.applied
}

func (f *follower) note(applied uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.applied != applied {
		f.applied = applied
		close(f.moved)
		f.moved = make(chan struct{})
	}
}

// standing is where the view stands, and a channel that is closed when it
// stands elsewhere.
func (f *follower) standing() (applied uint64, moved <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.applied, f.moved
}
