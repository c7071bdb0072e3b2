package records

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// Key names a record among all kinds.
type Key struct {
	Kind string
	ID   change.RecordID
}

// Compare orders keys by kind and id.
func (k Key) Compare(o Key) int {
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
	City    change.UnitID                                // whose word on units, devices and refusals counts
	By      func(author change.UnitID, kind string) bool // whose changes of a kind count; nil: everybody's
	Of      func(Key) bool                               // which records are made; nil: all
	// Streams are read as far as each says; nil: all that the journal has.
	Streams []journal.StreamInfo
}

// Replay makes the states of records from the journal alone, in another order
// than Apply takes: all refusals first, then what stands of the changes. It
// returns Damaged and Canceled.
func Replay(ctx context.Context, from Source) (map[Key]*merge.Record, error) {
	words, err := ReadWords(ctx, from)
	if err != nil {
		return nil, err
	}
	return words.Replay(ctx, from)
}

// Words are what the city's refusals take the effect from. They never change.
type Words struct {
	refused map[system.Refused]bool
	ranges  map[change.Stream][]system.Range
	alone   map[Location]bool // places about which there is a word of its own, void or not
	about   map[Key]int       // how many changes of a record are refused one by one
	moves   moves
}

// About counts the changes of a record that are refused by words of their own.
func (w *Words) About(k Key) int { return w.about[k] }

// Holder is the unit that a record was given to, "" for its maker.
func (w *Words) Holder(k Key) change.UnitID { return w.moves.holdings[k].To() }

// ReadWords reads the city's words in a journal.
func ReadWords(ctx context.Context, from Source) (*Words, error) {
	r := replay{from: from, refusals: map[change.RecordID]*merge.Record{}, custody: map[change.RecordID]*merge.Record{}, divisions: map[change.RecordID]*merge.Record{}, said: map[Location]map[change.UnitID]bool{}}
	if err := r.scan(ctx, r.word); err != nil {
		return nil, err
	}
	w := wordsOf(r.refusals)
	w.moves = movesOf(r.custody, r.divisions, r.said)
	return w, nil
}

// Replay makes the states of records of what stands of the changes by these words, which
// may be those of more streams than are read.
func (w *Words) Replay(ctx context.Context, from Source) (map[Key]*merge.Record, error) {
	r := replay{from: from, words: w, states: map[Key]*merge.Record{}}
	return r.states, r.scan(ctx, r.apply)
}

type replay struct {
	from      Source
	words     *Words
	states    map[Key]*merge.Record
	refusals  map[change.RecordID]*merge.Record
	custody   map[change.RecordID]*merge.Record
	divisions map[change.RecordID]*merge.Record
	said      map[Location]map[change.UnitID]bool // changes that the city says again, and to whom
	read      map[change.Stream]journal.StreamInfo
}

// wordsOf reads what refusals refuse.
func wordsOf(refusals map[change.RecordID]*merge.Record) *Words {
	w := &Words{refused: map[system.Refused]bool{}, ranges: map[change.Stream][]system.Range{}, alone: map[Location]bool{}, about: map[Key]int{}}
	for id, record := range refusals {
		said := system.RefusalFrom(record)
		if of, ok := said.Names(); ok {
			w.refused[of] = true
			w.about[Key{of.Kind, of.Record}]++
		}
		if id == system.WordID(said.Stream, said.Seq) {
			w.alone[Location{said.Stream, said.Seq}] = true
		}
		if of, ok := system.RangeFrom(record); ok {
			w.ranges[of.Stream] = append(w.ranges[of.Stream], of)
		}
	}
	for _, ranges := range w.ranges {
		slices.SortFunc(ranges, func(a, b system.Range) int { return cmp.Compare(a.From, b.From) })
	}
	return w
}

