package view

import (
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// A word of the city may refuse a range of a stream. What it refuses leaves nothing
// here: no row, and no stray either, so that a device which fills the journal with
// small wrong changes does not fill the view. Which record a place is of is read from
// the journal when a word about it comes or goes.

// Span is a range that a word refuses, as the tables keep it.
type Span struct {
	Stream int64
	From   int64
	To     int64
	Stand  string        // system.Places, from From on: the places within that it does not refuse
	Unit   change.UnitID // unit whose device made the changes
}

// spanBlock is how many places are asked for at once: those of a range that holds one
// of a block begin in it or in the block before.
const spanBlock = system.MaxSpan

// block names a stretch of a stream.
type block struct{ stream, no int64 }

// spans are the ranges that were looked up, by block.
type spans map[block][]parsedSpan

type parsedSpan struct {
	Span
	stand system.Places
}

func (s *parsedSpan) has(seq int64) bool {
	return seq >= s.From && seq <= s.To && !s.stand.Has(uint64(seq))
}

func parseSpan(s Span) (parsedSpan, error) {
	stand, ok := system.ParsePlaces(s.Stand, uint64(s.From), uint64(s.To))
	if !ok {
		return parsedSpan{}, fault.New(fault.Damaged, "a range of refused changes is not in form")
	}
	return parsedSpan{s, stand}, nil
}

// spanAt is the first range that holds the place, nil when none does.
func (a *application) spanAt(at ShortSpot) (*parsedSpan, error) {
	if !a.ranges {
		return nil, nil
	}
	b := block{at.Stream, at.Seq / spanBlock}
	known, met := a.spans[b]
	if !met {
		found, err := a.tx.Ranges(at.Stream, b.no*spanBlock, (b.no+1)*spanBlock-1)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			p, err := parseSpan(s)
			if err != nil {
				return nil, err
			}
			known = append(known, p)
		}
		a.spans[b] = known
	}
	for i := range known {
		if known[i].has(at.Seq) {
			return &known[i], nil
		}
	}
	return nil, nil
}

// isRanged reports whether a range refuses the place, and no word about the place
// alone decides.
func (a *application) isRanged(at ShortSpot) (bool, error) {
	s, err := a.spanAt(at)
	if err != nil || s == nil {
		return false, err
	}
	alone, err := a.isAlone(at)
	return !alone, err
}

// isAlone reports whether there is a word about the place alone, void or not.
func (a *application) isAlone(at ShortSpot) (bool, error) {
	l, known := a.view.layouts[system.RefusalKind]
	if !known {
		return false, nil
	}
	if alone, met := a.alone[at]; met {
		return alone, nil
	}
	in, err := a.streamOf(at.Stream)
	if err != nil {
		return false, err
	}
	held, err := a.tx.Load(l.kind, []change.RecordID{system.WordID(in, uint64(at.Seq))})
	if err != nil {
		return false, err
	}
	a.alone[at] = held[0].There()
	return a.alone[at], nil
}

// streamOf is the stream of a number.
func (a *application) streamOf(no int64) (change.Stream, error) {
	if in, known := a.streams[no]; known {
		return in, nil
	}
	names, err := a.tx.Streams(no)
	if err != nil {
		return change.Stream{}, err
	}
	a.streams[no] = names[no]
	a.numbers[names[no]] = no
	return names[no], nil
}

// numberOf is the number of a stream.
func (a *application) numberOf(in change.Stream) (int64, error) {
	if no, known := a.numbers[in]; known {
		return no, nil
	}
	numbers, err := a.tx.Number([]change.Stream{in})
	if err != nil {
		return 0, err
	}
	a.numbers[in], a.streams[numbers[0]] = numbers[0], in
	return numbers[0], nil
}

// isLeftOut reports whether a change that came is refused by a range: it leaves no
// trace.
func (a *application) isLeftOut(c *Change, at ShortSpot) (bool, error) {
	if c.Change.Kind == system.RefusalKind {
		return false, nil
	}
	if c.Refused {
		return true, nil
	}
	return a.isRanged(at)
}

// applyRange brings in what a word refuses now in place of what it refused.
func (a *application) applyRange(r *merge.Record) error {
	var now *Span
	if of, ok := system.RangeFrom(r); ok {
		no, err := a.numberOf(of.Stream)
		if err != nil {
			return err
		}
		now = &Span{Stream: no, From: int64(of.From), To: int64(of.To), Stand: of.Stand.Text(of.From), Unit: of.Unit}
	}
	if now == nil && !a.ranges {
		return nil
	}
	before, err := a.tx.Range(r.ID(), now)
	if err != nil || before != nil && now != nil && *before == *now {
		return err
	}
	a.ranges = a.ranges || now != nil
	clear(a.spans)
	for _, s := range []*Span{before, now} {
		if s == nil {
			continue
		}
		if err := a.bringBack(*s, s.From, s.To); err != nil {
			return err
		}
	}
	return nil
}

// applyAlone brings in the change that a word about one place is about, if a range
// holds the place: from now on the word decides.
func (a *application) applyAlone(r *merge.Record) error {
	said := system.RefusalFrom(r)
	if !a.ranges || said.Stream == (change.Stream{}) || r.ID() != system.WordID(said.Stream, said.Seq) {
		return nil
	}
	no, err := a.numberOf(said.Stream)
	if err != nil {
		return err
	}
	at := ShortSpot{Stream: no, Seq: int64(said.Seq)}
	a.alone[at] = true
	s, err := a.spanAt(at)
	if err != nil || s == nil {
		return err
	}
	return a.bringBack(s.Span, at.Seq, at.Seq)
}

// bringBack has the records made again of which changes stand in a range between two
// places. The changes are read from the journal, for no spot of them is kept.
func (a *application) bringBack(s Span, from, to int64) error {
	in, err := a.streamOf(s.Stream)
	if err != nil {
		return err
	}
	parsed, err := parseSpan(s)
	if err != nil {
		return err
	}
	return a.view.eachChange(in, uint64(from), uint64(to), func(seq uint64, c *change.Change) error {
		name, has := access.Effect(c, in, s.Unit, a.view.opts.City)
		if w := a.workOf(c.Kind, 0); w != nil && c.Kind != system.RefusalKind && parsed.has(int64(seq)) && has {
			w.add(&Change{Stream: in, Seq: seq, Author: s.Unit, Change: c.Named(name)}, ShortSpot{Stream: s.Stream, Seq: int64(seq)})
			w.record(name).rebuilt = true
		}
		return nil
	})
}

// eachChange calls fn for the changes of a stream between two places that the journal
// has.
func (m *Merged) eachChange(in change.Stream, from, to uint64, fn func(uint64, *change.Change) error) error {
	if m.opts.Each != nil {
		return fault.Wrap("read changes from the journal", m.opts.Each(in, from, to, fn))
	}
	if m.opts.Fetch == nil {
		return fault.New(fault.Internal, "the view has no journal to read changes from")
	}
	for seq := from; seq <= to; seq++ {
		raw, err := m.opts.Fetch(in, seq)
		if fault.Of(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return fault.Wrap("fetch a change from the journal", err)
		}
		c, err := change.Decode(raw)
		if err == nil {
			err = fn(seq, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
