package hub

import (
	"context"

	"tongbu/internal/access"
	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// Get returns a record of this unit or one below, of the hub's own or from its view.
// Whoever says what for sees personal numbers in full; both stand in the audit log. It
// returns what desk.Get does, and Unsupported for a person at a pure relay.
func (h *Hub) Get(ctx context.Context, kind string, id change.RecordID, by desk.Asker) (shown *desk.Shown, err error) {
	k, ok := h.Replica.Schema.Kind(kind)
	switch {
	case h.view != nil && ok && k.Sort == schema.Derived:
		return h.getDerived(ctx, k, id, by)
	case h.view == nil || !ok || !k.Personal && h.isOwn(kind, id):
		return h.Desk.Get(ctx, kind, id, by)
	}
	err = h.look(ctx, audit.Get, k, id, by, func(tx *journal.Tx, held desk.Held) (err error) {
		shown, err = h.Desk.ShowHeld(tx, held)
		return err
	})
	if err != nil {
		return nil, err
	}
	return shown, nil
}

// History returns the changes of a record as Get returns it. Whoever may see a record
// may see what it was.
func (h *Hub) History(ctx context.Context, kind string, id change.RecordID, by desk.Asker) (past []desk.Past, err error) {
	k, ok := h.Replica.Schema.Kind(kind)
	if h.view == nil || !ok || k.Sort == schema.Derived || !k.Personal && h.isOwn(kind, id) {
		return h.Desk.History(ctx, kind, id, by)
	}
	err = h.look(ctx, audit.History, k, id, by, func(tx *journal.Tx, held desk.Held) (err error) {
		past, err = h.Desk.HistoryHeld(tx, held)
		return err
	})
	if err != nil {
		return nil, err
	}
	return past, nil
}

// isOwn reports whether the hub itself keeps the record.
func (h *Hub) isOwn(kind string, id change.RecordID) bool {
	own := false
	err := h.Replica.Journal.View(func(tx *journal.Tx) error {
		rec, err := h.Replica.Records.Get(tx, kind, id)
		own = rec != nil
		return err
	})
	return own || err != nil || id.ValidateName() != nil || !named(id)
}

// named reports whether the id is a record's name, not a number of people's own.
func named(id change.RecordID) bool {
	_, ok := id.Maker()
	return ok
}

// look finds a record in the view, writes into the audit log who looks, and has it
// shown.
func (h *Hub) look(ctx context.Context, act audit.Act, k *schema.Kind, id change.RecordID, by desk.Asker, show func(*journal.Tx, desk.Held) error) error {
	held, err := h.hold(ctx, k, id)
	if err == nil {
		held.Masked = k.Personal && by.Purpose == ""
		err = h.Replica.Journal.View(func(tx *journal.Tx) error { return show(tx, held) })
	}
	if !k.Personal {
		return err
	}
	up := replica.LookUp{Entry: audit.Entry{Device: h.Replica.Keys.Device(), Unit: h.Replica.Place.Unit, Operator: by.Operator,
		Purpose: by.Purpose, Act: act, Kind: k.Name, Outcome: fault.Of(err).String()}}
	if err == nil {
		up.Records, up.Count = []change.RecordID{id}, 1
	}
	if err := h.Replica.Lookups.Append(ctx, up); err != nil {
		return err
	}
	return err
}

// hold reads a record of the view that this unit may see. What it may not see is not
// here.
func (h *Hub) hold(ctx context.Context, k *schema.Kind, id change.RecordID) (held desk.Held, err error) {
	missing := fault.New(fault.NotFound, "no such %s here", k.Name).WithHint("give the id as tongbu query shows it")
	if id.ValidateName() != nil {
		return held, missing
	}
	s, err := h.view.Snapshot(ctx, k.Name, id)
	if err != nil {
		return held, err
	}
	if s.Record == nil {
		return held, missing
	}
	unit := change.UnitID(records.ValueOf(s.Record, "unit").Text())
	if k.Personal && !h.Replica.IsRoot() && access.Ask(h.Replica.Members, h.Replica.Place.Unit, unit) != nil {
		return held, missing
	}
	held = desk.Held{Kind: k, Record: s.Record}
	for _, spot := range s.Spots {
		held.Places = append(held.Places, records.Location{Stream: spot.Stream, Seq: spot.Seq})
	}
	return held, nil
}
