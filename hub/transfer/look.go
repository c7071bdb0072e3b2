package transfer

import (
	"cmp"
	"context"
	"time"

	"tongbu/hub/view"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/syncer/streams"
)

// look is how often Run looks whether a day has turned.
const look = 10 * time.Minute

// Heard is told of what the view has applied.
func (k *Keeper) Heard(changes []view.Change) {
	for i := range changes {
		if kind := changes[i].Change.Kind; kind == schema.TransferOffer || kind == schema.TransferAnswer {
			k.Wake()
			return
		}
	}
}

// Wake has Run look.
func (k *Keeper) Wake() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Run does what communities offer and answer, and returns offers that nobody answers, until
// the context ends.
func (k *Keeper) Run(ctx context.Context) error {
	late := time.NewTicker(look)
	defer late.Stop()
	for {
		if err := k.Look(ctx); err != nil && ctx.Err() == nil {
			k.cfg.Log.Warn("transfers are looked at later", "reason", err.Error())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-k.wake:
		case <-late.C:
		}
	}
}

// Look does what there is to do of offers and answers. What fails is tried at the next one.
func (k *Keeper) Look(ctx context.Context) error {
	done, err := k.take(ctx)
	if err != nil {
		return err
	}
	defer done()
	var failed error
	for _, step := range []func(context.Context) error{k.hearOffers, k.hearAnswers, k.returnLate} {
		if err := step(ctx); err != nil {
			failed = err
		}
	}
	return fault.Wrap("do what was offered", failed)
}

// said is a record that a community has written: its id and some columns.
type said struct {
	id     change.RecordID
	values []string
}

// rows are the records of a kind that communities have written, void ones too.
func (k *Keeper) rows(ctx context.Context, name string, columns ...string) (all []said, err error) {
	kind, known := k.cfg.View.Schema().Kind(name)
	if !known {
		return nil, nil
	}
	q := view.Query{Kind: kind, Columns: append([]string{view.ColID}, columns...), Scope: view.Scope{All: true}, Void: true}
	err = k.cfg.View.EachRow(ctx, q, func(_ context.Context, row view.Row) error {
		one := said{id: change.RecordID(row.Values[0].Text())}
		for _, v := range row.Values[1:] {
			one.values = append(one.values, v.Text())
		}
		all = append(all, one)
		return nil
	})
	return all, err
}

// isVoid is what the column ColValid says of a void record.
const isVoid = "0"

// hearOffers opens transfers for new offers, and ends those of offers that are void.
func (k *Keeper) hearOffers(ctx context.Context) error {
	offers, err := k.rows(ctx, schema.TransferOffer, view.ColValid)
	if err != nil {
		return err
	}
	all, err := k.read()
	if err != nil {
		return err
	}
	var failed error
	for _, o := range offers {
		t, void := all[offerName(o.id)], o.values[0] == isVoid
		switch {
		case t == nil && !void:
			failed = cmp.Or(failed, k.withRecord(ctx, schema.TransferOffer, o.id, k.hearOffer))
		case t != nil && t.State == offered && void:
			failed = cmp.Or(failed, k.decide(ctx, t.Name, withdrawn, ""))
		}
	}
	return failed
}

// hearAnswers does what communities answer to open offers, and of changes that are held.
func (k *Keeper) hearAnswers(ctx context.Context) error {
	answers, err := k.rows(ctx, schema.TransferAnswer, view.ColValid, "transfer", "word")
	if err != nil {
		return err
	}
	all, err := k.read()
	if err != nil {
		return err
	}
	var failed error
	for _, a := range answers {
		t := all[change.RecordID(a.values[1])]
		if a.values[0] == isVoid || a.values[2] == "" && (t == nil || t.State != offered) {
			continue
		}
		failed = cmp.Or(failed, k.withRecord(ctx, schema.TransferAnswer, a.id, k.hearAnswer))
	}
	return failed
}

// withRecord calls fn with a record as the view has it.
func (k *Keeper) withRecord(ctx context.Context, kind string, id change.RecordID, fn func(context.Context, *merge.Record) error) error {
	at, err := k.cfg.View.Snapshot(ctx, kind, id)
	if err != nil || at.Record == nil || at.Record.Void() {
		return err
	}
	return fn(ctx, at.Record)
}

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
	if _, why := k.target(m); why != nil {
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

// hearAnswer does what the taker of an open transfer answers.
func (k *Keeper) hearAnswer(ctx context.Context, answer *merge.Record) error {
	if word := change.RecordID(answer.Value("word").Text()); word != "" {
		return k.hearHeld(ctx, answer, word)
	}
	name := change.RecordID(answer.Value("transfer").Text())
	t, err := k.get(name)
	if err != nil || t == nil || t.State != offered {
		return err
	}
	tr := k.cfg.Members.Tree()
	if by, _ := answer.ID().Maker(); tr.Heir(by) != tr.Heir(t.To) {
		return nil
	}
	if answer.Value("answer").Text() != "accept" {
		return k.decide(ctx, name, declined, answer.Value("reason").Text())
	}
	return k.accept(ctx, t)
}

// hearHeld does what a community says of a change that is held for it; once.
func (k *Keeper) hearHeld(ctx context.Context, answer *merge.Record, word change.RecordID) error {
	if held, err := k.isHeld(word); err != nil || !held {
		return err
	}
	by, _ := answer.ID().Maker()
	err := k.cfg.Decide(ctx, word, k.cfg.Members.Tree().Heir(by), answer.Value("answer").Text() == "take")
	if fault.Of(err) == fault.Invalid { // it is decided, or was never held for this one
		return nil
	}
	return err
}

// isHeld reports whether a word holds something for whoever has the record.
func (k *Keeper) isHeld(word change.RecordID) (held bool, err error) {
	err = k.cfg.Streams.View(func(tx *journal.Tx) error {
		r, err := k.cfg.Records.Get(tx, system.RefusalKind, word)
		if err != nil || r == nil {
			return err
		}
		of := system.RefusalFrom(r)
		held = of.Rule == system.MovedAway && !of.Void
		return nil
	})
	return held, err
}

// accept moves what an open transfer is about; what cannot be moved any more is refused.
func (k *Keeper) accept(ctx context.Context, t *Transfer) error {
	to, _ := k.cfg.Members.Tree().Unit(k.cfg.Members.Tree().Heir(t.To))
	_, err := k.give(ctx, Move{Kind: t.Kind, Record: t.Record, To: to.Code, Reason: t.Reason, Actor: "city", from: t.From},
		func(custody.Holding) change.RecordID { return t.Name },
		func(w *writing) error { return k.decideIn(w.Writer, t.Name, moved, "", w.day) })
	if f := fault.Of(err); f == fault.Invalid || f == fault.NotFound || f == fault.Denied {
		return k.decide(ctx, t.Name, refused, err.Error())
	}
	return err
}

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

func (k *Keeper) get(name change.RecordID) (*Transfer, error) {
	all, err := k.read()
	return all[name], err
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
	all, err := k.readIn(w.Tx)
	if err != nil {
		return err
	}
	t := all[name]
	if t == nil || t.State != offered {
		return fault.New(fault.Invalid, "the transfer is decided already")
	}
	t.State, t.Opinion, t.Decided = state, opinion, day
	return k.say(w, t, "city")
}
