package replica

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/system"
	"tongbu/syncer/contact"
)

// contactTable is device -> when it was last heard and what it was known to
// have written, in JSON: a hub that restarts still says since when a unit is
// silent, and what it owes.
const contactTable = "station.reach"

// registry is what the table of contacts asks of the members.
type registry struct{ *members.Members }

// Place implements contact.Registry.
func (r registry) Place(id change.DeviceID) (contact.Place, bool) {
	d, ok := r.Device(id)
	return contact.Place{Unit: d.Unit, Enrolled: d.Enrolled, Revoked: d.State == system.Revoked}, ok
}

// forgetAtOnce is how many devices one transaction forgets: a journal of before
// may hold hundreds of thousands that nobody admitted.
const forgetAtOnce = 10_000

// recallContacts reads who was heard, and forgets for good whom the registry does
// not know.
func (r *Replica) recallContacts(ctx context.Context) error {
	var unknown [][]byte
	err := r.Journal.View(func(tx *journal.Tx) error {
		return tx.Table(contactTable).Ascend(nil, nil, func(key, raw []byte) error {
			var d contact.Saved
			if err := json.Unmarshal(raw, &d); err != nil {
				return fault.As(fault.Damaged, "read who was heard", err)
			}
			if !r.Contact.Recall(d) {
				unknown = append(unknown, bytes.Clone(key))
			}
			return nil
		})
	})
	if err != nil || len(unknown) == 0 {
		return err
	}
	r.Log.Warn("contacts of devices that nobody admitted are forgotten", "count", len(unknown))
	for keys := range slices.Chunk(unknown, forgetAtOnce) {
		err := r.Journal.Update(ctx, func(tx *journal.Tx) error {
			for _, key := range keys {
				if err := tx.Table(contactTable).Delete(key); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fault.Wrap("forget contacts", err)
		}
	}
	return nil
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
	changed, gone, now := r.Contact.Unsaved(r.saved)
	if len(changed)+len(gone) == 0 {
		return nil
	}
	err := r.Journal.Update(ctx, func(tx *journal.Tx) error {
		for _, d := range changed {
			raw, err := json.Marshal(d)
			if err != nil {
				return fault.As(fault.Internal, "write who was heard", err)
			}
			if err := tx.Table(contactTable).Put([]byte(d.Peer.Device), raw); err != nil {
				return err
			}
		}
		for _, id := range gone {
			if err := tx.Table(contactTable).Delete([]byte(id)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		r.saved = now
	}
	return err
}
