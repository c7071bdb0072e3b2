package replica

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// page reads the next records of a list, those an index leads to where the
// filter allows it. One transaction reads at most 500 records.
func (s *Replica) page(k *schema.Kind, expr *filter.Expr, after records.Cursor) (page []*Shown, next records.Cursor, err error) {
	q := records.PageQuery{Kind: k.Name, Where: s.stored(expr.Terms()), After: after, Match: func(rec *merge.Record) bool {
		values := rec.Values()
		values["id"] = change.Text(string(rec.ID()))
		s.place(values, change.UnitID(rec.Value("unit").Text()))
		return (expr.Names("valid") || !rec.Void()) && expr.Match(values)
	}}
	err = s.Journal.View(func(tx *journal.Tx) error {
		found, err := s.Records.Page(tx, q)
		next = found.Next
		for _, rec := range found.Records {
			if err != nil {
				break
			}
			var shown *Shown
			shown, err = s.show(tx, k, rec)
			page = append(page, shown)
		}
		return err
	})
	return page, next, err
}

// maxUnits bounds the units by which a place of the tree is looked up.
const maxUnits = 32

// stored puts the tests into the words of the stored records: a filter names
// units, and the tiers above them, by division codes. What has no such word
// leads to no record; the filter itself is asked in any case.
func (s *Replica) stored(terms []filter.Term) (kept []filter.Term) {
	for _, t := range terms {
		level, isTier := tierNamed(t.Field)
		if !isTier && t.Field != "unit" {
			kept = append(kept, t)
			continue
		}
		if units, ok := s.unitsOf(t.Ranges, level); ok {
			kept = append(kept, filter.Term{Field: "unit", Ranges: units, One: t.One})
		}
	}
	return kept
}

func tierNamed(field string) (tree.Level, bool) {
	for level := tree.City; level <= tree.Community; level++ {
		if level.String() == field {
			return level, true
		}
	}
	return 0, false
}

// unitsOf are the units that have one of the codes, or stand in the unit of
// the level that has it; false when they are too many or cannot be told.
func (s *Replica) unitsOf(codes []filter.Range, level tree.Level) (units []filter.Range, ok bool) {
	t := s.Members.Tree()
	if t == nil || slices.ContainsFunc(codes, func(r filter.Range) bool { return !r.Equal() }) {
		return nil, false
	}
	for _, code := range codes {
		text, _ := code.Low.(string)
		u, known := t.ByCode(text)
		switch {
		case !known && level != 0:
			return nil, false
		case !known: // a unit that is not in the tree is shown by its id
			units = append(units, filter.Range{Low: text, High: text})
		case level == 0:
			units = append(units, filter.Range{Low: string(u.ID), High: string(u.ID)})
		default:
			for _, below := range t.Units(u.ID) {
				units = append(units, filter.Range{Low: string(below.ID), High: string(below.ID)})
			}
		}
	}
	return units, len(units) <= maxUnits
}
