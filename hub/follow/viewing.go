package follow

import (
	"context"
	"fmt"
	"math"
	"time"

	"tongbu/hub/view"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// runView applies what was judged, or what arrives where nothing is judged,
// until the context ends. The view is only a copy: when it is damaged it is
// rebuilt, when the disk is full it waits.
func (f *Follower) runView(ctx context.Context) error {
	defer f.shared.decline()
	for {
		changed := f.news()
		more, err := f.applyNext(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case fault.Of(err) == fault.Full:
			f.cfg.Log.Error("no room for the view", "reason", err.Error())
			more, changed = false, nil
		case err != nil:
			return fault.Wrap("follow the journal", err)
		}
		if err != nil {
			f.shared.decline()
		}
		if !more && !f.rest(ctx, changed, f.orders.wake) {
			return nil
		}
	}
}

// news is closed when there may be more to apply.
func (f *Follower) news() <-chan struct{} {
	if f.cfg.Judge == nil {
		return f.cfg.Streams.Changed()
	}
	_, moved := f.judged.get()
	return moved
}

// applyNext does what was ordered, then applies the next portion. It reports
// whether there may be more. What fails is ordered still.
func (f *Follower) applyNext(ctx context.Context) (more bool, err error) {
	if err := f.obey(ctx); err != nil {
		return true, err
	}
	if !f.ready {
		return true, f.findWatermark(ctx)
	}
	next, err := f.nextPortion()
	if err != nil {
		return false, err
	}
	if err := f.cfg.Scarce(); err != nil {
		return false, err
	}
	if next.upTo == f.Applied() {
		return f.settle(ctx)
	}
	if err := f.dropIndexes(ctx, next); err != nil {
		return true, f.mend(ctx, err)
	}
	failpoint.Reach("follow.read")
	if err := f.apply(ctx, next); err != nil {
		return true, f.mend(ctx, err)
	}
	failpoint.Reach("follow.applied")
	f.applied.set(next.upTo)
	return true, nil
}

// findWatermark finds where the view stands. One that is ahead of the journal
// followed a journal that is no more.
func (f *Follower) findWatermark(ctx context.Context) error {
	applied, err := f.cfg.View.Applied(ctx)
	if err != nil {
		if err = f.mend(ctx, err); err == nil {
			f.ready = true
		}
		return err
	}
	last, err := f.lastArrival()
	if err != nil {
		return err
	}
	if applied > last {
		err = f.reset(ctx, "it is ahead of the journal")
	} else {
		f.applied.set(applied)
	}
	f.ready = err == nil
	return err
}

// reset empties the view. What cannot be done now is ordered still: a view that is
// damaged or old must not be applied to.
func (f *Follower) reset(ctx context.Context, why string) error {
	f.cfg.Log.Warn("the view is rebuilt", "reason", why)
	f.done.rebuilt()
	f.shared.decline()
	f.applied.set(0)
	f.made.Add(1)
	if err := f.cfg.View.Reset(ctx); err != nil {
		f.orders.stand(why)
		return err
	}
	f.orders.done(nil, true)
	return nil
}

// mend rebuilds a damaged view. When it is damaged again before it got further,
// the fault lies elsewhere and goes to the caller.
func (f *Follower) mend(ctx context.Context, err error) error {
	at := f.Applied() + 1
	if fault.Of(err) != fault.Damaged || f.broken >= at {
		return err
	}
	if err := f.reset(ctx, err.Error()); err != nil {
		return err
	}
	f.broken = at
	return nil
}

func (f *Follower) obey(ctx context.Context) error {
	if s := f.orders.nextSchema(); s != nil {
		if err := f.reshape(ctx, s); err != nil {
			return err
		}
	}
	t, rebuild := f.orders.get()
	if t == nil && rebuild == "" {
		return nil
	}
	f.shared.decline() // it takes long
	if rebuild != "" {
		if err := f.reset(ctx, rebuild); err != nil {
			return err
		}
	}
	if t != nil {
		if err := f.cfg.View.Retree(ctx, t); err != nil {
			return f.mend(ctx, err)
		}
		f.orders.done(t, false)
	}
	return nil
}

// reshape gives the view a schema. Tables that are made again hold nothing: it follows
// the journal from its beginning.
func (f *Follower) reshape(ctx context.Context, s *schema.Schema) error {
	f.shared.decline() // it may take long
	again, err := f.cfg.View.Reshape(ctx, s)
	if fault.Of(err) == fault.Damaged {
		if err = f.mend(ctx, err); err == nil {
			again, err = f.cfg.View.Reshape(ctx, s)
		}
	}
	if err != nil {
		return err
	}
	if again {
		f.cfg.Log.Warn("the view is rebuilt", "reason", "the city has published new questions")
		f.done.rebuilt()
		f.applied.set(0)
		f.made.Add(1)
	}
	f.orders.reshaped(s)
	return nil
}

// dropIndexes removes the indexes while the view is more than a third of the
// journal behind: to make them again then costs less than to keep them.
func (f *Follower) dropIndexes(ctx context.Context, next *portion) error {
	if len(next.changes) < f.bounds.view.changes*3/4 {
		return nil
	}
	last, err := f.lastArrival()
	if err != nil || 2*(last-next.from) < next.from {
		return err
	}
	return f.cfg.View.Unsettle(ctx)
}

// settle tells the view that it has come to the journal's end; one that waits for
// the judge has not, and would make its indexes for nothing. Then the records are
// judged for today, a part at a time. It reports whether there may be more: what
// came meanwhile, or another part.
func (f *Follower) settle(ctx context.Context) (more bool, err error) {
	if last, err := f.lastArrival(); err != nil || f.Applied() < last {
		return false, err
	}
	settled, err := f.cfg.View.Settled(ctx)
	if err == nil && !settled {
		f.shared.decline() // it makes the indexes, which takes long
		more, err = true, f.cfg.View.Settle(ctx)
	}
	if err == nil && !more && f.cfg.Today != nil {
		more, err = f.review(ctx)
	}
	if err != nil {
		return true, f.mend(ctx, err)
	}
	return more, nil
}

func (f *Follower) review(ctx context.Context) (more bool, err error) {
	day, err := f.cfg.Today()
	if err != nil {
		return false, err
	}
	return f.cfg.View.Review(ctx, day)
}

// AwaitApplied waits until the view holds what the journal held at the call,
// and brings it there when nobody else does. It returns Damaged when the view
// stands still.
func (f *Follower) AwaitApplied(ctx context.Context) error {
	last, err := f.lastArrival()
	if err != nil {
		return err
	}
	return f.awaitView(ctx, last, func() <-chan time.Time { return time.After(patience) })
}

// AwaitArrival waits until the view holds everything up to an arrival, however
// long that takes, and brings it there when nobody else does. It returns what
// the context says.
func (f *Follower) AwaitArrival(ctx context.Context, arrival uint64) error {
	return f.awaitView(ctx, arrival, func() <-chan time.Time { return nil })
}

// awaitView waits for the view to come to an arrival; late tells when it has
// stood still for too long.
func (f *Follower) awaitView(ctx context.Context, arrival uint64, late func() <-chan time.Time) error {
	for {
		select {
		case f.turn <- struct{}{}: // nobody works
			if over, err := f.work(ctx, f.applyNext); over || err != nil {
				return err
			}
		default:
		}
		applied, moved := f.applied.get()
		if applied >= arrival {
			return nil
		}
		select {
		case f.turn <- struct{}{}: // whoever worked has ended
			if over, err := f.work(ctx, f.applyNext); over || err != nil {
				return err
			}
		case <-ctx.Done():
			return fault.Wrap("wait for the view", ctx.Err())
		case <-moved:
		case <-late():
			return fault.New(fault.Damaged, "the view stands still at arrival %d of %d", applied, arrival)
		}
	}
}

// portion is what one step of the view applies.
type portion struct {
	from, upTo uint64 // arrivals
	changes    []view.Change
	err        error
}

// nextPortion comes from what was judged last, else from what was read ahead,
// else from the journal.
func (f *Follower) nextPortion() (*portion, error) {
	at, ahead := f.Applied(), f.ahead
	f.ahead = nil
	if ahead != nil && ahead.err == nil && ahead.from == at && ahead.upTo > at {
		return ahead, nil
	}
	next := f.readPortion(at)
	return next, next.err
}

// readPortion reads what follows a number. While it is judged what arrives, the
// view follows the judge: it is given what was opened for that, and is never
// ahead.
func (f *Follower) readPortion(from uint64) *portion {
	p := &portion{from: from, upTo: from}
	last := uint64(math.MaxUint64)
	var opened []*Opened
	if f.cfg.Judge != nil && f.running {
		if last, _ = f.judged.get(); from >= last {
			f.shared.want()
		}
		opened = f.shared.get(from, f.bounds.view)
	}
	if opened == nil {
		opened, p.err = f.read(from, last, f.bounds.view)
	}
	for _, o := range opened {
		if o.Err != nil {
			f.cfg.Log.Error("a signed batch cannot be read", "stream", o.Stream.String(), "first", fmt.Sprint(o.First))
		}
		p.changes = append(p.changes, o.Changes...)
		p.upTo = o.No
	}
	return p
}

// apply writes the portion; the next one is read meanwhile.
func (f *Follower) apply(ctx context.Context, next *portion) error {
	ahead := make(chan *portion, 1)
	go func() { ahead <- f.readPortion(next.upTo) }()
	start := time.Now()
	err := f.cfg.View.Apply(ctx, next.changes, next.upTo)
	if err == nil {
		f.done.apply.Since(start)
		f.done.count(next.changes, f.cfg.Known)
		if f.cfg.Applied != nil {
			f.cfg.Applied(next.changes)
		}
	}
	f.ahead = <-ahead
	return err
}
