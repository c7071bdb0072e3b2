package system

import (
	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/tree"
)

// UnitKind is the kind of the units of the tree; a record's id is the unit's.
const UnitKind = "unit"

// UnitFrom reads a unit from its record.
func UnitFrom(r *merge.Record) tree.Unit {
	return tree.Unit{ID: change.UnitID(r.ID()), Code: r.Value("code").Text(), Name: r.Value("name").Text(),
		Level: tree.Level(r.Value("level").Int()), Parent: change.UnitID(r.Value("parent").Text())}
}

// UnitFields are the fields of a unit's record; the root has no parent.
func UnitFields(u tree.Unit) map[string]change.Value {
	fields := map[string]change.Value{
		"code": change.Text(u.Code), "name": change.Text(u.Name), "level": change.Int(int64(u.Level)), "unit": change.Text(string(u.ID)),
	}
	if u.Parent != "" {
		fields["parent"] = change.Text(string(u.Parent))
	}
	return fields
}
