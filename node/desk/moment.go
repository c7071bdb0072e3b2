package desk

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// Moment is what stands of a kind in the file at one moment. It ends with the call that
// it was made for.
type Moment struct {
	desk *Desk
	tx   *journal.Tx
	kind *schema.Kind
	day  string
	near *near // nil: nothing was judged yet
}

// At calls fn with what stands of a kind here. It is one transaction: fn only reads, and
// tells nobody meanwhile.
func (d *Desk) At(k *schema.Kind, fn func(*Moment) error) error {
	return d.at.Journal.View(func(tx *journal.Tx) error {
		day, _, err := d.at.Today(tx)
		if err != nil {
			return err
		}
		return fn(&Moment{desk: d, tx: tx, kind: k, day: day.Date})
	})
}

// Number grows with whatever is written here.
func (m *Moment) Number() int { return m.tx.Number() }

// Each calls fn for the records to which the indexes lead from a filter: all that match
// it, and others. They come in no order.
func (m *Moment) Each(where *filter.Expr, fn func(*merge.Record) error) (err error) {
	if slices.ContainsFunc(where.Terms(), isDisputedOnly) {
		return m.eachDisputed(fn)
	}
	q := records.PageQuery{Kind: m.kind.Name, Where: m.desk.storedTerms(where.Terms()), Match: func(rec *merge.Record) bool {
		if err == nil {
			err = fn(rec)
		}
		return false // none is kept
	}}
	for more := true; more && err == nil; more = q.After != "" {
		page, readErr := m.desk.at.Records.Page(m.tx, q)
		if readErr != nil {
			return readErr
		}
		q.After = page.Next
	}
	return err
}

// isDisputedOnly reports a test that records without conflicts fail.
func isDisputedOnly(t filter.Term) bool {
	return t.Field == filter.ConflictsName && len(t.Ranges) == 1 && t.Ranges[0].Equal() && t.Ranges[0].Low == true
}

// eachDisputed calls fn for the records that hold values side by side: every answer says
// how many these are.
func (m *Moment) eachDisputed(fn func(*merge.Record) error) error {
	return m.desk.at.Records.EachConflict(m.tx, func(kind string, id change.RecordID) error {
		if kind != m.kind.Name {
			return nil
		}
		rec, err := m.desk.at.Records.Get(m.tx, kind, id)
		if err != nil || rec == nil {
			return err
		}
		return fn(rec)
	})
}

// EachDerived calls fn for all rows of a derived kind, as they are today.
func (m *Moment) EachDerived(fn func(facts.Row) error) error {
	book, err := m.desk.at.Book(m.tx)
	if err != nil {
		return err
	}
	held, err := m.desk.at.Holdings(m.tx, book, m.desk.at.Units()...)
	tell := func(made facts.Rows) error {
		for _, row := range made.All {
			if row.Kind != m.kind.Name {
				continue
			}
			if err := fn(row); err != nil {
				return err
			}
		}
		return nil
	}
	for i := 0; err == nil && i < len(held); i++ {
		err = held[i].Each(m.day, tell)
	}
	return err
}

// Judge gets ready to find what is wrong with about so many records.
func (m *Moment) Judge(records int) error {
	m.near = m.desk.newNear(m.tx)
	return m.near.prepare(m.kind, records)
}

// Findings are the rules that a record fails, and those of them that it explains, as the
// computed fields hold them.
func (m *Moment) Findings(rec *merge.Record) (findings, explained change.Value, err error) {
	if m.near == nil {
		return change.Null, change.Null, nil
	}
	values := map[string]change.Value{}
	j := &judge{kind: m.kind, near: m.near, today: m.day, tree: m.desk.at.Members.Tree()}
	j.addFindings(rec, values)
	return values[schema.FindingsField], values[schema.ExplainedField], m.near.err
}
