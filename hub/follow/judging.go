package follow

import (
	"context"
	"time"

	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// Judge judges every change once, in the order of arrival.
type Judge interface {
	// Cursor returns the arrival up to which all is judged.
	Cursor(tx *journal.Tx) (uint64, error)
	// Judge judges batches, the first of which follows the cursor, and moves
	// the cursor behind the last, all in one transaction. It may be called
	// again with the same after a failure. It keeps nothing of its argument, and
	// changes of it at most which changes are marked as refused.
	// Full means that there is no room; any other failure is the journal's.
	Judge(ctx context.Context, batches []*Opened) error
}

// runJudge judges what arrives until the context ends. A full disk makes it
// wait for room; any other failure of the journal ends it.
func (f *Follower) runJudge(ctx context.Context) error {
	for {
		changed := f.cfg.Streams.Changed()
		more, err := f.judgeNext(ctx)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // stopped on request
		case fault.Of(err) == fault.Full:
			f.cfg.Log.Error("no room to record what arrives", "reason", err.Error())
			changed = nil
		case err != nil:
			return fault.Wrap("reconcile", err)
		}
		if !more && !f.rest(ctx, changed, nil) {
			return nil
		}
	}
}

// judgeNext judges the next arrivals and reports whether there may be more.
func (f *Follower) judgeNext(ctx context.Context) (more bool, err error) {
	at, last, err := f.judgedAt()
	if err != nil {
		return false, err
	}
	f.judged.set(at)
	if at >= last {
		return false, nil
	}
	portion, err := f.read(at, last, f.bounds.judge)
	if err != nil || len(portion) == 0 {
		return false, err
	}
	failpoint.Reach("reconcile.read")
	if err := f.cfg.Judge.Judge(ctx, portion); err != nil {
		return false, err
	}
	last = portion[len(portion)-1].No
	if last > f.Applied() { // a view that followed the journal before there was a judge is ahead
		f.shared.put(ctx, portion)
	}
	f.judged.set(last)
	return true, nil
}

// judgedAt is where the judge stands, and the newest arrival.
func (f *Follower) judgedAt() (at, last uint64, err error) {
	err = f.cfg.Streams.View(func(tx *journal.Tx) (err error) {
		last = tx.LastArrival()
		at, err = f.cfg.Judge.Cursor(tx)
		return err
	})
	return at, last, err
}

// AwaitJudged returns when all that had arrived at the call is judged; where
// nothing is judged, at once. While the follower does not run, it judges here.
// While it does, it waits for a time only and returns nil then too: whoever needs
// receipts gets them later.
func (f *Follower) AwaitJudged(ctx context.Context) error {
	if f.cfg.Judge == nil {
		return nil
	}
	at, last, err := f.judgedAt()
	if err != nil {
		return err
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for at < last {
		var moved <-chan struct{}
		if at, moved = f.judged.get(); at >= last {
			break
		}
		select {
		case f.turn <- struct{}{}:
			if over, err := f.work(ctx, f.judgeNext); over || err != nil {
				return err
			}
		case <-ctx.Done():
			return fault.Wrap("wait for the city's judgement", ctx.Err())
		case <-limit.C:
			return nil
		case <-moved:
		}
	}
	return nil
}
