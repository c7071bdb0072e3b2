package records

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// Key names a record among all kinds.
type Key struct {
	Kind string
	ID   change.RecordID
}

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Kind, o.Kind), cmp.Compare(k.ID, o.ID))
}

// Part is one of several runs over a journal, so that a large one is checked
// in bounded memory: a record belongs to the part its name hashes to.
type Part struct{ N, Of uint32 }

func (p Part) has(k Key) bool {
	h := fnv.New32a()
	_, _ = h.Write(stateKey(k.Kind, k.ID))
	return h.Sum32()%p.Of == p.N
}

// Source is what a replay takes of a journal.
type Source struct {
	Journal *journal.Store
	City    change.UnitID                   // whose word on units, devices and refusals counts
	By      func(author change.UnitID) bool // whose changes count; nil: everybody's
	Of      func(Key) bool                  // which records are made; nil: all
}

// Replay makes the states of records from the journal alone, by another road
// than Apply takes: all refusals first, then what stands of the changes. It
// returns Damaged and Canceled.
func Replay(ctx context.Context, from Source) (map[Key]*merge.Record, error) {
	r := replay{from: from, states: map[Key]*merge.Record{}, refusals: map[change.RecordID]*merge.Record{}}
	if err := scan(ctx, from.Journal, r.refusal); err != nil {
		return nil, err
	}
	r.readWords()
	return r.states, scan(ctx, from.Journal, r.apply)
}

type replay struct {
	from     Source
	states   map[Key]*merge.Record
	refusals map[change.RecordID]*merge.Record
	refused  map[system.Refused]bool
	ranges   map[change.Stream][]system.Range
	alone    map[Location]bool // places about which there is a word of its own, void or not
}

// readWords reads what the refusals refuse.
func (r *replay) readWords() {
	r.refused, r.ranges, r.alone = map[system.Refused]bool{}, map[change.Stream][]system.Range{}, map[Location]bool{}
	for id, record := range r.refusals {
		said := system.RefusalFrom(record)
		if of, ok := said.Names(); ok {
			r.refused[of] = true
		}
		if id == system.WordID(said.Stream, said.Seq) {
			r.alone[Location{said.Stream, said.Seq}] = true
		}
		if of, ok := system.RangeFrom(record); ok {
			r.ranges[of.Stream] = append(r.ranges[of.Stream], of)
		}
	}
	for _, ranges := range r.ranges {
		slices.SortFunc(ranges, func(a, b system.Range) int { return cmp.Compare(a.From, b.From) })
	}
}

// isRefused reports whether some word refuses the change at a place.
func (r *replay) isRefused(p merge.Placed, seq uint64) bool {
	c := p.Change
	if r.refused[system.Refused{Kind: c.Kind, Record: c.Record, Dot: c.Dot(p.Stream)}] {
		return true
	}
	ranges := r.ranges[p.Stream]
	if len(ranges) == 0 || c.Kind == system.RefusalKind || r.alone[Location{p.Stream, seq}] {
		return false
	}
	least := seq - min(seq, system.MaxSpan-1)
	first, _ := slices.BinarySearchFunc(ranges, least, func(of system.Range, seq uint64) int { return cmp.Compare(of.From, seq) })
	for _, of := range ranges[first:] {
		if of.From > seq {
			break
		}
		if of.Has(seq) {
			return true
		}
	}
	return false
}

// effect is the change under its record's name, nil when it has none.
func (r *replay) effect(author change.UnitID, p merge.Placed) *change.Change {
	name, has := access.Effect(p.Change, p.Stream, author, r.from.City)
	if !has || r.from.By != nil && !r.from.By(author) {
		return nil
	}
	return p.Change.Named(name)
}

func (r *replay) refusal(author change.UnitID, p merge.Placed, _ uint64) {
	c := r.effect(author, p)
	if c == nil || c.Kind != system.RefusalKind {
		return
	}
	if r.refusals[c.Record] == nil {
		r.refusals[c.Record] = merge.New(c.Kind, c.Record)
	}
	r.refusals[c.Record].Apply(p.Stream, c)
}

func (r *replay) apply(author change.UnitID, p merge.Placed, seq uint64) {
	c := r.effect(author, p)
	if c == nil {
		return
	}
	key, named := Key{c.Kind, c.Record}, merge.Placed{Stream: p.Stream, Change: c}
	if r.from.Of != nil && !r.from.Of(key) || r.isRefused(named, seq) {
		return
	}
	if r.states[key] == nil {
		r.states[key] = merge.New(c.Kind, c.Record)
	}
	r.states[key].Apply(p.Stream, c)
}

// visit is called for each change, with its place in the stream.
type visit func(author change.UnitID, p merge.Placed, seq uint64)

// scan calls fn for every change of the journal, tails included. It reads in
// short transactions: a long one would make the file grow.
func scan(ctx context.Context, store *journal.Store, fn visit) error {
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

func scanStream(ctx context.Context, store *journal.Store, info journal.StreamInfo, fn visit) error {
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
				each(changes, info, b.First, fn)
			}
			at = b.Last()
		}
	}
	return scanTail(store, info, fn)
}

// scanTail reads what was not sealed when the scan began; it may be by now.
func scanTail(store *journal.Store, info journal.StreamInfo, fn visit) error {
	var tail []*change.Change
	err := store.View(func(tx *journal.Tx) error {
		for seq := info.Sealed.Seq + 1; seq <= info.Head; seq++ {
			raw, err := tx.Change(info.Stream, seq)
			if err != nil {
				return err
			}
			c, err := change.Decode(raw)
			if err != nil {
				return err
			}
			tail = append(tail, c)
		}
		return nil
	})
	each(tail, info, info.Sealed.Seq+1, fn)
	return err
}

func each(changes []*change.Change, info journal.StreamInfo, first uint64, fn visit) {
	for i, c := range changes {
		fn(info.Author, merge.Placed{Stream: info.Stream, Change: c}, first+uint64(i))
	}
}
