package transfer

import (
	"cmp"
	"context"
	"time"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
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
	done, err := k.turn.Take(ctx, "wait for another transfer")
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

// mostOpen is how many offers of one community are open at once: others wait until some of
// these are decided, so that nobody fills another's list.
const mostOpen = 200

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
	open := map[change.UnitID]int{} // by who offers
	for _, t := range all {
		if t.State == offered {
			open[t.From]++
		}
	}
	for _, o := range offers {
		t, void := all[offerName(o.id)], o.values[0] == isVoid
		by, _ := o.id.Maker()
		switch {
		case t == nil && !void && open[by] < mostOpen:
			open[by]++
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
		waits, err := k.waitsFor(all, a)
		if waits {
			err = k.withRecord(ctx, schema.TransferAnswer, a.id, k.hearAnswer)
		}
		failed = cmp.Or(failed, err)
	}
	return failed
}

// waitsFor reports whether an answer is to an offer that is open, or of a change that is held.
func (k *Keeper) waitsFor(all map[change.RecordID]*Transfer, a said) (bool, error) {
	if a.values[0] == isVoid {
		return false, nil
	}
	if word := change.RecordID(a.values[2]); word != "" {
		return k.isHeld(word)
	}
	t := all[change.RecordID(a.values[1])]
	return t != nil && t.State == offered, nil
}

// withRecord calls fn with a record as the view has it.
func (k *Keeper) withRecord(ctx context.Context, kind string, id change.RecordID, fn func(context.Context, *merge.Record) error) error {
	at, err := k.cfg.View.Snapshot(ctx, kind, id)
	if err != nil || at.Record == nil || at.Record.Void() {
		return err
	}
	return fn(ctx, at.Record)
}
