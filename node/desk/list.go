package desk

import (
	"cmp"
	"context"
	"slices"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// List calls tell for the records of a kind that match the filter (AIP-160; empty:
// all), by id; for void ones only when the filter asks about them. It returns what
// tell returns, what Get returns, and Invalid for a wrong filter.
func (d *Desk) List(ctx context.Context, kind, where string, by Asker, tell func(*Shown) error) error {
	k, err := d.readableKind(kind)
	if err != nil {
		return err
	}
	expr, asked, err := d.parseFilter(k, where)
	if err != nil {
		return err
	}
	judge, err := d.judgeOf(k, expr)
	if err != nil {
		return err
	}
	for after, more := records.Cursor(""), true; more; more = after != "" {
		var page []*Shown
		if page, after, err = d.readPage(k, expr, judge, after); err != nil {
			return err
		}
		if err := d.auditAsked(ctx, audit.List, k, asked, idsOf(page...), by, nil); err != nil {
			return err
		}
		for _, shown := range page {
			if err := tell(shown); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return fault.Wrap("list", err)
		}
	}
	return nil
}

// parseFilter reads a filter in which records may be called by numbers; asked is as
// much of it as the audit log may hold.
func (d *Desk) parseFilter(k *schema.Kind, where string) (expr *filter.Expr, asked string, err error) {
	day, err := d.at.Day()
	if err != nil {
		return nil, "", err
	}
	reading := filter.Reading{InFull: true, Tree: d.at.Members.Tree(), Near: d.at.Place.Unit, Today: day}
	var unread error
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		reading := reading
		reading.Called = func(kind, text string) string {
			name, err := d.nameOf(tx, kind, change.RecordID(text))
			unread = cmp.Or(unread, unreadable(err))
			return string(name)
		}
		expr, err = reading.Parse(k, where)
		return err
	})
	return expr, reading.Shown(k, where), cmp.Or(err, unread)
}

// unreadable is the error of a journal, not of what was asked.
func unreadable(err error) error {
	if fault.Of(err) == fault.Invalid {
		return nil
	}
	return err
}

// readPage reads the next records of a list, those an index leads to where the
// filter allows it. One transaction reads at most 500 records.
func (d *Desk) readPage(k *schema.Kind, expr *filter.Expr, judge *judge, after records.Cursor) (page []*Shown, next records.Cursor, err error) {
	q := records.PageQuery{Kind: k.Name, Where: d.storedTerms(expr.Terms()), After: after, Match: func(rec *merge.Record) bool { return d.matches(expr, judge, rec) }}
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		found, err := d.at.Records.Page(tx, q)
		if err != nil {
			return err
		}
		next = found.Next
		for _, rec := range found.Records {
			shown, err := d.showRecord(tx, k, rec)
			if err != nil {
				return err
			}
			shown.addFindings(judge, rec)
			page = append(page, shown)
		}
		return nil
	})
	return page, next, err
}

func (d *Desk) matches(expr *filter.Expr, judge *judge, rec *merge.Record) bool {
	values := rec.Values()
	judge.addFindings(rec, values)
	values["id"] = change.Text(string(rec.ID()))
	values[filter.ConflictsName] = change.Bool(len(rec.Conflicts()) > 0)
	d.addTiers(values, change.UnitID(records.ValueOf(rec, "unit").Text()))
	return (!rec.Void() || expr.Names("valid")) && expr.Match(values)
}

// maxUnits bounds the units by which a place of the tree is looked up.
const maxUnits = 32

// storedTerms translates terms to the values of stored records: a filter names
// units, and the tiers above them, by division codes. A term that cannot be
// translated is left out; each record is matched with the whole filter anyway.
func (d *Desk) storedTerms(terms []filter.Term) (kept []filter.Term) {
	for _, t := range terms {
		level, isTier := tierNamed(t.Field)
		if !isTier && t.Field != "unit" {
			kept = append(kept, t)
			continue
		}
		if units, ok := d.unitsOf(t.Ranges, level); ok {
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
// the level that has it; false when they are too many or cannot be found.
func (d *Desk) unitsOf(codes []filter.Range, level tree.Level) (units []filter.Range, ok bool) {
	t := d.at.Members.Tree()
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
