package replica

import (
	"context"
	"encoding/json"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer"
)

// contactTable is device -> when it was last heard and what it was known to
// have written, in JSON: a hub that restarts still says since when a unit is
// silent, and what it owes.
const contactTable = "station.reach"

// disk is the pseudo-peer under which contacts are saved: Tell gives it what
// changed since the last time.
const disk = change.DeviceID("disk")

func (r *Replica) recallContacts(context.Context) error {
	var known []syncer.DeviceReach
	err := r.Journal.View(func(tx *journal.Tx) error {
		return tx.Table(contactTable).Ascend(nil, nil, func(_, raw []byte) error {
			var d syncer.DeviceReach
			if err := json.Unmarshal(raw, &d); err != nil {
				return fault.As(fault.Damaged, "read who was heard", err)
			}
			known = append(known, d)
			return nil
		})
	})
	r.Contact.Recall(known)
	return err
}

// saveContacts saves who was heard and what the parent acknowledged, at each beat
// and at the end.
func (r *Replica) saveContacts(ctx context.Context) error {
	beat := time.NewTicker(r.cfg.Beat)
	defer beat.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-beat.C:
		}
		if err := r.flush(context.WithoutCancel(ctx)); err != nil {
			r.Log.Warn("contacts could not be saved", "kind", fault.Of(err).String())
		}
	}
	return nil
}

func (r *Replica) flush(ctx context.Context) error {
	if err := r.Streams.Flush(ctx); err != nil || !r.cfg.Hub {
		return err
	}
	return r.writeContacts(ctx)
}

func (r *Replica) writeContacts(ctx context.Context) error {
	news := r.Contact.Tell(disk, false).Devices
	if len(news) == 0 {
		return nil
	}
	return r.Journal.Update(ctx, func(tx *journal.Tx) error {
		for _, d := range news {
			raw, err := json.Marshal(d)
			if err != nil {
				return fault.As(fault.Internal, "write who was heard", err)
			}
			if err := tx.Table(contactTable).Put([]byte(d.Peer.Device), raw); err != nil {
				return err
			}
		}
		return nil
	})
}
