// Package reconcile is the city's own step: every change that arrives is
// judged once, in the order of arrival; what is not in order is refused by a
// change of the city's, in its stream to the unit concerned; and the city
// signs how far it has recorded each stream. Verdicts, receipts and the place
// reached move in one transaction, so that sent is always applied and refused
// together, each change exactly once.
package reconcile

import (
	"context"
	"log/slog"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// Tables and cursor of this package, in the journal's file.
const (
	cursor       = "reconcile"
	ownerTable   = "reconcile.owner" // kind 0 id -> claim of the unit that holds the record
	atOnce       = 64                // arrivals in one transaction
	changesLimit = 4000
)

// Config of the step. All fields are needed.
type Config struct {
	Streams *streams.Streams
	Records *records.Store
	Members *members.Members
	Schema  *schema.Schema
	Device  change.DeviceID
	Now     func() time.Time
	Log     *slog.Logger
	// Dated hears the latest time a device's batch names; nil: nobody does.
	Dated func(d change.DeviceID, author change.UnitID, at int64)
}

// Reconciler is used by one goroutine.
type Reconciler struct{ cfg Config }

// New makes a reconciler.
func New(cfg Config) *Reconciler { return &Reconciler{cfg: cfg} }

// Run judges what arrives until the context ends. A full disk makes it wait
// for room; any other failure of the journal ends it.
func (r *Reconciler) Run(ctx context.Context) error {
	for {
		changed := r.cfg.Streams.Changed()
		more, err := r.Step(ctx)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // stopped on request
		case fault.Of(err) == fault.Full:
			r.cfg.Log.Error("no room to record what arrives", "reason", err.Error())
			if !wait(ctx, nil, time.Second) {
				return nil
			}
			continue
		case err != nil:
			return fault.Wrap("reconcile", err)
		}
		if !more && !wait(ctx, changed, 0) {
			return nil
		}
	}
}

// wait returns false when the context ended. Zero d waits for the channel
// alone.
func wait(ctx context.Context, changed <-chan struct{}, d time.Duration) bool {
	var timeout <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-changed:
	case <-timeout:
	}
	return true
}

// Settled reports whether all that has arrived is judged.
func Settled(tx *journal.Tx) (bool, error) {
	at, err := tx.Cursor(cursor)
	return at >= tx.LastArrival(), err
}

// Step judges the next arrivals and reports whether there may be more.
func (r *Reconciler) Step(ctx context.Context) (more bool, err error) {
	var todo []journal.Arrival
	err = r.cfg.Streams.View(func(tx *journal.Tx) error {
		at, err := tx.Cursor(cursor)
		if err != nil {
			return err
		}
		todo, err = tx.Arrivals(at, atOnce)
		return err
	})
	if err != nil || len(todo) == 0 {
		return false, err
	}
	if todo, err = r.skipOwn(ctx, todo); err != nil || len(todo) == 0 {
		return true, err
	}
	failpoint.Reach("reconcile.read")
	var done outcome
	err = r.cfg.Streams.Write(ctx, func(w *streams.Writer) error {
		done, err = r.judgeAll(w, todo)
		return err
	})
	if err != nil {
		return false, err
	}
	failpoint.Reach("reconcile.after")
	for _, f := range done.refused {
		r.cfg.Log.Warn("refused a change", "stream", f.at.Stream.String(), "seq", f.at.seq, "rule", f.rule)
	}
	return true, nil
}

// skipOwn drops leading arrivals that are what the city has just said: nothing
// is judged and nothing needs to be written for them until others follow.
func (r *Reconciler) skipOwn(ctx context.Context, todo []journal.Arrival) ([]journal.Arrival, error) {
	now, err := r.cfg.Streams.Incarnation()
	if err != nil {
		return nil, err
	}
	last := todo[len(todo)-1].No
	for i, a := range todo {
		if a.Stream.Device != r.cfg.Device || a.Stream.Incarnation != now {
			return todo[i:], nil
		}
	}
	return nil, r.cfg.Streams.Write(ctx, func(w *streams.Writer) error { return w.SetCursor(cursor, last) })
}
