package transfer

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

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
