package records

import (
	"context"
	"hash/fnv"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
)

// RefusalOf reads what a refusal refuses.
func RefusalOf(c *change.Change) (kind string, id change.RecordID, dot change.Dot, err error) {
	in, err := change.ParseStream(c.Fields["stream"].Text())
	dot = change.Dot{Stream: in, Count: uint64(c.Fields["count"].Int())}
	return c.Fields["kind"].Text(), change.RecordID(c.Fields["record"].Text()), dot, err
}

// Part is one of several runs over a journal, so that a large one is checked
// in bounded memory: a record belongs to the part its name hashes to.
type Part struct{ N, Of uint32 }

func (p Part) has(kind string, id change.RecordID) bool {
	h := fnv.New32a()
	_, _ = h.Write(stateKey(kind, id))
	return h.Sum32()%p.Of == p.N
}

// Replay makes the states of a part's records from the journal alone, by
// another road than Apply takes: all changes first, then what stands of them.
func Replay(ctx context.Context, store *journal.Store, city change.UnitID, part Part) (map[string]*merge.Record, error) {
	r := replay{city: city, part: part, states: map[string]*merge.Record{}, refused: map[change.Dot]bool{}}
	for _, pass := range []func(change.UnitID, merge.Placed){r.noteRefusal, r.apply} {
		if err := scan(ctx, store, pass); err != nil {
			return nil, err
		}
	}
	return r.states, nil
}

type replay struct {
	city    change.UnitID
	part    Part
	states  map[string]*merge.Record
	refused map[change.Dot]bool
}

func (r *replay) noteRefusal(author change.UnitID, p merge.Placed) {
	if p.Change.Kind != RefusalKind || author != r.city {
		return
	}
	if _, _, dot, err := RefusalOf(p.Change); err == nil {
		r.refused[dot] = true
	}
}

func (r *replay) apply(author change.UnitID, p merge.Placed) {
	c := p.Change
	if !r.part.has(c.Kind, c.Record) || cityKinds[c.Kind] && author != r.city || r.refused[c.Dot(p.Stream)] {
		return
	}
	key := string(stateKey(c.Kind, c.Record))
	if r.states[key] == nil {
		r.states[key] = merge.New(c.Kind, c.Record)
	}
	r.states[key].Apply(p.Stream, c)
}

// scan calls fn for every change of the journal, tails included. Each batch
// is read in a transaction of its own: a long one would make the file grow.
func scan(ctx context.Context, store *journal.Store, fn func(change.UnitID, merge.Placed)) error {
	var streams []journal.StreamInfo
	err := store.View(func(tx *journal.Tx) error {
		return tx.Streams(func(info journal.StreamInfo) error {
			streams = append(streams, info)
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, info := range streams {
		if err := scanStream(ctx, store, info, fn); err != nil {
			return err
		}
	}
	return nil
}

const scanBytes = 1 << 20

func scanStream(ctx context.Context, store *journal.Store, info journal.StreamInfo, fn func(change.UnitID, merge.Placed)) error {
	for at := info.Base.Seq; at < info.Sealed.Seq; {
		if ctx.Err() != nil {
			return fault.Wrap("replay", ctx.Err())
		}
		var batches []*change.Batch
		err := store.View(func(tx *journal.Tx) (err error) {
			batches, err = tx.Batches(info.Stream, at, scanBytes)
			return err
		})
		if err != nil || len(batches) == 0 {
			return err
		}
		for _, b := range batches {
			changes, err := b.Changes()
			if err == nil {
				each(changes, info, fn)
			}
			at = b.Last()
		}
	}
	return scanTail(store, info, fn)
}

func scanTail(store *journal.Store, info journal.StreamInfo, fn func(change.UnitID, merge.Placed)) error {
	return store.View(func(tx *journal.Tx) error {
		for seq := info.Sealed.Seq + 1; seq <= info.Head; seq++ {
			c, err := read(tx, info.Stream, seq)
			if err != nil {
				return err
			}
			each([]*change.Change{c}, info, fn)
		}
		return nil
	})
}

func each(changes []*change.Change, info journal.StreamInfo, fn func(change.UnitID, merge.Placed)) {
	for _, c := range changes {
		fn(info.Author, merge.Placed{Stream: info.Stream, Change: c})
	}
}
