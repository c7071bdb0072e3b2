package sqlite

import (
	"tongbu/hub/view"
	"tongbu/internal/change"
)

// Retree implements view.Tx. Rows name their units by number, so none is changed.
func (x *tx) Retree(tree string, path func(change.UnitID) view.Path) error {
	var units []change.UnitID
	err := x.each(`SELECT id FROM units`, nil, func(st *statement) error {
		var unit string
		err := st.scan(&unit)
		units = append(units, change.UnitID(unit))
		return err
	})
	if err != nil {
		return err
	}
	for _, unit := range units {
		if err := x.ctx.Err(); err != nil {
			return err
		}
		p := path(unit)
		err := x.exec(`UPDATE units SET code = ?, city = ?, district = ?, street = ?, community = ? WHERE id = ?`,
			p.Unit, p.Tiers[0], p.Tiers[1], p.Tiers[2], p.Tiers[3], string(unit))
		if err != nil {
			return err
		}
	}
	return x.exec(setMeta, metaTree, tree)
}
