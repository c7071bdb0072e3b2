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

// wanted is what a list is asked for.
type wanted struct {
	kind  *schema.Kind
	expr  *filter.Expr
	judge *judge // nil: the filter names no findings
	whole bool   // with what an export needs: versions, and what references are called
}

// List calls tell for the records of a kind that match the filter (AIP-160; empty:
// all), by id; for void ones only when the filter asks about them. It returns what
// tell returns, what Get returns, and Invalid for a wrong filter.
func (d *Desk) List(ctx context.Context, kind, where string, by Asker, tell func(*Shown) error) error {
	return d.list(ctx, kind, listing{where: where}, by, tell)
}

// ListOn is List with the rows of derived kinds as they are on a day; "" is today.
// Records are what they are now, whatever the day.
func (d *Desk) ListOn(ctx context.Context, kind, where, day string, by Asker, tell func(*Shown) error) error {
	return d.list(ctx, kind, listing{where: where, day: day}, by, tell)
}

// Export is ListOn with what a table needs: the version of each record, and what the
// records that it names are called.
func (d *Desk) Export(ctx context.Context, kind, where, day string, how Calling, by Asker, tell func(*Shown) error) error {
	k, ok := d.at.Schema.Kind(kind)
	if ok && (how != Findable || k.Sort == schema.Derived) {
		return d.list(ctx, kind, listing{where: where, day: day}, by, d.tellCalled(k, how, tell))
	}
	return d.list(ctx, kind, listing{where: where, day: day, whole: true}, by, tell)
}

// listing is what of a kind is listed.
type listing struct {
	where, day string
	whole      bool
}

func (d *Desk) list(ctx context.Context, kind string, of listing, by Asker, tell func(*Shown) error) error {
	k, err := d.readableKind(kind)
	if err != nil {
		return err
	}
	if k.Sort == schema.Derived {
		return d.listDerived(ctx, k, of.where, of.day, by, tell)
	}
	if of.day != "" {
		return fault.New(fault.Invalid, "records are listed as they are; only ledgers and facts are of a day")
	}
	expr, asked, err := d.parseFilter(k, of.where)
	if err != nil {
		return err
	}
	judge, err := d.judgeOf(k, expr)
	if err != nil {
		return err
	}
	w := wanted{kind: k, expr: expr, judge: judge, whole: of.whole}
	next := d.pager(w)
	if asksForLost(expr) {
		ids, err := d.namesOfLost(k.Name)
		if err != nil {
			return err
		}
		next = d.pagerOfLost(w, ids)
	}
	for more := true; more; {
		var page []*Shown
		if page, more, err = next(); err != nil {
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

// pager reads the records that match, page by page.
func (d *Desk) pager(w wanted) func() (page []*Shown, more bool, err error) {
	after := records.Cursor("")
	return func() (page []*Shown, more bool, err error) {
		page, after, err = d.readPage(w, after)
		return page, after != "", err
	}
}

// parseFilter reads a filter in which records may be called by numbers; asked is as
// much of it as the audit log may hold.
func (d *Desk) parseFilter(k *schema.Kind, where string) (expr *filter.Expr, asked string, err error) {
	day, err := d.at.Day()
	if err != nil {
		return nil, "", err
	}
	reading := filter.Reading{InFull: true, Tree: d.at.Members.Tree(), Near: d.at.Place.Unit, Today: day, Beside: []*schema.Field{refusedField}}
	var unread error
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		reading := reading
		reading.Called = func(kind, text string) string {
			name, err := d.findElsewhere(kind, text)
			if err == nil && name == "" {
				name, err = d.nameOf(tx, kind, change.RecordID(text))
			}
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
func (d *Desk) readPage(w wanted, after records.Cursor) (page []*Shown, next records.Cursor, err error) {
	var unread error
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		q := records.PageQuery{Kind: w.kind.Name, Where: d.storedTerms(w.expr.Terms()), After: after, Match: func(rec *merge.Record) bool {
			var lost []records.Past
			if w.expr.Names(refusedField.Name) && unread == nil {
				lost, unread = d.at.Records.Lost(tx, w.kind.Name, rec.ID())
			}
			return d.matches(w, rec, len(lost) > 0)
		}}
		found, err := d.at.Records.Page(tx, q)
		if err = cmp.Or(err, unread); err != nil {
			return err
		}
		next = found.Next
		for _, rec := range found.Records {
			shown, err := d.showRecord(tx, w.kind, rec)
			if err != nil {
				return err
			}
			shown.addFindings(w.judge, rec)
			if w.whole {
				if err := d.completeRow(tx, w.kind, rec, shown); err != nil {
					return err
				}
			}
			page = append(page, shown)
		}
		return nil
	})
	return page, next, err
}

func (d *Desk) matches(w wanted, rec *merge.Record, lost bool) bool {
	if rec.Void() && !w.expr.Names("valid") {
		return false
	}
	values := schema.Standing(rec.Values(), rec.Void())
	w.judge.addFindings(rec, values)
	values[filter.ConflictsName] = change.Bool(len(rec.Conflicts()) > 0)
	return d.matchesValues(w.expr, rec.ID(), change.UnitID(records.ValueOf(rec, "unit").Text()), values, lost)
}

func (d *Desk) matchesValues(expr *filter.Expr, id change.RecordID, unit change.UnitID, values map[string]change.Value, lost bool) bool {
	values["id"], values[refusedField.Name] = change.Text(string(id)), change.Bool(lost)
	d.addTiers(values, unit)
	return expr.Match(values)
}

// maxUnits bounds the units by which a place of the tree is looked up.
const maxUnits = 32

// storedTerms translates terms to the values of stored records: a filter names
// units, and the tiers above them, by division codes. A term that cannot be
// translated is left out; each record is matched with the whole filter anyway.
func (d *Desk) storedTerms(terms []filter.Term) (kept []filter.Term) {
	for _, t := range terms {
		if t.Field == refusedField.Name {
			continue
		}
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
			for _, of := range t.Units(u.ID) {
				if t.Heir(of.ID) == u.ID {
					units = append(units, filter.Range{Low: string(of.ID), High: string(of.ID)})
				}
			}
		default:
			for _, below := range t.Units(u.ID) {
				units = append(units, filter.Range{Low: string(below.ID), High: string(below.ID)})
			}
		}
	}
	return units, len(units) <= maxUnits
}
