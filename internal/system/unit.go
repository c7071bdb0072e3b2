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
		Level: tree.Level(r.Value("level").Int()), Parent: change.UnitID(r.Value("parent").Text()), Heir: change.UnitID(r.Value("heir").Text()),
		Since: r.Value("since").Text(), Until: r.Value("until").Text()}
}

// UnitFields are the fields of a unit's record; the root has no parent,
// and nothing is said of what is not known.
func UnitFields(u tree.Unit) map[string]change.Value {
	fields := map[string]change.Value{
		"code": change.Text(u.Code), "name": change.Text(u.Name), "level": change.Int(int64(u.Level)), "unit": change.Text(string(u.ID)),
	}
	for name, text := range map[string]string{"parent": string(u.Parent), "heir": string(u.Heir), "since": u.Since, "until": u.Until} {
		if text != "" {
			fields[name] = change.Text(text)
		}
	}
	return fields
}
