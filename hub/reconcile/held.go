package reconcile

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/system"
	"tongbu/syncer/streams"
)

// A code that the city does not know is of a program or a publication that it has lost
// or does not have yet: whoever wrote it was right. So the change is held, and weighed
// again whenever the city may know more: with each publication, at each start, and
// when its own words of before a restore come back.

// heldTable is refusal's id -> nothing: held for want of a code, as far as it is not
// known to be held no more.
const heldTable = "reconcile.held"

// weighAtOnce is how many words one transaction weighs.
const weighAtOnce = 200

// Weigh has Run weigh again what is held.
func (r *Reconciler) Weigh() {
	select {
	case r.weigh <- struct{}{}:
	default:
	}
}

// WeighHeld judges again what is held, by what the city knows now. It may be called
// while the follower judges.
func (r *Reconciler) WeighHeld(ctx context.Context) error {
	words, ranges, err := r.heldNow()
	if err != nil {
		return err
	}
	for len(words)+len(ranges) > 0 {
		some, one := words[:min(len(words), weighAtOnce)], ranges[:min(len(ranges), 1)]
		words, ranges = words[len(some):], ranges[len(one):]
		if err := r.weighSome(ctx, some, one); err != nil {
			return err
		}
	}
	return nil
}

// heldNow lists the words that hold something.
func (r *Reconciler) heldNow() (words []change.RecordID, ranges []system.Range, err error) {
	err = r.cfg.Streams.View(func(tx *journal.Tx) error {
		err := tx.Table(heldTable).Ascend(nil, nil, func(key, _ []byte) error {
			words = append(words, change.RecordID(key))
			return nil
		})
		if err != nil {
			return err
		}
		return r.cfg.Records.EachRange(tx, func(of system.Range) error {
			if of.Rule == ruleCode {
				ranges = append(ranges, of)
			}
			return nil
		})
	})
	return words, ranges, fault.Wrap("look for what is held", err)
}

func (r *Reconciler) weighSome(ctx context.Context, words []change.RecordID, ranges []system.Range) error {
	var done outcome
	err := r.cfg.Streams.Write(ctx, func(w *streams.Writer) error {
		at, err := w.Cursor(cursor)
		if err != nil {
			return err
		}
		done, err = r.judgeAll(w, at, func(j *judging) error {
			for _, word := range words {
				if err := j.weighWord(word); err != nil {
					return err
				}
			}
			j.moves.ranges = append(j.moves.ranges, ranges...)
			return nil
		})
		return err
	})
	if err == nil {
		r.report(done)
	}
	return fault.Wrap("weigh again what is held", err)
}

// weighWord judges again what a word holds, and forgets one that holds nothing.
func (j *judging) weighWord(id change.RecordID) error {
	before, err := j.readWord(id)
	if err != nil {
		return err
	}
	if before.refused && before.rule == ruleCode {
		if err = j.rejudgeRefused(id); err == nil {
			before, err = j.readWord(id)
		}
	}
	if err != nil || before.refused && before.rule == ruleCode {
		return err
	}
	return j.w.Table(heldTable).Delete([]byte(id))
}

// changeOf is the change that a word is about; nil for one that has not arrived or
// cannot be read.
func (j *judging) changeOf(about word) (*change.Change, error) {
	raw, err := j.w.Change(about.at.Stream, about.at.seq)
	if fault.Of(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := change.Decode(raw)
	if err != nil {
		return nil, nil //nolint:nilerr // it has no effect
	}
	return c, nil
}

// recallHeld notes a word of before a restore that held a change: the city has it
// weighed as its own.
func (j *judging) recallHeld(id change.RecordID) error {
	j.moves.again = append(j.moves.again, id)
	return j.w.Table(heldTable).Put([]byte(id), nil)
}

// buildsOnHeld reports whether the first change of a record that could stand was made
// on one that is held: what it lacks is there, and not judged yet.
func (j *judging) buildsOnHeld(past history, c *change.Change) (bool, error) {
	if !past.first() || len(c.Context) == 0 {
		return false, nil
	}
	if waits, err := j.mayWait(c, past.key); err != nil || !waits {
		return false, err
	}
	words, err := j.contestedOf(past.key)
	if err != nil {
		return false, err
	}
	for _, id := range words {
		said, err := j.readWord(id)
		if err != nil {
			return false, err
		}
		if said.refused && said.rule == ruleCode && said.count <= c.Context[said.at.Stream] {
			return true, nil
		}
	}
	return false, nil
}
