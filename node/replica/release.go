package replica

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/syncer/streams"
)

// releaseTable is transfer -> nothing: of these this device has not said yet that it has
// heard that its unit gave records away.
const releaseTable = "replica.release"

// noteRelease notes a word by which this unit gives a record away. From then on nobody here
// may write the record, so it may be said later: nothing comes in between.
func (r *Replica) noteRelease(tx *journal.Tx, c *change.Change) error {
	w, ok := system.CustodyIn(c)
	if !ok || w.Transfer == "" || w.From != r.Place.Unit {
		return nil
	}
	return tx.Table(releaseTable).Put([]byte(w.Transfer), nil)
}

// sayReleased says of each transfer that gave away records of this unit that this device has
// heard of it.
func (r *Replica) sayReleased(ctx context.Context) error {
	for {
		changed := r.Streams.Changed()
		if err := r.SayReleased(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// SayReleased says it now, of what is known.
func (r *Replica) SayReleased(ctx context.Context) error {
	due, err := r.released()
	if err != nil || len(due) == 0 {
		return err
	}
	err = r.Streams.Write(ctx, func(w *streams.Writer) error {
		own, err := w.Own(r.Place.Unit)
		if err != nil {
			return err
		}
		for _, transfer := range due {
			if err := r.sayReleasedOf(w, own, transfer); err != nil {
				return err
			}
		}
		return nil
	})
	if fault.Of(err) == fault.Full {
		r.Log.Warn("no room to say what was given away", "reason", err.Error())
		return nil
	}
	return fault.Wrap("say what was given away", err)
}

// sayReleasedOf says it of one transfer, where this device has not.
func (r *Replica) sayReleasedOf(w *streams.Writer, own change.Stream, transfer change.RecordID) error {
	id := system.ReleasedID(own.Device, transfer)
	said, err := r.Records.Get(w.Tx, system.ReleasedKind, id)
	if err == nil && said == nil {
		_, err = r.Records.Put(w.Tx, own, r.Place.Unit, records.Edit{Kind: system.ReleasedKind, ID: id, Fields: system.ReleasedFields(transfer), Actor: "program", At: r.Now().UnixMilli()})
	}
	if err != nil {
		return err
	}
	return w.Table(releaseTable).Delete([]byte(transfer))
}

// released are the transfers that are to be said.
func (r *Replica) released() (due []change.RecordID, err error) {
	err = r.Journal.View(func(tx *journal.Tx) error {
		return tx.Table(releaseTable).Ascend(nil, nil, func(key, _ []byte) error {
			due = append(due, change.RecordID(key))
			return nil
		})
	})
	return due, err
}
