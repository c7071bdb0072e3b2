package desk

import (
	"context"
	"slices"

	"tongbu/internal/audit"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Rows of derived kinds are not stored at a node. They are kept in memory for a while,
// and what was touched since is made again before each answer (see kept): none is out of
// date.

// derivedPage is how many rows of a derived kind are told at once.
const derivedPage = 500

// listDerived calls tell for the rows of a derived kind that match the filter on a
// day, by id; day "" is today. It returns what List returns, and Invalid for a day
// that the calendar does not have.
func (d *Desk) listDerived(ctx context.Context, k *schema.Kind, where, day string, by Asker, tell func(*Shown) error) error {
	expr, asked, err := d.parseFilter(k, where)
	if err != nil {
		return err
	}
	c, err := d.chosenOf(ctx, k, day, wish{where: where}, expr)
	if err != nil {
		return err
	}
	for page := range slices.Chunk(c.rows, derivedPage) {
		if err := d.tellDerived(ctx, c.table, asked, page, by, tell); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) tellDerived(ctx context.Context, of *shape, asked string, page []packed, by Asker, tell func(*Shown) error) error {
	if err := d.auditAsked(ctx, audit.List, of.kind, asked, subjectsOf(of, page), by, nil); err != nil {
		return err
	}
	for _, row := range page {
		if err := tell(d.showDerived(of, row)); err != nil {
			return err
		}
	}
	return fault.Wrap("list", ctx.Err())
}

// subjectsOf are whom rows are about.
func subjectsOf(of *shape, rows []packed) (ids []change.RecordID) {
	for _, row := range rows {
		for _, f := range of.kind.Subjects() {
			if id := of.value(row, f.Name).Text(); id != "" {
				ids = append(ids, change.RecordID(id))
			}
		}
	}
	return ids
}

// getDerived returns one row of a derived kind, as it is today.
func (d *Desk) getDerived(ctx context.Context, k *schema.Kind, id change.RecordID, by Asker) (*Shown, error) {
	rows, of, err := d.derivedRows(ctx, k, "")
	place, there := placeOf(rows, id)
	if err == nil && !there {
		err = fault.New(fault.NotFound, "no such %s here", k.Name)
	}
	var found []packed
	if there {
		found = rows[place : place+1]
	}
	if err := d.auditLook(ctx, audit.Get, k, subjectsOf(of, found), by, err); err != nil {
		return nil, err
	}
	return d.showDerived(of, found[0]), nil
}

func (d *Desk) showDerived(of *shape, row packed) *Shown {
	return d.showRow(of.kind, row.id(), of.all(row))
}

func (d *Desk) showRow(k *schema.Kind, id change.RecordID, values map[string]change.Value) *Shown {
	return &Shown{ID: id, Unit: d.at.Members.Code(d.at.Members.Unit().ID), Fields: d.showFields(k, values)}
}

// derivedRows are the rows of a kind on a day, by id; day "" is today. It returns Invalid
// for a day that the calendar does not have.
func (d *Desk) derivedRows(ctx context.Context, k *schema.Kind, day string) ([]packed, *shape, error) {
	day, err := d.dayOf(day)
	if err != nil {
		return nil, nil, err
	}
	return d.kept.rows(ctx, k, day)
}

// chosenOf are those of them that somebody wishes for.
func (d *Desk) chosenOf(ctx context.Context, k *schema.Kind, day string, w wish, expr *filter.Expr) (*choice, error) {
	rows, of, err := d.derivedRows(ctx, k, day)
	if err != nil {
		return nil, err
	}
	return d.choose(of, rows, w, expr), nil
}

// dayOf is a day that rows are asked for; "" is today.
func (d *Desk) dayOf(day string) (string, error) {
	switch {
	case day == "":
		return d.at.Day()
	case !calendar.Valid(day):
		return "", fault.New(fault.Invalid, "the day is no date of the calendar").WithHint("give it as YYYY-MM-DD")
	}
	return day, nil
}

// matching are the rows that match a filter.
func (d *Desk) matching(of *shape, rows []packed, expr *filter.Expr) (kept []packed) {
	if expr.All() {
		return rows
	}
	var named []int
	for i, f := range of.kind.Fields {
		if expr.Names(f.Name) || expr.Names(f.KeyName()) || expr.Names(schema.AgeName) {
			named = append(named, i)
		}
	}
	unit, tiers, id := d.at.Members.Unit().ID, namesTier(expr), expr.Names("id")
	values := make(map[string]change.Value, len(named)+10)
	for _, row := range rows {
		clear(values)
		of.some(row, named, values)
		values[filter.ConflictsName], values[refusedField.Name] = change.Bool(false), change.Bool(false)
		if id {
			values["id"] = change.Text(string(row.id()))
		}
		if tiers {
			if of.kind.Sort != schema.Derived {
				unit = change.UnitID(of.value(row, "unit").Text())
			}
			d.addTiers(values, unit)
		}
		if expr.Match(values) {
			kept = append(kept, row)
		}
	}
	return kept
}

// namesTier reports whether a filter asks for a unit or one above it.
func namesTier(expr *filter.Expr) bool {
	names := expr.Names("unit")
	for level := tree.City; level <= tree.Community; level++ {
		names = names || expr.Names(level.String())
	}
	return names
}