// refuse reports whether some word refuses the change at a place.
func (w *Words) refuse(p merge.Placed, seq uint64) bool {
	c := p.Change
	if w.refused[system.Refused{Kind: c.Kind, Record: c.Record, Dot: c.Dot(p.Stream)}] {
		return true
	}
	ranges := w.ranges[p.Stream]
	if len(ranges) == 0 || c.Kind == system.RefusalKind || w.alone[Location{p.Stream, seq}] {
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
func (r *replay) effect(author change.UnitID, p merge.Placed, seq uint64) *change.Change {
	name, has := access.Effect(p.Change, p.Stream, author, r.from.City)
	if r.from.By != nil && !r.from.By(author, p.Change.Kind) {
		return nil
	}
	c := p.Change.Named(name)
	switch {
	case r.words == nil:
	case r.words.moves.any(c):
		has = r.words.moves.counts(c, author, Location{p.Stream, seq}, r.isRead(p.Stream, seq), r.from.City)
	default:
		has = has || r.words.moves.inherits(c, author)
	}
	if !has {
		return nil
	}
	return c
}

// word reads what the city says of other changes.
func (r *replay) word(author change.UnitID, p merge.Placed, seq uint64) {
	if f, inner := r.forwarded(author, p); inner != nil {
		at := Location{f.Stream, f.Seq}
		if r.said[at] == nil {
			r.said[at] = map[change.UnitID]bool{}
		}
		r.said[at][f.To] = true
		r.word(f.Author, merge.Placed{Stream: f.Stream, Change: inner}, f.Seq)
		return
	}
	c := r.effect(author, p, seq)
	if c == nil {
		return
	}
	into := map[string]map[change.RecordID]*merge.Record{system.RefusalKind: r.refusals, system.CustodyKind: r.custody, system.DivisionKind: r.divisions}[c.Kind]
	if into == nil {
		return
	}
	if into[c.Record] == nil {
		into[c.Record] = merge.New(c.Kind, c.Record)
	}
	into[c.Record].Apply(p.Stream, c)
}

// forwarded is a change that the city says again, nil for any other change.
func (r *replay) forwarded(author change.UnitID, p merge.Placed) (change.Forward, *change.Change) {
	f, ok := change.ForwardIn(p.Change)
	if !ok || author != r.from.City {
		return f, nil
	}
	return f, f.Change()
}

// isRead reports whether a place of a stream is read as its device wrote it.
func (r *replay) isRead(in change.Stream, seq uint64) bool {
	info, read := r.read[in]
	return read && seq > 0 && seq <= info.Head
}

// origin calls fn for a change at its own place: of one that the city says again only
// where the stream that it stands in is not read as far.
func (r *replay) origin(author change.UnitID, p merge.Placed, seq uint64, fn visit) {
	f, inner := r.forwarded(author, p)
	if inner == nil {
		fn(author, p, seq)
		return
	}
	if !r.isRead(f.Stream, f.Seq) {
		fn(f.Author, merge.Placed{Stream: f.Stream, Change: inner}, f.Seq)
	}
}

func (r *replay) apply(author change.UnitID, p merge.Placed, seq uint64) {
	r.origin(author, p, seq, func(author change.UnitID, p merge.Placed, seq uint64) {
		c := r.effect(author, p, seq)
		if c == nil {
			return
		}
		key, named := Key{c.Kind, c.Record}, merge.Placed{Stream: p.Stream, Change: c}
		if r.from.Of != nil && !r.from.Of(key) || r.words.refuse(named, seq) {
			return
		}
		if r.states[key] == nil {
			r.states[key] = merge.New(c.Kind, c.Record)
			r.states[key].SetHolder(r.words.moves.holdings[key].To())
		}
		r.states[key].Apply(p.Stream, c)
	})
}

// Each tells every change of the streams of a source that has an effect, under the name of
// its record, with the place it has in its stream and whether the city has refused it.
func (w *Words) Each(ctx context.Context, from Source, fn func(p merge.Placed, seq uint64, refused bool)) error {
	r := replay{from: from, words: w}
	return r.scan(ctx, func(author change.UnitID, p merge.Placed, seq uint64) {
		r.origin(author, p, seq, func(author change.UnitID, p merge.Placed, seq uint64) {
			if c := r.effect(author, p, seq); c != nil {
				named := merge.Placed{Stream: p.Stream, Change: c}
				fn(named, seq, w.refuse(named, seq))
			}
		})
	})
}
