package view

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// Custody is what the journal knows of where changes stand, for records that the city
// has given to another unit. It may be ahead of the view: what it says of a change that
// the view has not come to makes the record what it is going to be.
type Custody interface {
	// Author returns the unit whose device made the change at a place, and whether its
	// stream is here as the device wrote it.
	Author(in change.Stream, seq uint64) (author change.UnitID, here bool, err error)
	// Forwarded reports whether the city has said the change at a place again to a unit.
	Forwarded(in change.Stream, seq uint64, to change.UnitID) (bool, error)
	// Heirs are the heirs of units, and theirs, by what the city has announced.
	Heirs(of ...change.UnitID) (custody.Heirs, error)
}

// holdings are the records that have been given to another unit, by the words that the
// tables have. They never change.
type holdings struct {
	words map[recordName]map[change.RecordID]system.Custody
	now   map[recordName]custody.Holding
	moved map[string]int // how many of each kind
}

// with is the holdings with another set of words.
func (h *holdings) with(said map[change.RecordID]word) *holdings {
	next := &holdings{words: maps.Clone(h.words), now: maps.Clone(h.now), moved: maps.Clone(h.moved)}
	if next.words == nil {
		next.words, next.now, next.moved = map[recordName]map[change.RecordID]system.Custody{}, map[recordName]custody.Holding{}, map[string]int{}
	}
	for id, w := range said {
		of := w.about()
		words := maps.Clone(next.words[of])
		if words == nil {
			words = map[change.RecordID]system.Custody{}
		}
		delete(words, id)
		if w.stands {
			words[id] = w.Custody
		}
		next.words[of] = words
		maker, _ := of.id.Maker()
		was, is := next.now[of], custody.InForce(maker, slices.Collect(maps.Values(words)))
		next.now[of] = is
		next.moved[of.kind] += int(flag(is.Moved()) - flag(was.Moved()))
	}
	return next
}

// word is what a record of the city's custody words says.
type word struct {
	system.Custody
	stands bool // it is not void
}

func (w *word) about() recordName { return recordName{w.Kind, w.Record} }

// wordFrom reads a word from its record; false for any other record.
func wordFrom(r *merge.Record) (word, bool) {
	w, ok := system.CustodyNamed(r)
	return word{Custody: w, stands: ok && !r.Void()}, ok && !change.Ruled(w.Kind)
}

// of is whose a record is; not Moved where no word is in force.
func (h *holdings) of(kind string, id change.RecordID) custody.Holding {
	if h == nil || len(h.now) == 0 {
		return custody.Holding{}
	}
	return h.now[recordName{kind, id}]
}

// any reports whether some record of a kind was given to another unit.
func (h *holdings) any(kind string) bool { return h != nil && h.moved[kind] > 0 }

// home is where a record belongs: BelongingOf, but for one that was given to another
// unit.
func (h *holdings) home(r Content) Belonging {
	if of := h.of(r.Kind(), r.ID()); of.Moved() {
		return Belonging{Unit: of.Unit, Audience: of.At, Moved: true}
	}
	return BelongingOf(r)
}

// learnHoldings reads the words that the tables have.
func (m *Merged) learnHoldings(ctx context.Context) error {
	l, known := m.layouts[system.CustodyKind]
	if m.holdings.Load() != nil || !known {
		return nil
	}
	said := map[change.RecordID]word{}
	err := m.tables.Each(ctx, l.kind, "", func(h Held) error {
		s, err := l.parse(&h)
		if err != nil {
			return err
		}
		r, err := s.record(l.kind.Name, h.ID, nil)
		if err != nil {
			return err
		}
		if w, ok := wordFrom(r); ok {
			said[h.ID] = w
		}
		return nil
	})
	if err == nil {
		m.holdings.Store(new(holdings).with(said))
	}
	return err
}

// keepHoldings brings in what a call has applied; where that is not known it is read of
// the tables again.
func (m *Merged) keepHoldings(a *application, err error) {
	switch {
	case a.holdings == nil || a.holdings == m.holdings.Load():
	case err != nil:
		m.holdings.Store(nil)
	default:
		m.holdings.Store(a.holdings)
	}
}

// home is where a record belongs, by all that is applied.
func (m *Merged) home(r Content) Belonging { return m.holdings.Load().home(r) }

// home is where a record belongs, by what this call has applied as well.
func (a *application) home(r Content) Belonging { return a.holdings.home(r) }

// homeWas is where a record belonged before this call.
func (a *application) homeWas(r Content) Belonging { return a.view.home(r) }

// orderTo is the unit to which orders about a record are said.
func (m *Merged) orderTo(r Content) change.UnitID {
	if h := m.holdings.Load().of(r.Kind(), r.ID()); h.Moved() {
		return h.At
	}
	return BelongingOf(r).Unit
}

// withoutStrangers leaves out what others have written of a record than the city, who has
// ever held it, and their heirs: such changes wait for a word that never came.
func (m *Merged) withoutStrangers(kind string, id change.RecordID, spots []Spot) ([]Spot, error) {
	know := m.opts.Custody
	if know == nil || change.Ruled(kind) {
		return spots, nil
	}
	maker, named := id.Maker()
	if !named {
		return spots, nil
	}
	h := m.holdings.Load().of(kind, id)
	if !h.Moved() {
		h.Unit = maker
	}
	heirs, failed := know.Heirs(h.Holders()...)
	spots = slices.DeleteFunc(spots, func(s Spot) bool {
		author, _, err := know.Author(s.Stream, s.Seq)
		failed = cmp.Or(failed, err)
		return author != m.opts.City && !h.Held(author, heirs)
	})
	return spots, failed
}

// originals puts in the place of each entry in which the city says a change again that
// change, as one of the stream it was written in.
func (a *application) originals(changes []Change) []Change {
	if !slices.ContainsFunc(changes, func(c Change) bool { return c.Change.Kind == change.ForwardKind }) {
		return changes
	}
	all := make([]Change, 0, len(changes))
	for _, c := range changes {
		f, ok := change.ForwardIn(c.Change)
		if !ok || c.Author != a.view.opts.City {
			all = append(all, c)
			continue
		}
		if inner := f.Change(); inner != nil {
			all = append(all, Change{Arrival: c.Arrival, Stream: f.Stream, Seq: f.Seq, Author: f.Author, Change: inner, Raw: f.Raw, again: true})
		}
	}
	return all
}

// applyWords merges the fresh custody words before the records they are about, which are
// made again by whose they are now.
func (a *application) applyWords(ctx context.Context) error {
	w, fresh := a.byKind[system.CustodyKind]
	if !fresh {
		return nil
	}
	said := map[change.RecordID]word{}
	err := a.mergeFirst(ctx, w, func(r *merge.Record) error {
		if of, ok := wordFrom(r); ok {
			said[r.ID()] = of
		}
		return nil
	})
	if err != nil {
		return err
	}
	a.holdings = a.holdings.with(said)
	for _, of := range said {
		if w := a.workOf(of.Kind, 0); w != nil {
			w.record(of.Record).rebuilt = true
		}
	}
	return nil
}
