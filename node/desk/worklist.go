package desk

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
)

// Cases are those of the household and its members, as they stand today.
func (c *Card) Cases() []facts.Matter {
	if c.book == nil {
		return nil
	}
	return c.book.Matters(c.given, c.today)
}

// beside are the persons and households that rows name, masked, by their ids.
func (d *Desk) beside(tx *journal.Tx, rows []*Shown) (map[change.RecordID]*Shown, error) {
	all := map[change.RecordID]*Shown{}
	for _, row := range rows {
		for _, kind := range []string{personKind, householdKind} {
			id, _ := row.Fields[kind].(string)
			if id == "" || all[change.RecordID(id)] != nil {
				continue
			}
			k, _ := d.at.Schema.Kind(kind)
			shown, err := d.showStored(tx, k, change.RecordID(id))
			if err != nil {
				return nil, err
			}
			if shown != nil {
				maskShown(k, shown)
				all[change.RecordID(id)] = shown
			}
		}
	}
	return all, nil
}

// Tally counts the rows of a derived kind by a field's value; "" is of those without.
// Nobody is shown, so the audit log has nothing of it: it returns Denied for a field that
// tells one person from others, as Count does.
func (d *Desk) Tally(ctx context.Context, kind, where, field string) (map[string]int, error) {
	k, err := d.readableKind(kind)
	if err == nil && k.Sort != schema.Derived {
		err = fault.New(fault.Invalid, "only what is made of records is counted so")
	}
	if err != nil {
		return nil, err
	}
	expr, _, err := d.parseFilter(k, where)
	if err != nil {
		return nil, err
	}
	for _, f := range k.Fields {
		if f.IsPersonal() && (f.Name == field || expr.Names(f.Name)) {
			return nil, fault.New(fault.Denied, "to count by %s is to look somebody up", f.Name).WithHint("list them: that is written into the audit log")
		}
	}
	c, err := d.chosenOf(ctx, k, "", wish{where: where}, expr)
	if err != nil {
		return nil, err
	}
	return c.tally(field), nil
}
