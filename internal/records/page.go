package records

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/index"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
)

// What one page does at most: a transaction is to be short.
const (
	maxDecoded = 500    // records that are read
	maxEntries = 20_000 // entries of indexes that are walked
)

// PageQuery asks for a part of a list of records.
type PageQuery struct {
	Kind  string
	Where []filter.Term            // tests that every record passes which Match takes; they lead to it
	Match func(*merge.Record) bool // which records are wanted; nil: all
	Order filter.Order             // by one indexed field that is no set, empty fields first, then by id; the zero Order: by id
	After Cursor                   // where the part before ended
	Limit int                      // how many records at most; 0: as many as one page may read
}

// Page is a part of a list.
type Page struct {
	Records []*merge.Record
	Next    Cursor // where the next part begins, "" when this was the last one
	Decoded int    // records read to find these
}

// Page returns the next records of a list, in order. It may return fewer than
// the limit, none even, and have a next part: it reads about 500 records at
// most. The indexes are those of Indexed; without them all records are read,
// and an order is Unavailable. It returns Invalid for an order that no index
// has and for a cursor that is none, and Damaged.
func (s *Records) Page(tx *journal.Tx, q PageQuery) (Page, error) {
	p := &pager{Records: s, tx: tx, q: q}
	if p.q.Limit <= 0 {
		p.q.Limit = maxDecoded
	}
	err := p.plan()
	if err == nil {
		err = p.run()
	}
	return p.page, err
}

// pager makes one page.
type pager struct {
	*Records
	tx     *journal.Tx
	q      PageQuery
	after  listPosition // of the last record that was looked at, or the cursor's
	page   Page
	walked int // entries
	lead   lead
}

// lead is where the records come from.
type lead struct {
	order *index.Tree              // by value; nil: by id
	by    *index.Tree              // the ids of spans; nil: those named, else all of the kind
	spans []index.Span             // of order, or of by
	ids   []change.RecordID        // named by the filter, sorted
	named bool                     // ids says which
	among map[change.RecordID]bool // in order: only these; nil: all
}

func (p *pager) run() error {
	switch l := &p.lead; {
	case l.order != nil && p.q.Order.Desc:
		return p.down()
	case l.order != nil:
		return p.up()
	case l.named:
		return p.each(l.ids)
	case l.by != nil:
		return p.byIndex()
	}
	return p.all()
}

// all reads the records of the kind.
func (p *pager) all() error {
	return p.EachState(p.tx, p.q.Kind, p.after.next(), func(id change.RecordID, raw []byte) error {
		if p.full() {
			return journal.ErrStop
		}
		p.after = listPosition{id: []byte(id)}
		return p.take(raw, nil)
	})
}

// each reads the records of ids.
func (p *pager) each(ids []change.RecordID) error {
	for _, id := range ids {
		if string(id) <= string(p.after.id) {
			continue
		}
		if p.full() {
			return nil
		}
		p.after = listPosition{id: []byte(id)}
		if err := p.look(id, nil); err != nil {
			return err
		}
	}
	return nil
}

// full ends the page when it has what it may have, before another record is
// looked at: the next part begins behind the last one.
func (p *pager) full() bool {
	if len(p.page.Records) < p.q.Limit && p.page.Decoded < maxDecoded && p.walked < maxEntries {
		return false
	}
	p.page.Next = p.after.cursor()
	return true
}

// look reads a record that an index or the filter names.
func (p *pager) look(id change.RecordID, key []byte) error {
	raw, err := p.tx.Table(stateTable).Get(stateKey(p.q.Kind, id))
	if err != nil {
		return err
	}
	if raw == nil && p.lead.named {
		return nil
	}
	if raw == nil {
		return fault.New(fault.Damaged, "an index of %s lists a record that is not there", p.q.Kind)
	}
	return p.take(raw, key)
}

// take decodes a record and keeps it when it is wanted; by an index under one
// of its keys only.
func (p *pager) take(raw, key []byte) error {
	r, err := p.decode(p.tx, raw)
	if err != nil {
		return err
	}
	p.page.Decoded++
	if key != nil && !p.firstOf(r, key) || p.q.Match != nil && !p.q.Match(r) {
		return nil
	}
	p.page.Records = append(p.page.Records, r)
	return nil
}

// firstOf reports whether a record is to be met under the key. A set that a
// later schema has put into the field is listed under several.
func (p *pager) firstOf(r *merge.Record, key []byte) bool {
	for _, k := range index.Keys(p.indexed.Load().listedValue(r, p.q.Order.Field)) {
		if within(p.lead.spans, k) {
			return slices.Equal(k, key)
		}
	}
	return false
}

func within(spans []index.Span, key []byte) bool {
	return slices.ContainsFunc(spans, func(s index.Span) bool { return s.Has(key) })
}
