package transfer

import (
	"context"

	"tongbu/internal/access"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/syncer/streams"
)

// offerName is the name of the transfer of an offer.
func offerName(offer change.RecordID) change.RecordID {
	return change.RecordID(nameOf("offer %s", offer))
}

// hearOffer opens a transfer for a new offer, or says why it opens none.
func (k *Keeper) hearOffer(ctx context.Context, offer *merge.Record) error {
	t, err := k.opened(ctx, offer)
	if err != nil {
		return err
	}
	return k.cfg.Streams.Write(ctx, func(w *streams.Writer) error {
		all, err := k.readIn(w.Tx)
		if err != nil || all[t.Name] != nil {
			return err
		}
		if open := openOf(all, t.Kind, t.Record); open != nil && t.State == offered {
			t.State, t.Due, t.Opinion = refused, "", "it is offered already"
		}
		return k.say(w, t, "city")
	})
}

// opened is the transfer that an offer opens, refused where it cannot be.
func (k *Keeper) opened(ctx context.Context, offer *merge.Record) (*Transfer, error) {
	day, err := k.cfg.Today()
	if err != nil {
		return nil, err
	}
	days, err := k.cfg.Days(day)
	if err != nil {
		return nil, err
	}
	value := func(field string) string { return offer.Value(field).Text() }
	by, _ := offer.ID().Maker()
	t := &Transfer{Name: offerName(offer.ID()), Kind: value("of_kind"), Record: change.RecordID(value("record")), Offer: offer.ID(), From: by, To: change.UnitID(value("to_unit")),
		On: value("on"), Due: calendar.AddDays(day, days), State: offered, Reason: value("reason"), said: map[change.UnitID]*merge.Record{}}
	why, shown, err := k.whyNot(ctx, t)
	if err != nil {
		return nil, err
	}
	t.shown = shown
	if why != nil {
		t.State, t.Due, t.Decided, t.Opinion = refused, "", day, why.Error()
	}
	return t, nil
}

// whyNot says why an offer opens no transfer, and what the taker sees of what is offered.
func (k *Keeper) whyNot(ctx context.Context, t *Transfer) (why error, shown map[string]change.Value, err error) {
	tr := k.cfg.Members.Tree()
	to, _ := tr.Unit(t.To)
	m := Move{Kind: t.Kind, Record: t.Record, To: to.Code, Reason: t.Reason}
	if why := checkMove(m); why != nil {
		return why, nil, nil
	}
	if _, why := access.Give(tr, m.Kind, m.To); why != nil {
		return why, nil, nil
	}
	g, err := k.gather(ctx, m)
	if fault.Of(err) == fault.NotFound {
		return err, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	err = k.cfg.Streams.View(func(tx *journal.Tx) error {
		h, err := custody.Of(tx, t.Kind, t.Record)
		if err == nil && tr.Heir(h.Unit) != tr.Heir(t.From) {
			why = fault.New(fault.Denied, "another unit holds the record")
		}
		return err
	})
	if why == nil {
		why = checkLead(m, g)
	}
	return why, sightOf(g), err
}

// sightOf is what the taker sees of a household before it is his.
func sightOf(g gathered) map[string]change.Value {
	persons := 0
	for _, p := range g.pieces {
		if p.kind == personKind {
			persons++
		}
	}
	shown := map[string]change.Value{"persons": change.Int(int64(persons)), "address": g.lead.Value("address"), "form_no": g.lead.Value("form_no"), "head_name": g.lead.Value("head_name")}
	if shown["head_name"].IsNull() {
		shown["head_name"] = g.head
	}
	if g.lead.Kind() == personKind {
		shown["head_name"], shown["form_no"] = g.lead.Value("name"), change.Null
	}
	return shown
}
