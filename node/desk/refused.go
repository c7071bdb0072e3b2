package desk

import (
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/node/replica"
)

// Lost is a change of a record that the city refused and that nothing has replaced
// since: what was typed, why it has no effect, and how to put it right.
type Lost struct {
	Seq    uint64         `json:"seq"`
	Rule   string         `json:"rule"`
	Reason replica.Reason `json:"reason"`
	Fields map[string]any `json:"fields"`
}

// refusedField lets a filter ask for records of which something is refused.
var refusedField = &schema.Field{Name: "refused", Type: schema.Boolean}

func (d *Desk) showLost(tx *journal.Tx, k *schema.Kind, id change.RecordID) (shown []Lost, err error) {
	lost, err := d.at.Records.Lost(tx, k.Name, id)
	for _, p := range lost {
		message, err := d.messageOf(tx, p)
		if err != nil {
			return nil, err
		}
		shown = append(shown, Lost{Seq: p.Seq, Rule: p.Rule, Reason: d.at.ReasonOf(p.Rule, message, p.Change), Fields: d.showFields(k, p.Change.Fields.Map())})
	}
	return shown, err
}

// messageOf is what the city said of a refused change.
func (d *Desk) messageOf(tx *journal.Tx, p records.Past) (string, error) {
	word, err := d.at.Records.Get(tx, system.RefusalKind, system.WordID(p.Stream, p.Seq))
	if err != nil || word != nil {
		return system.RefusalFrom(word).Message, err
	}
	of, _, err := d.at.Records.RangeAt(tx, p.Stream, p.Seq)
	return of.Message, err
}

// onlyLost shows a record of which nothing stands: what was typed must not be gone
// without a word. It is nil when there is no such record.
func (d *Desk) onlyLost(tx *journal.Tx, k *schema.Kind, id change.RecordID) (*Shown, error) {
	lost, err := d.showLost(tx, k, id)
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	unit, _ := id.Maker()
	return &Shown{ID: id, Unit: d.at.Members.Code(unit), State: Refused, Fields: map[string]any{}, Refused: lost}, nil
}

// asksForLost reports whether a filter holds only for records of which something is
// refused.
func asksForLost(expr *filter.Expr) bool {
	return slices.ContainsFunc(expr.Terms(), func(t filter.Term) bool {
		return t.Field == refusedField.Name && len(t.Ranges) == 1 && t.Ranges[0].Low == any(true) && t.Ranges[0].High == any(true)
	})
}

// namesOfLost are the records of a kind that words of the city name, by id: some may
// have been put right.
func (d *Desk) namesOfLost(kind string) (ids []change.RecordID, err error) {
	found := map[change.RecordID]bool{}
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		err := d.at.Records.Each(tx, system.RefusalKind, "", func(r *merge.Record) error {
			if named, ok := system.RefusalFrom(r).Names(); ok && named.Kind == kind {
				found[named.Record] = true
			}
			return nil
		})
		if err != nil {
			return err
		}
		return d.at.Records.EachRange(tx, func(r system.Range) error { return eachWithin(tx, r, kind, found) })
	})
	for id := range found {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, err
}

// eachWithin adds the records of a kind whose changes a range refuses.
func eachWithin(tx *journal.Tx, r system.Range, kind string, found map[change.RecordID]bool) error {
	info, held, err := tx.Stream(r.Stream)
	if err != nil || !held {
		return err
	}
	return records.EachChange(tx, r.Stream, r.From, min(r.To, info.Head), func(seq uint64, c *change.Change) error {
		if r.Has(seq) && c.Kind == kind {
			found[c.Record.Of(kind, info.Author)] = true
		}
		return nil
	})
}

// pagerOfLost reads the records that have lost something and match, page by page.
func (d *Desk) pagerOfLost(w wanted, ids []change.RecordID) func() ([]*Shown, bool, error) {
	return func() (page []*Shown, more bool, err error) {
		page, ids, err = d.pageOfLost(w, ids)
		return page, len(ids) > 0, err
	}
}

// pageOfLost reads the first of the records, at most as many as one transaction may.
func (d *Desk) pageOfLost(w wanted, ids []change.RecordID) (page []*Shown, rest []change.RecordID, err error) {
	n := min(len(ids), lostPerPage)
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		for _, id := range ids[:n] {
			shown, err := d.showWhereLost(tx, w, id)
			if err != nil {
				return err
			}
			if shown != nil {
				page = append(page, shown)
			}
		}
		return nil
	})
	return page, ids[n:], err
}

// lostPerPage is how many records one transaction reads.
const lostPerPage = 500

// showWhereLost is the record if the filter holds for it, with what was typed where
// nothing stands.
func (d *Desk) showWhereLost(tx *journal.Tx, w wanted, id change.RecordID) (*Shown, error) {
	lost, err := d.at.Records.Lost(tx, w.kind.Name, id)
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	rec, err := d.at.Records.Get(tx, w.kind.Name, id)
	if err != nil {
		return nil, err
	}
	if rec != nil {
		if !d.matches(w, rec, true) {
			return nil, nil
		}
		return d.showRecord(tx, w.kind, rec)
	}
	typed := map[string]change.Value{}
	for _, p := range lost {
		maps.Insert(typed, p.Change.Fields.All())
	}
	unit, _ := id.Maker()
	if !d.matchesValues(w.expr, id, unit, typed, true) {
		return nil, nil
	}
	return d.onlyLost(tx, w.kind, id)
}
