package view

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/system"
)

// work is what one Apply does to the records of a kind.
type work struct {
	*layout
	index   map[change.RecordID]int // in records
	records []pending
	counts  map[counted]int64
	wrote   bool // rows of a derived kind
}

// pending is a record with the changes of it that came with this call: mostly
// one; none for a record that only a refusal of this call concerns.
type pending struct {
	id      change.RecordID
	first   *Change
	at      ShortSpot // of first
	more    []*Change
	rebuilt bool // another set of its changes is refused now, so it is rebuilt

	// Of a record that one change alone makes: the unit it belongs to, and the
	// numbers of that and of the one it is addressed to.
	home           change.UnitID
	unit, audience int64
}

// workOf is the work on a kind, with room for so many records; nil when the
// schema does not know the kind.
func (a *application) workOf(kind string, room int) *work {
	if w, met := a.byKind[kind]; met {
		return w
	}
	l, known := a.view.layouts[kind]
	if !known {
		return nil
	}
	w := &work{layout: l, index: make(map[change.RecordID]int, room), records: make([]pending, 0, room), counts: map[counted]int64{}}
	a.byKind[kind] = w
	if a.view.filled != nil { // else it is learned when it is asked for
		a.view.filled[kind] = true
	}
	a.kinds = append(a.kinds, w)
	return w
}

func (w *work) add(c *Change, at ShortSpot) {
	r := w.record(c.Change.Record)
	if r.first == nil {
		r.first, r.at = c, at
		return
	}
	r.more = append(r.more, c)
}

// record is the pending record of the id. It is good until the next call.
func (w *work) record(id change.RecordID) *pending {
	i, met := w.index[id]
	if !met {
		i = len(w.records)
		w.index[id] = i
		w.records = append(w.records, pending{id: id})
	}
	return &w.records[i]
}

// all lists the changes in the order they came.
func (r *pending) all(fn func(*Change)) {
	if r.first == nil {
		return
	}
	fn(r.first)
	for _, c := range r.more {
		fn(c)
	}
}

// applyKind brings the changes of a kind into the tables, and what they do to
// its counts.
func (a *application) applyKind(ctx context.Context, w *work) error {
	if !a.isFirst(w.kind.Name) { // else it is applied already
		if err := a.numberHomes(w); err != nil {
			return err
		}
		err := w.eachPortion(a.view.tables.Portion(), func(records []pending, d *draft) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return a.applyPortion(w, records, d)
		})
		if err != nil {
			return err
		}
	}
	return a.writeCounts(w)
}

// isFirst reports whether records of a kind are merged before all others, which depend on
// them.
func (a *application) isFirst(kind string) bool {
	return kind == system.RefusalKind || kind == system.CustodyKind || kind == system.DivisionKind && a.view.opts.Custody != nil
}

// applyPortion brings some records in: those that are new with one change as
// they came, the others merged with what is there.
func (a *application) applyPortion(w *work, records []pending, d *draft) error {
	b, err := a.lookBeside(w, records)
	if err != nil {
		return err
	}
	rest, err := a.insertFirsts(w, records, d, b)
	if err != nil || len(rest) == 0 {
		return err
	}
	_, err = a.mergeAll(w, rest, b)
	return err
}
