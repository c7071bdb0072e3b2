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

	"tongbu/hub/follow"
	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// Tables and cursor of this package, in the journal's file.
const (
	cursor     = "reconcile"
	ownerTable = "reconcile.owner" // kind 0 id -> claim of the unit that holds the record
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

var _ follow.Judge = (*Reconciler)(nil)

// New makes a reconciler.
func New(cfg Config) *Reconciler { return &Reconciler{cfg: cfg} }

// Cursor implements follow.Judge.
func (r *Reconciler) Cursor(tx *journal.Tx) (uint64, error) { return tx.Cursor(cursor) }

// Judge implements follow.Judge. What the city itself has just said needs no
// verdict: of such batches alone only the cursor moves.
func (r *Reconciler) Judge(ctx context.Context, todo []*follow.Opened) error {
	last := todo[len(todo)-1].No
	todo, err := r.skipOwn(todo)
	if err != nil {
		return err
	}
	var done outcome
	err = r.cfg.Streams.Write(ctx, func(w *streams.Writer) error {
		if len(todo) == 0 {
			return w.SetCursor(cursor, last)
		}
		done, err = r.judgeAll(w, todo)
		return err
	})
	if err != nil {
		return err
	}
	failpoint.Reach("reconcile.after")
	for _, f := range done.refused {
		r.cfg.Log.Warn("refused a change", "stream", f.at.Stream.String(), "seq", f.at.seq, "rule", f.rule)
	}
	return nil
}

// skipOwn drops leading batches that the city has said in this incarnation.
func (r *Reconciler) skipOwn(todo []*follow.Opened) ([]*follow.Opened, error) {
	now, err := r.cfg.Streams.Incarnation()
	if err != nil {
		return nil, err
	}
	for i, o := range todo {
		if o.Stream.Device != r.cfg.Device || o.Stream.Incarnation != now {
			return todo[i:], nil
		}
	}
	return nil, nil
}
