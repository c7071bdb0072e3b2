package desk

import (
	"cmp"
	"context"
	"slices"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/matching"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// Suitable answers which persons of this unit go with a vacancy, or which of the vacancies
// that are here with a person: its own, and those from above. It returns Invalid for a
// wrong question and at a hub, NotFound, Unsupported for another scope, and what the
// audit log returns: persons are in it before they are told of.
func Suitable(ctx context.Context, d *Desk, ask matching.Ask, by Asker) (*matching.Answer, error) {
	switch {
	case d.at.IsHub():
		return nil, fault.New(fault.Invalid, "a hub keeps no records to match")
	case ask.Scope != "" && !d.IsHere(string(ask.Scope)):
		return nil, fault.New(fault.Unsupported, "a workstation matches its own people").WithHint("ask at a hub above")
	}
	a, err := d.match(ctx, ask)
	entry := audit.Entry{Device: d.at.Keys.Device(), Unit: d.at.Place.Unit, Operator: by.Operator, Purpose: by.Purpose}
	if err := AuditMatch(ctx, d.at, entry, ask, a, err); err != nil {
		return nil, err
	}
	return a, nil
}

func (d *Desk) match(ctx context.Context, ask matching.Ask) (*matching.Answer, error) {
	if err := ask.Validate(); err != nil {
		return nil, err
	}
	day, err := d.at.Day()
	if err != nil {
		return nil, err
	}
	err = d.at.Journal.View(func(tx *journal.Tx) (err error) {
		ask.ID, err = d.nameOf(tx, ask.Kind, ask.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return matching.NewBook(d.at.Schema.Now(), d.at.Members.Tree(), day).Match(ctx, candidates{d}, ask, matching.Bounds{})
}

// candidates reads what is here. It implements matching.Records.
type candidates struct{ *Desk }

// Find implements matching.Records. Records of persons are read where ids lead to them;
// of the other kinds there are few, and their rows are kept (see kept).
func (c candidates) Find(ctx context.Context, q matching.Query) (found []matching.Row, more bool, err error) {
	kind, ok := c.at.Schema.Kind(q.Kind)
	if !ok {
		return nil, false, fault.New(fault.Invalid, "no such kind of record: %q", q.Kind)
	}
	if len(q.Where) == 1 && q.Where[0].Field == "id" && kind.Sort != schema.Derived {
		found, err = c.byID(ctx, kind, q)
	} else {
		found, err = c.among(ctx, kind, q)
	}
	if more = q.Limit > 0 && len(found) > q.Limit; more {
		found = found[:q.Limit]
	}
	return found, more, err
}

func (c candidates) byID(ctx context.Context, kind *schema.Kind, q matching.Query) (found []matching.Row, err error) {
	for some := range slices.Chunk(q.Where[0].In, readAtOnce) {
		err := c.at.Journal.View(func(tx *journal.Tx) error {
			for _, id := range some {
				rec, err := c.at.Records.Get(tx, kind.Name, change.RecordID(id.Text()))
				if err != nil {
					return err
				}
				if rec != nil && (q.Void || !rec.Void()) {
					found = append(found, c.row(q, rec))
				}
			}
			return fault.Wrap("match", ctx.Err())
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (c candidates) row(q matching.Query, rec *merge.Record) matching.Row {
	row := matching.Row{ID: rec.ID(), Unit: c.at.Members.HolderCode(change.UnitID(records.ValueOf(rec, "unit").Text())), Void: rec.Void(), Fields: q.Fields}
	for _, field := range q.Fields {
		row.Values = append(row.Values, records.ValueOf(rec, field))
	}
	return row
}

// among reads the rows of a kind that pass the tests.
func (c candidates) among(ctx context.Context, kind *schema.Kind, q matching.Query) (found []matching.Row, err error) {
	day, err := c.at.Day()
	if err != nil {
		return nil, err
	}
	rows, of, err := c.kept.rows(ctx, kind, day)
	if err != nil {
		return nil, err
	}
	wanted := wantedBy(q.Where)
	picked := slices.DeleteFunc(slices.Clone(rows), func(row packed) bool { return !passes(of, row, q.Where, wanted) })
	if q.Latest != "" {
		slices.SortStableFunc(picked, func(a, b packed) int {
			return cmp.Compare(of.value(b, q.Latest).Text(), of.value(a, q.Latest).Text())
		})
	}
	own := c.at.Members.Unit().Code
	for _, row := range picked {
		one := matching.Row{ID: row.id(), Unit: own, Fields: q.Fields}
		if kind.Sort != schema.Derived {
			one.Unit = c.at.Members.HolderCode(change.UnitID(of.value(row, "unit").Text()))
		}
		for _, field := range q.Fields {
			one.Values = append(one.Values, of.value(row, field))
		}
		found = append(found, one)
	}
	return found, nil
}

// wantedBy are the values that each test takes.
func wantedBy(tests []matching.Test) []map[change.Value]bool {
	wanted := make([]map[change.Value]bool, len(tests))
	for i, t := range tests {
		wanted[i] = make(map[change.Value]bool, len(t.In))
		for _, v := range t.In {
			wanted[i][v] = true
		}
	}
	return wanted
}

func passes(of *shape, row packed, tests []matching.Test, wanted []map[change.Value]bool) bool {
	for i, t := range tests {
		v := change.Text(string(row.id()))
		if t.Field != "id" {
			v = of.value(row, t.Field)
		}
		if !wanted[i][v] && (len(t.In) > 0 || !v.IsNull()) {
			return false
		}
	}
	return true
}
