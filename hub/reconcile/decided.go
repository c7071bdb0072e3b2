package reconcile

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/records"
	"tongbu/syncer/streams"
)

// ruleDropped refuses what was held for another unit, which did not take it.
const ruleDropped = "dropped_there"

// sayHeld tells the unit that has a record of a change that is held for it: the word first,
// so that the change never counts there.
func (j *judging) sayHeld(v verdict) error {
	own, err := j.w.Own(v.at.author)
	if err != nil {
		return err
	}
	word := records.Place{Location: records.Location{Stream: own, Seq: j.written[own]}, Author: j.cfg.Members.Unit().ID}
	if err := j.sayAgain(word, v.moved.At); err != nil {
		return err
	}
	return j.sayAgain(records.Place{Location: records.Location{Stream: v.at.Stream, Seq: v.at.seq}, Author: v.at.author}, v.moved.At)
}

// Decide does what a unit says of a change that the word holds for it: it takes it, and the
// change counts, or drops it. It returns Invalid where nothing is held, or for another unit.
func (r *Reconciler) Decide(ctx context.Context, word change.RecordID, by change.UnitID, take bool) error {
	var done outcome
	err := r.cfg.Streams.Write(ctx, func(w *streams.Writer) error {
		at, err := w.Cursor(cursor)
		if err != nil {
			return err
		}
		done, err = r.judgeAll(w, at, func(j *judging) error { return j.decide(word, by, take) })
		return err
	})
	if err == nil {
		r.report(done)
	}
	return fault.Wrap("decide what is held", err)
}

func (j *judging) decide(id change.RecordID, by change.UnitID, take bool) error {
	before, err := j.readWord(id)
	if err != nil {
		return err
	}
	nothing := fault.New(fault.Invalid, "nothing is held for this unit under that name").WithHint("tongbu transfer held lists what is")
	if !before.refused || before.rule != ruleMoved {
		return nothing
	}
	h, err := j.holding(before.kind, before.record)
	if err != nil {
		return err
	}
	if h.At != by {
		return nothing
	}
	v := verdict{at: before.at, kind: before.kind, record: before.record, count: before.count, rule: ruleMoved, standing: standing{moved: h, says: h.At}}
	if take {
		err = j.voidRefusal(v)
	} else {
		v.rule, v.message = ruleDropped, "the unit that has the record did not take it"
		err = j.writeWord(v, v.refusal().Fields())
	}
	if err != nil {
		return err
	}
	return j.sayHeld(v)
}
