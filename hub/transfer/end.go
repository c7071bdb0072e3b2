package transfer

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// returnLate returns the offers that nobody has answered in time.
func (k *Keeper) returnLate(ctx context.Context) error {
	day, err := k.cfg.Today()
	if err != nil {
		return err
	}
	all, err := k.read()
	for name, t := range all {
		if err == nil && t.State == offered && t.Due < day {
			err = k.decide(ctx, name, returned, "")
		}
	}
	return err
}

// read reads all transfers, by name.
func (k *Keeper) read() (all map[change.RecordID]*Transfer, err error) {
	err = k.cfg.Streams.View(func(tx *journal.Tx) error {
		all, err = k.readIn(tx)
		return err
	})
	return all, err
}

func (k *Keeper) get(name change.RecordID) (t *Transfer, err error) {
	err = k.cfg.Streams.View(func(tx *journal.Tx) error {
		t, err = k.getIn(tx, name)
		return err
	})
	return t, err
}

// getIn reads one transfer; nil: there is none of the name.
func (k *Keeper) getIn(tx *journal.Tx, name change.RecordID) (*Transfer, error) {
	all := map[change.RecordID]*Transfer{}
	for _, side := range []string{giver, taker} {
		r, err := k.cfg.Records.Get(tx, schema.Transfer, k.idOf(name, side))
		if err != nil {
			return nil, err
		}
		if r != nil {
			add(all, r)
		}
	}
	return all[name], nil
}

// decide ends an open transfer that moves nothing.
func (k *Keeper) decide(ctx context.Context, name change.RecordID, state, opinion string) error {
	day, err := k.cfg.Today()
	if err != nil {
		return err
	}
	return k.cfg.Streams.Write(ctx, func(w *streams.Writer) error { return k.decideIn(w, name, state, opinion, day) })
}

// decideIn reads the transfer in the transaction that writes it: of two decisions the first
// counts.
func (k *Keeper) decideIn(w *streams.Writer, name change.RecordID, state, opinion, day string) error {
	t, err := k.getIn(w.Tx, name)
	if err != nil {
		return err
	}
	if t == nil || t.State != offered {
		return fault.New(fault.Invalid, "the transfer is decided already")
	}
	t.State, t.Opinion, t.Decided = state, opinion, day
	return k.say(w, t, "city")
}
