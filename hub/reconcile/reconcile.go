// Package reconcile is the city's own step: every change that arrives is
// judged once, in the order of arrival; what is not in order is refused by a
// change of the city's, in its stream to the unit concerned; and the city
// signs how far it has recorded each stream. Verdicts, receipts and the place
// reached move in one transaction, so that sent is always applied and refused
// together, each change exactly once.
package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/registry"
	"tongbu/internal/schema"
	"tongbu/syncer/custody"
)

// Tables and cursor of this package, in the journal's file.
const (
	cursor       = "reconcile"
	ownerTable   = "reconcile.owner" // kind 0 id -> unit that holds the record
	atOnce       = 64                // arrivals in one transaction
	changesLimit = 4000
)

// Config of the step. All fields are needed.
type Config struct {
	Custody  *custody.Custody
	Records  *records.Store
	Registry *registry.Registry
	Schema   *schema.Schema
	Device   change.DeviceID
	Now      func() time.Time
	Log      *slog.Logger
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
		changed := r.cfg.Custody.Changed()
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
	err = r.cfg.Custody.View(func(tx *journal.Tx) error {
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
	err = r.cfg.Custody.Write(ctx, func(w *custody.Writer) error {
		done, err = r.judgeAll(w, todo)
		return err
	})
	if err != nil {
		return false, err
	}
	failpoint.Reach("reconcile.after")
	for _, f := range done.refused {
		r.cfg.Log.Warn("refused a change", "stream", f.stream.String(), "seq", f.seq, "rule", f.rule)
	}
	return true, nil
}

// skipOwn drops leading arrivals that are what the city has just said: nothing
// is judged and nothing needs to be written for them until others follow.
func (r *Reconciler) skipOwn(ctx context.Context, todo []journal.Arrival) ([]journal.Arrival, error) {
	now, err := r.cfg.Custody.Incarnation()
	if err != nil {
		return nil, err
	}
	last := todo[len(todo)-1].No
	for i, a := range todo {
		if a.Stream.Device != r.cfg.Device || a.Stream.Incarnation != now {
			return todo[i:], nil
		}
	}
	return nil, r.cfg.Custody.Write(ctx, func(w *custody.Writer) error { return w.SetCursor(cursor, last) })
}

// outcome is what one transaction did; it is told once that is on the disk.
type outcome struct {
	marks   map[change.Stream]change.Mark // how far streams are recorded now
	refused []refused
}

type refused struct {
	stream change.Stream
	verdict
}

// judgeAll takes arrivals up to the limit of one transaction.
func (r *Reconciler) judgeAll(w *custody.Writer, todo []journal.Arrival) (outcome, error) {
	out := outcome{marks: map[change.Stream]change.Mark{}}
	changes, last := 0, uint64(0)
	for _, a := range todo {
		n := int(a.Last - a.First + 1)
		if last > 0 && changes+n > changesLimit {
			break
		}
		if err := r.heed(w, a, &out); err != nil {
			return out, err
		}
		changes, last = changes+n, a.No
	}
	failpoint.Reach("reconcile.judged")
	if err := r.sign(w, out.marks); err != nil {
		return out, err
	}
	failpoint.Reach("reconcile.signed")
	err := w.SetCursor(cursor, last)
	failpoint.Reach("reconcile.moved")
	return out, err
}

// heed judges what others say, and recalls what the city itself had said before
// it was put back.
func (r *Reconciler) heed(w *custody.Writer, a journal.Arrival, out *outcome) error {
	if a.Stream.Device != r.cfg.Device {
		return r.judge(w, a, out)
	}
	own, err := w.Own(a.Stream.Audience)
	if err != nil || own.Incarnation == a.Stream.Incarnation {
		return err
	}
	return r.recall(w, a)
}

// judge weighs the changes of one batch. One that nobody can read is refused
// as a whole, by its first change.
func (r *Reconciler) judge(w *custody.Writer, a journal.Arrival, out *outcome) error {
	batches, err := w.Batches(a.Stream, a.First-1, 1)
	if err != nil {
		return err
	}
	if len(batches) == 0 || batches[0].First != a.First {
		return fault.New(fault.Damaged, "batch %d of stream %s is not in the journal", a.First, a.Stream)
	}
	b := batches[0]
	out.marks[a.Stream] = b.End()
	changes, err := b.Changes()
	if err != nil {
		return r.refuse(w, a, out, verdict{seq: b.First, rule: "unreadable", message: "the batch cannot be read; none of it has effect"})
	}
	if r.cfg.Dated != nil {
		r.cfg.Dated(a.Stream.Device, a.Author, latest(changes))
	}
	for i, c := range changes {
		if known, err := recalled(w, a.Stream, b.First+uint64(i)); known || err != nil {
			if err != nil {
				return err
			}
			continue // refused before the city was put back
		}
		v, err := r.weigh(w, a, b.First+uint64(i), c)
		if err == nil && v.rule != "" {
			err = r.refuse(w, a, out, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// latest is the latest time that the changes were entered at.
func latest(changes []*change.Change) (at int64) {
	for _, c := range changes {
		at = max(at, c.At)
	}
	return at
}

// refuse writes the city's refusal of a change into its stream to the unit
// that made it.
func (r *Reconciler) refuse(w *custody.Writer, a journal.Arrival, out *outcome, v verdict) error {
	own, err := w.Own(a.Author)
	if err != nil {
		return err
	}
	fields := map[string]change.Value{
		"stream": change.Text(a.Stream.String()), "seq": change.Int(int64(v.seq)), "rule": change.Text(v.rule), "message": change.Text(v.message),
		"kind": change.Text(v.kind), "record": change.Text(string(v.record)), "count": change.Int(int64(v.count)),
		"unit": change.Text(string(a.Author)),
	}
	out.refused = append(out.refused, refused{stream: a.Stream, verdict: v})
	if v.rule == ruleCustodian {
		if err := contest(w, a.No, v, RefusalID(a.Stream, v.seq), a.Author); err != nil {
			return err
		}
	}
	edit := records.Edit{Kind: records.RefusalKind, ID: RefusalID(a.Stream, v.seq), Fields: fields, Actor: "city", At: r.cfg.Now().UnixMilli()}
	_, err = r.cfg.Records.Put(w.Tx, own, r.cfg.Registry.Unit().ID, edit)
	return err
}

// RefusalID names the refusal of the change at a place: one place, one
// refusal, however often it is judged. It has change.MaxRecordID bytes at most.
func RefusalID(in change.Stream, seq uint64) change.RecordID {
	return change.RecordID(fmt.Sprintf("%s-%d-%s-%d", in.Device, in.Incarnation, in.Audience, seq))
}

func (r *Reconciler) sign(w *custody.Writer, marks map[change.Stream]change.Mark) error {
	for s, m := range marks {
		if err := w.Record(s, m); err != nil {
			return err
		}
	}
	return nil
}
