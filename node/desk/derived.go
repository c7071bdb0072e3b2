package desk

import (
	"context"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
)

// Rows of derived kinds are not stored at a node: a unit's people are few, and what
// is made when it is asked for is never out of date.

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
	rows, err := d.derivedRows(k, day, func(values map[string]change.Value, id change.RecordID) bool {
		return d.matchesValues(expr, id, d.at.Members.Unit().ID, values, false)
	})
	for len(rows) > 0 && err == nil {
		page := rows[:min(derivedPage, len(rows))]
		rows = rows[len(page):]
		err = d.tellDerived(ctx, k, asked, page, by, tell)
	}
	return err
}

func (d *Desk) tellDerived(ctx context.Context, k *schema.Kind, asked string, page []facts.Row, by Asker, tell func(*Shown) error) error {
	var subjects []change.RecordID
	for _, row := range page {
		subjects = append(subjects, change.RecordID(row.Values[k.Subject].Text()))
	}
	if err := d.auditAsked(ctx, audit.List, k, asked, subjects, by, nil); err != nil {
		return err
	}
	for _, row := range page {
		if err := tell(d.showDerived(k, row)); err != nil {
			return err
		}
	}
	return fault.Wrap("list", ctx.Err())
}

// getDerived returns one row of a derived kind, as it is today.
func (d *Desk) getDerived(ctx context.Context, k *schema.Kind, id change.RecordID, by Asker) (*Shown, error) {
	rows, err := d.derivedRows(k, "", func(_ map[string]change.Value, of change.RecordID) bool { return of == id })
	if err == nil && len(rows) == 0 {
		err = fault.New(fault.NotFound, "no such %s here", k.Name)
	}
	var subjects []change.RecordID
	for _, row := range rows {
		subjects = append(subjects, change.RecordID(row.Values[k.Subject].Text()))
	}
	if err := d.auditLook(ctx, audit.Get, k, subjects, by, err); err != nil {
		return nil, err
	}
	return d.showDerived(k, rows[0]), nil
}

func (d *Desk) showDerived(k *schema.Kind, row facts.Row) *Shown {
	return &Shown{ID: row.ID, Unit: d.at.Members.Code(d.at.Members.Unit().ID), Fields: d.showFields(k, row.Values)}
}

// derivedRows makes the rows of a kind for a day of all that the unit holds, by id.
func (d *Desk) derivedRows(k *schema.Kind, day string, matches func(map[string]change.Value, change.RecordID) bool) (rows []facts.Row, err error) {
	if day != "" && !schema.ValidDate(day) {
		return nil, fault.New(fault.Invalid, "the day is no date of the calendar").WithHint("give it as YYYY-MM-DD")
	}
	book := facts.NewBook(d.at.Schema.Now(), facts.Plain())
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		if day == "" {
			today, _, err := d.at.Today(tx)
			if err != nil {
				return err
			}
			day = today.Date
		}
		holding, err := d.at.Holding(tx, book)
		if err != nil {
			return err
		}
		return holding.Each(day, func(made facts.Rows) error {
			for _, row := range made.All {
				if row.Kind == k.Name && matches(matchable(row), row.ID) {
					rows = append(rows, row)
				}
			}
			return nil
		})
	})
	facts.SortRows(rows)
	return rows, err
}

// matchable are the values of a row for a filter, which adds its own.
func matchable(row facts.Row) map[string]change.Value {
	values := make(map[string]change.Value, len(row.Values)+8)
	for name, value := range row.Values {
		values[name] = value
	}
	values[filter.ConflictsName] = change.Bool(false)
	return values
}
