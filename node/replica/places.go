package replica

import (
	"context"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/tree"
	"tongbu/syncer/streams"
)

// Places are where others reach a hub, as HOST:PORT; zero at a node, and where
// nothing is to be said of it.
type Places = system.HubAddress

// hearsHub reports whether a stream holds what a hub says to all below it, which
// every tier above and below reads for where the hub is.
func (r *Replica) hearsHub(author change.UnitID, in change.Stream) bool {
	if in.Audience != author {
		return false
	}
	if t := r.Members.Tree(); t != nil {
		u, known := t.Unit(author)
		return known && u.Level < tree.Community
	}
	return author != r.Place.Unit && r.Members.Below(author, r.Place.Unit)
}

// hearHub stores where a hub says that it is.
func (r *Replica) hearHub(tx *journal.Tx, author change.UnitID, in change.Stream, seq uint64, c *change.Change) error {
	if c.Kind != system.HubAddressKind {
		return nil
	}
	if _, has := access.Effect(c, in, author, r.Place.RootUnit); !has {
		return nil
	}
	return members.HearHub(tx, in, seq, c, r.Now())
}

// keepGranted stores the hubs above that the present grant names, which the next
// one replaces. It also reads the members, by whose tree the records of hubs are
// told from others when they are rebuilt.
func (r *Replica) keepGranted(ctx context.Context) error {
	err := r.Journal.View(func(tx *journal.Tx) error {
		_, _, err := r.Members.Load(tx, r.Records)
		return err
	})
	if err != nil {
		return fault.Wrap("read the units and devices", err)
	}
	if !r.isGrantNew() {
		return nil
	}
	err = r.Journal.Update(ctx, func(tx *journal.Tx) error {
		for _, p := range r.Keys.Placement().Parents {
			at := system.HubAddress{Address: p.Address, Web: p.Web, Door: p.Door}
			if err := members.HearUnit(tx, p.Unit, at, members.ByGrant, r.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	if fault.Of(err) == fault.Full { // they are in the grant still
		return nil
	}
	return fault.Wrap("keep the addresses of the hubs above", err)
}

// isGrantNew reports whether the grant names an address that is not stored.
func (r *Replica) isGrantNew() bool {
	for _, a := range r.Members.Parents(r.Now()) {
		if a.By == members.ByGrant && a.Since == 0 {
			return true
		}
	}
	return false
}

// SetAddress notes by hand where the hub of a unit above is. It returns Invalid
// for what leads nowhere, and for a unit that is not above.
func (r *Replica) SetAddress(ctx context.Context, unit change.UnitID, at system.HubAddress) error {
	if unit == r.Place.Unit || !r.Members.Below(unit, r.Place.Unit) {
		return fault.New(fault.Invalid, "that unit is not above this one").WithHint("see tongbu address --dir DIR for those that are")
	}
	for _, address := range []string{at.Address, at.Web, at.Door} {
		if address != "" && !identity.Reachable(address) || at.Address == "" {
			return fault.New(fault.Invalid, "%q is not HOST:PORT, as another computer is reached", address).
				WithHint("give a name or an IP address and a port, as in hub.example:7440")
		}
	}
	err := r.Journal.Update(ctx, func(tx *journal.Tx) error { return members.HearUnit(tx, unit, at, members.ByHand, r.Now()) })
	if err != nil {
		return fault.Wrap("keep the address", err)
	}
	return r.reread()
}

// sayPlaces says in the own stream where others reach this hub, when that is not
// what was said last or what the city knows since it joined.
func (r *Replica) sayPlaces(ctx context.Context) error {
	if !r.cfg.Hub || r.cfg.Told == (Places{}) {
		return nil
	}
	if !identity.Reachable(r.cfg.Told.Address) {
		r.Log.Warn("nobody can be told where this hub is: the address it listens on leads others to themselves", "address", r.cfg.Told.Address, "hint", "set advertise in tongbu.yaml to HOST:PORT, as others reach it")
		return nil
	}
	for {
		changed := r.news.next()
		if own, known := r.Members.Device(r.Keys.Device()); known { // else it has just joined
			return r.sayMoved(ctx, own)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// sayMoved says where the hub is if that is elsewhere than others know it to be.
// Without room it is said at another start.
func (r *Replica) sayMoved(ctx context.Context, known members.Device) error {
	at := r.cfg.Told
	if known.Address == at.Address && known.Web == at.Web && identity.DoorOf(known.Door, known.Web) == identity.DoorOf(at.Door, at.Web) {
		return nil
	}
	err := r.Streams.Write(ctx, func(w *streams.Writer) error {
		own, err := w.Own(r.Place.Unit)
		if err != nil {
			return err
		}
		edit := records.Edit{Kind: system.HubAddressKind, ID: change.RecordID(r.Keys.Device()), Fields: at.Fields(), Actor: "program", At: r.Now().UnixMilli()}
		seq, err := r.Records.Put(w.Tx, own, r.Place.Unit, edit)
		if err != nil {
			return err
		}
		return members.HearHub(w.Tx, own, seq, &change.Change{Kind: edit.Kind, Record: edit.ID, Fields: change.FieldsOf(edit.Fields), At: edit.At}, r.Now())
	})
	if fault.Of(err) == fault.Full {
		r.Log.Warn("no room to say where this hub is", "reason", err.Error())
		return nil
	}
	if err == nil {
		r.Log.Info("this hub says to all below where it is now", "address", at.Address, "web", at.Web, "door", at.Door, "before", known.Address)
	}
	return fault.Wrap("say where this hub is", err)
}
