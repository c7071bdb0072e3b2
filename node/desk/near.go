package desk

import (
	"tongbu/internal/change"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// near is what stands beside the records of this unit: what an input has brought so
// far, and behind it what is stored, which is looked up in the indexes or, for many
// records, read once.
type near struct {
	desk  *Desk
	tx    *journal.Tx
	of    *schema.Schema
	book  *schema.Book             // of the input; whole: of the unit
	met   map[change.RecordID]bool // in the book
	whole bool
	err   error // of a look-up in the midst of a rule
}

var _ schema.Near = (*near)(nil)

func (d *Desk) newNear(tx *journal.Tx) *near {
	of := d.at.Schema.Now()
	return &near{desk: d, tx: tx, of: of, book: of.NewBook(d.at.Members.Codes()...), met: map[change.RecordID]bool{}}
}

// manyItems is from how many items on an input reads all that the unit holds, in
// place of looking up what stands beside each.
const manyItems = 100

// prepare reads all for many items of a kind, and while the indexes are made.
func (n *near) prepare(k *schema.Kind, items int) error {
	if !n.book.Keeps(k.Name) {
		return nil
	}
	ready, err := n.desk.at.Records.IndexReady(n.tx)
	if err != nil || ready && items < manyItems {
		return err
	}
	return n.readAll()
}

// add brings in a record as an input makes it.
func (n *near) add(kind string, id change.RecordID, values map[string]change.Value) {
	if !n.whole { // else the book has all there is
		n.met[id] = true
	}
	n.book.Put(kind, id, isVoid(values), func(field string) change.Value { return values[field] })
}

var voidValue = change.Text("0")

func isVoid(values map[string]change.Value) bool { return values[merge.VoidField] == voidValue }

// perRest is after how many records the pages of the journal are let go of that were
// read for them: all of them would be most of the file.
const perRest = 4000

// readAll reads all that the unit holds.
func (n *near) readAll() error {
	read := 0
	for _, k := range n.of.Kinds() {
		if !n.book.Keeps(k.Name) {
			continue
		}
		err := n.desk.at.Records.Each(n.tx, k.Name, "", func(rec *merge.Record) error {
			if read++; read%perRest == 0 {
				n.tx.Rest()
			}
			if n.isOwn(rec) {
				n.book.Put(k.Name, rec.ID(), rec.Void(), rec.Value)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	n.whole = true
	return nil
}

// Codes implements schema.Near.
func (n *near) Codes() []string { return n.book.Codes() }

// Named implements schema.Near.
func (n *near) Named(kind string, id change.RecordID) (schema.Neighbour, bool) {
	if n.whole || n.met[id] || n.err != nil {
		return n.book.Named(kind, id)
	}
	rec, err := n.desk.at.Records.Get(n.tx, kind, id)
	if n.err = err; err != nil || rec == nil || !n.isOwn(rec) {
		return schema.Neighbour{}, false
	}
	return n.neighbour(rec), true
}

// With implements schema.Near.
func (n *near) With(kind, field string, value change.Value) []schema.Neighbour {
	all := n.book.With(kind, field, value)
	k, ok := n.of.Kind(kind)
	if n.whole || !ok {
		return all
	}
	f, _ := k.Field(field)
	for _, spelt := range schema.Spellings(f, value) {
		all = n.withStored(all, kind, field, spelt)
	}
	return all
}

// withStored appends the stored records that have the value, but for those of the
// input, by the index of the field.
func (n *near) withStored(all []schema.Neighbour, kind, field string, value change.Value) []schema.Neighbour {
	if n.err != nil {
		return all
	}
	var found []*merge.Record
	found, n.err = n.desk.having(n.tx, kind, field, value, func(rec *merge.Record) bool { return !n.met[rec.ID()] && n.isOwn(rec) })
	for _, rec := range found {
		all = append(all, n.neighbour(rec))
	}
	return all
}

// having are the valid records of a kind that have a value and match, by the index of the
// field where there is one.
func (d *Desk) having(tx *journal.Tx, kind, field string, value change.Value, matches func(*merge.Record) bool) (all []*merge.Record, err error) {
	only := filter.Range{Low: value.Text(), High: value.Text()}
	q := records.PageQuery{Kind: kind, Where: []filter.Term{{Field: field, Ranges: []filter.Range{only}, One: true}},
		Match: func(rec *merge.Record) bool { return rec.Value(field) == value && !rec.Void() && matches(rec) }}
	for more := true; more && err == nil; more = q.After != "" {
		var page records.Page
		page, err = d.at.Records.Page(tx, q)
		all = append(all, page.Records...)
		q.After = page.Next
	}
	return all, err
}

// isOwn reports whether this unit holds the record, as the heir of another too.
func (n *near) isOwn(rec *merge.Record) bool { return n.desk.isHeld(rec) }

func (n *near) neighbour(rec *merge.Record) schema.Neighbour {
	values := map[string]change.Value{}
	for _, field := range n.of.NearFields(rec.Kind()) {
		values[field] = rec.Value(field)
	}
	return schema.Neighbour{ID: rec.ID(), Void: rec.Void(), Values: values}
}
