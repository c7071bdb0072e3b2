// Package decide writes a hub's own changes of records that only its view holds:
// orders of the city about a person or a household. A node bases a change on the
// state that it keeps of the record; a hub keeps none of personal data, so it
// reads the record from its view, and only from a view that has all that the hub
// has written itself. So no two changes have one stream, record and count.
package decide

import (
	"context"
	"time"

	"tongbu/hub/view"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/task"
	"tongbu/syncer/streams"
)

// View is what deciding needs of a hub's view.
type View interface {
	// Snapshot returns a record, where its changes stand, refused ones too, and
	// the watermark of the same moment.
	Snapshot(ctx context.Context, kind string, id change.RecordID) (view.Snapshot, error)
}

// Config of a decider. All fields are needed.
type Config struct {
	Streams *streams.Streams
	Members *members.Members
	View    View
	// Await returns when the view's watermark has reached an arrival, however
	// long that takes, or when the context ends.
	Await func(ctx context.Context, arrival uint64) error
	Now   func() time.Time
}

// Decider is safe for concurrent use; it writes one change at a time.
type Decider struct {
	cfg  Config
	turn task.Turn // whoever has it decides
}

// New makes a decider.
func New(cfg Config) *Decider { return &Decider{cfg: cfg, turn: task.NewTurn()} }

// Order is a change of a record by the hub's own unit.
type Order struct {
	Kind   string
	ID     change.RecordID
	Fields map[string]change.Value
	Actor  string
}

// Written says where an order stands.
type Written struct {
	Stream change.Stream
	Seq    uint64
	Dot    change.Dot
}

// Write writes an order on all that the hub knows of the record, in its stream to
// the unit that holds it. It waits while the view is behind, rebuilt or away. It
// returns NotFound for a record that the view does not hold, Denied where this
// tier gives no orders, Invalid for fields that no change can have and for a record
// that an order would not be of, Full, and what the context says.
func (d *Decider) Write(ctx context.Context, o Order) (Written, error) {
	if err := access.Order(d.cfg.Members.Unit().Level); err != nil {
		return Written{}, err
	}
	done, err := d.turn.Take(ctx, "wait for an order before this one")
	if err != nil {
		return Written{}, err
	}
	defer done()
	for {
		written, overtaken, err := d.tryWrite(ctx, o)
		if err != nil || !overtaken {
			return written, fault.Wrap("write an order", err)
		}
	}
}

// tryWrite writes the order, unless the view was rebuilt before the record was
// read, or the hub has written something since.
func (d *Decider) tryWrite(ctx context.Context, o Order) (written Written, overtaken bool, err error) {
	last, err := d.lastArrival()
	if err != nil {
		return written, false, err
	}
	if err := d.cfg.Await(ctx, last); err != nil {
		return written, false, err
	}
	at, err := d.cfg.View.Snapshot(ctx, o.Kind, o.ID)
	switch {
	case err != nil:
		return written, false, err
	case at.Applied < last:
		return written, true, nil
	case at.Record == nil:
		return written, false, fault.New(fault.NotFound, "no such %s in the city", o.Kind)
	}
	c, err := d.draft(o, at)
	if err != nil {
		return written, false, err
	}
	err = d.cfg.Streams.Write(ctx, func(w *streams.Writer) error {
		if overtaken, err = d.wroteAfter(w, at.Applied); err != nil || overtaken {
			return err
		}
		own, err := w.Own(at.To)
		if err != nil {
			return err
		}
		if name, _ := access.Effect(c, own, d.cfg.Members.Unit().ID, d.cfg.Members.Unit().ID); name != o.ID {
			return fault.New(fault.Invalid, "an order cannot name this %s, whose id is one of before", o.Kind)
		}
		seq, err := records.Add(w.Tx, own, d.cfg.Members.Unit().ID, c)
		written = Written{Stream: own, Seq: seq, Dot: c.Dot(own)}
		return err
	})
	return written, overtaken, err
}

func (d *Decider) lastArrival() (no uint64, err error) {
	err = d.cfg.Streams.View(func(tx *journal.Tx) error {
		no = tx.LastArrival()
		return nil
	})
	return no, err
}

// draft makes the change on the record as the view has it. Its context covers
// also the changes of this device that were refused: they have left no trace in
// the record, but their counts are used up.
func (d *Decider) draft(o Order, at view.Snapshot) (*change.Change, error) {
	c := &change.Change{Kind: o.Kind, Record: o.ID.Written(), Fields: change.FieldsOf(o.Fields), Context: at.Record.Context(), Actor: o.Actor, At: d.cfg.Now().UnixMilli()}
	return c, d.cfg.Streams.View(func(tx *journal.Tx) error {
		for _, spot := range at.Spots {
			if spot.Stream.Device != d.cfg.Streams.Self().Device {
				continue
			}
			raw, err := tx.Change(spot.Stream, spot.Seq)
			if err != nil {
				return err
			}
			own, err := change.Decode(raw)
			if err != nil {
				return err
			}
			c.Context.Add(own.Dot(spot.Stream))
		}
		return nil
	})
}

// wroteAfter reports whether the hub has written anything after an arrival. What a
// hub writes is sealed in the transaction that writes it, so its arrivals are all
// that it has written.
func (d *Decider) wroteAfter(w *streams.Writer, arrival uint64) (bool, error) {
	own := d.cfg.Streams.Self().Device
	return journal.AnyArrival(w.Tx, arrival, func(a journal.Arrival) bool { return a.Stream.Device == own })
}
