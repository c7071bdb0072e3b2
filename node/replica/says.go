package replica

import (
	"bytes"
	"context"
	"maps"
	"sync/atomic"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/syncer/streams"
)

// Network is what the city has published for the network, as far as it is known
// here.
func (r *Replica) Network(tx *journal.Tx) (system.Network, error) {
	raw, err := r.Records.State(tx, system.NetworkKind, system.NetworkID)
	if err != nil || raw == nil {
		return system.NetworkFrom(nil), err
	}
	if last := r.published.Load(); last != nil && bytes.Equal(last.raw, raw) {
		return last.Network, nil
	}
	said, err := merge.Decode(raw)
	if err != nil {
		return system.NetworkFrom(nil), err
	}
	now := &published{raw: bytes.Clone(raw), Network: system.NetworkFrom(said)}
	r.published.Store(now)
	return now.Network, nil
}

// published is what the city has published, with the state it was read from: each
// question asks for it.
type published struct {
	raw []byte
	system.Network
}

// marksReceipts reports whether the city's receipts say how far it had spoken: once
// every device in use reads that.
func (r *Replica) marksReceipts(tx *journal.Tx) (bool, error) {
	n, err := r.Network(tx)
	return n.Receipts >= system.MarkedReceipts, err
}

// sealsIn is the version in which this device seals: the newest that the city has
// published for the network and this program writes.
func (r *Replica) sealsIn(tx *journal.Tx) (uint8, error) {
	n, err := r.Network(tx)
	return uint8(min(max(n.Batch, system.Before.Batch), system.Readable.Batch)), err
}

// heardOf is what a device says it has heard of others.
type heardOf struct {
	hubs     string // that moved
	schema   uint64 // number of the newest publication
	accounts uint64 // how often those of the people here were changed
}

// said is what others have the device say of itself.
type said struct {
	accounts atomic.Pointer[func(*journal.Tx) (system.Accounts, error)]
	changed  atomic.Uint64 // how often the accounts were
}

// SayAccounts has the device say upward, with what else it says of itself, which
// accounts of people there are: fn reads them in the transaction that is given.
func (r *Replica) SayAccounts(fn func(*journal.Tx) (system.Accounts, error)) {
	r.said.accounts.Store(&fn)
}

// AccountsChanged has the accounts said again, when they were committed.
func (r *Replica) AccountsChanged() {
	r.said.changed.Add(1)
	r.news.announce()
}

// sayState says in the own stream what this program is and reads, what it has heard of
// hubs that moved and of the schema, and which accounts there are, where that has not
// been said.
func (r *Replica) sayState(ctx context.Context) error {
	for first := true; ; first = false {
		changed, heard := r.news.next(), heardOf{r.Members.Heard(), r.Schema.Now().Version(), r.said.changed.Load()}
		if first || heard != r.saidHeard {
			if err := r.sayStateOnce(ctx); err != nil {
				return err
			}
			r.saidHeard = heard
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// sayStateOnce says it now. Without room it is said at another start. The accounts are
// a change of their own: what a device says in one is short.
func (r *Replica) sayStateOnce(ctx context.Context) error {
	edits, err := r.newState()
	if err != nil || len(edits) == 0 {
		return err
	}
	err = r.Streams.Write(ctx, func(w *streams.Writer) error {
		own, err := w.Own(r.Place.Unit)
		if err != nil {
			return err
		}
		for _, fields := range edits {
			edit := records.Edit{Kind: system.DeviceStateKind, ID: change.RecordID(r.Keys.Device()), Fields: fields, Actor: "program", At: r.Now().UnixMilli()}
			if _, err := r.Records.Put(w.Tx, own, r.Place.Unit, edit); err != nil {
				return err
			}
		}
		return nil
	})
	if fault.Of(err) == fault.Full {
		r.Log.Warn("no room to say what this program reads", "reason", err.Error())
		return nil
	}
	return fault.Wrap("say what this program reads", err)
}

// newState is what this device has to say of itself that it has not said: the fields
// of one change each.
func (r *Replica) newState() (edits []map[string]change.Value, err error) {
	state := system.DeviceState{Device: r.Keys.Device(), Program: r.cfg.Program, Reads: system.Readable, Addresses: r.Members.Heard(), Schema: r.Schema.Now().Version()}
	var said *merge.Record
	err = r.Journal.View(func(tx *journal.Tx) error {
		network, err := r.Network(tx)
		if err != nil {
			return err
		}
		state.Heard = network.Publication
		if read := r.said.accounts.Load(); read != nil {
			if state.Accounts, err = (*read)(tx); err != nil {
				return err
			}
		}
		said, err = r.Records.Get(tx, system.DeviceStateKind, change.RecordID(state.Device))
		return err
	})
	if err != nil {
		return nil, err
	}
	var before system.DeviceState
	if said != nil {
		before = system.DeviceStateFrom(said)
	}
	if fields := state.Fields(); said == nil || !maps.Equal(fields, before.Fields()) {
		edits = append(edits, fields)
	}
	if fields := state.Accounts.Fields(); r.said.accounts.Load() != nil && !maps.Equal(fields, before.Accounts.Fields()) {
		edits = append(edits, fields)
	}
	return edits, nil
}
