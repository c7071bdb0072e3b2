package hub

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/tree"
	"tongbu/syncer/custody"
)

// Bounds of one step of a follower.
const (
	followArrivals = 64
	followChanges  = 4000
)

// follower brings the view up to the journal, in the order of arrival.
type follower struct {
	custody *custody.Custody
	view    view.View
	log     *slog.Logger

	mu      sync.Mutex // guards all below
	applied uint64
	tree    *tree.Tree // to be given to the view; nil: nothing new
	renew   bool       // the view is to be made anew
}

// retree has the view use another tree from the next step on.
func (f *follower) retree(t *tree.Tree) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tree = t
}

// Run follows until the context ends. The view is only a copy: when it is
// damaged it is made anew, when the disk is full it waits.
func (f *follower) Run(ctx context.Context) error {
	if err := f.begin(ctx); err != nil {
		return fault.Wrap("open the view", err)
	}
	for {
		changed := f.custody.Changed()
		more, err := f.step(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case fault.Of(err) == fault.Damaged:
			err = f.again(ctx, err)
		case fault.Of(err) == fault.Full:
			f.log.Error("no room for the view", "reason", err.Error())
			changed, err = nil, nil
		}
		if err != nil {
			return fault.Wrap("follow the journal", err)
		}
		if !more && !rest(ctx, changed) {
			return nil
		}
	}
}

// begin finds where the view stands. One that is ahead of the journal followed
// a journal that is no more.
func (f *follower) begin(ctx context.Context) error {
	applied, err := f.view.Applied(ctx)
	if err != nil {
		return err
	}
	var last uint64
	err = f.custody.View(func(tx *journal.Tx) error {
		last = tx.LastArrival()
		return nil
	})
	if err != nil {
		return err
	}
	if applied > last {
		return f.again(ctx, fault.New(fault.Damaged, "the view is ahead of the journal"))
	}
	f.note(applied)
	return nil
}

func (f *follower) again(ctx context.Context, why error) error {
	f.log.Warn("the view is made anew", "reason", why.Error())
	f.note(0)
	return f.view.Reset(ctx)
}

// rest waits for news, a second at most when there is no channel to wait for.
func rest(ctx context.Context, changed <-chan struct{}) bool {
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
	case <-late:
	}
	return true
}

func (f *follower) step(ctx context.Context) (more bool, err error) {
	if f.renewing() {
		return true, f.again(ctx, fault.New(fault.Forked, "a stream's history gave way"))
	}
	if err := f.giveTree(ctx); err != nil {
		return false, err
	}
	changes, upTo, err := f.read()
	if err != nil || upTo == f.at() {
		return false, err
	}
	if err := f.view.Apply(ctx, changes, upTo); err != nil {
		return false, err
	}
	f.note(upTo)
	return true, nil
}

func (f *follower) giveTree(ctx context.Context) error {
	f.mu.Lock()
	t := f.tree
	f.tree = nil
	f.mu.Unlock()
	if t == nil {
		return nil
	}
	return f.view.Retree(ctx, t)
}

func (f *follower) at() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.applied
}

func (f *follower) note(applied uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.applied = applied
}

// read takes the next arrivals of the journal, with their changes.
func (f *follower) read() (changes []view.Change, upTo uint64, err error) {
	upTo = f.at()
	err = f.custody.View(func(tx *journal.Tx) error {
		arrivals, err := tx.Arrivals(upTo, followArrivals)
		if err != nil {
			return err
		}
		for _, a := range arrivals {
			if len(changes) >= followChanges {
				return nil
			}
			got, err := f.open(tx, a)
			if err != nil {
				return err
			}
			changes = append(changes, got...)
			upTo = a.No
		}
		return nil
	})
	return changes, upTo, err
}

// open reads a batch's changes. One that cannot be read has no effect and
// blocks nothing: the city has refused it by name.
func (f *follower) open(tx *journal.Tx, a journal.Arrival) ([]view.Change, error) {
	batches, err := tx.Batches(a.Stream, a.First-1, 1)
	if err != nil {
		return nil, err
	}
	if len(batches) == 0 || batches[0].First != a.First {
		return nil, fault.New(fault.Internal, "batch %d of stream %s is not in the journal", a.First, a.Stream)
	}
	decoded, err := batches[0].Changes()
	if err != nil {
		f.log.Error("a signed batch cannot be read", "stream", a.Stream.String(), "first", fmt.Sprint(a.First))
		return nil, nil //nolint:nilerr // logged; the batch stays in the journal
	}
	changes := make([]view.Change, len(decoded))
	for i, c := range decoded {
		changes[i] = view.Change{Arrival: a.No, Stream: a.Stream, Seq: a.First + uint64(i), Author: a.Author, Change: c}
	}
	return changes, nil
}

// behind counts what is in the journal and not in the view: arrivals in all,
// and changes by the unit that made them.
func (f *follower) behind() (arrivals uint64, byUnit map[change.UnitID]uint64, err error) {
	byUnit = map[change.UnitID]uint64{}
	err = f.custody.View(func(tx *journal.Tx) error {
		for at := f.at(); ; {
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

// restart has the view made anew: the journal's history is another one.
func (f *follower) restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.renew = true
}

func (f *follower) renewing() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	renew := f.renew
	f.renew = false
	return renew
}
