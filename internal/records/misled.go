package records

import (
	"context"
	"hash/maphash"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/index"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
)

// Misled lists the records that the indexes do not list as they are; none while
// there are no indexes. It reads every index and every state once, in short
// transactions. What differs then may have moved between two of them, and is
// judged within one. It returns Damaged for an index that cannot be read; a
// state that cannot is not judged.
func (s *Records) Misled(ctx context.Context, j *journal.Store) ([]Key, error) {
	t := tally{Records: s, of: s.indexed.Load(), sums: map[Key]uint64{}, seed: maphash.MakeSeed()}
	for kind, fields := range t.of.fields {
		for _, field := range fields {
			if err := t.view(ctx, j, func(tx *journal.Tx, m indexMark) error { return t.listed(tx, m, kind, field, nil) }); err != nil {
				return nil, err
			}
		}
		for from, more := change.RecordID(""), true; more; {
			more = false // where the indexes have become others meanwhile
			err := t.view(ctx, j, func(tx *journal.Tx, _ indexMark) (err error) {
				from, more, err = t.states(tx, kind, from)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	if len(t.sums) == 0 {
		return nil, nil
	}
	suspects := t.sums
	var wrong []Key
	err := t.view(ctx, j, func(tx *journal.Tx, m indexMark) (err error) {
		wrong, err = t.judge(tx, m, suspects)
		return err
	})
	return wrong, err
}

// tally sums what the indexes list of each record and takes off what its state
// says: what is left differs.
type tally struct {
	*Records
	of   *indexing // that is judged; others make it none
	sums map[Key]uint64
	seed maphash.Seed
	text []byte // scratch
}

// view runs fn where the indexes are ready.
func (t *tally) view(ctx context.Context, j *journal.Store, fn func(*journal.Tx, indexMark) error) error {
	if ctx.Err() != nil {
		return fault.Wrap("check the indexes", ctx.Err())
	}
	return j.View(func(tx *journal.Tx) error {
		m, ok, err := t.indexMark(tx)
		if err != nil || !ok || !m.done || m.of != t.of {
			clear(t.sums)
			return err
		}
		return fn(tx, m)
	})
}

func (t *tally) hash(field string, key []byte) uint64 {
	t.text = append(append(append(t.text[:0], field...), 0), key...)
	return maphash.Bytes(t.seed, t.text)
}

func (t *tally) add(k Key, n uint64) {
	if t.sums[k] += n; t.sums[k] == 0 {
		delete(t.sums, k)
	}
}

// listed adds what an index lists, of some records (nil: all).
func (t *tally) listed(tx *journal.Tx, m indexMark, kind, field string, of map[Key]uint64) error {
	tree, err := t.current(tx, m, kind, field, index.All())
	if err != nil {
		return err
	}
	return tree.Ascend(index.All(), "", func(key, id []byte) error {
		k := Key{kind, change.RecordID(id)}
		if _, ok := of[k]; ok || of == nil {
			t.add(k, t.hash(field, key))
		}
		return nil
	})
}

// states takes off what some states say, and returns where to go on.
func (t *tally) states(tx *journal.Tx, kind string, from change.RecordID) (next change.RecordID, more bool, err error) {
	n := 0
	err = t.EachState(tx, kind, from, func(id change.RecordID, raw []byte) error {
		if n++; n > statesAtOnce {
			next, more = id, true
			return journal.ErrStop
		}
		if r, err := merge.Decode(raw); err == nil {
			t.state(r)
		}
		return nil
	})
	if fault.Of(err) == fault.Damaged { // the others are judged one by one
		return "", false, nil
	}
	return next, more, err
}

func (t *tally) state(r *merge.Record) {
	for i, v := range t.of.listing(r) {
		for _, key := range index.Keys(v) {
			t.add(Key{r.Kind(), r.ID()}, -t.hash(t.of.fields[r.Kind()][i], key))
		}
	}
}

// judge looks at suspects in one transaction.
func (t *tally) judge(tx *journal.Tx, m indexMark, suspects map[Key]uint64) (wrong []Key, err error) {
	t.sums = map[Key]uint64{}
	for kind, fields := range t.of.fields {
		for _, field := range fields {
			if err := t.listed(tx, m, kind, field, suspects); err != nil {
				return nil, err
			}
		}
	}
	for k := range suspects {
		r, err := t.Get(tx, k.Kind, k.ID)
		if err != nil {
			continue
		}
		if r != nil {
			t.state(r)
		}
		if t.sums[k] != 0 {
			wrong = append(wrong, k)
		}
	}
	slices.SortFunc(wrong, Key.Compare)
	return wrong, nil
}
