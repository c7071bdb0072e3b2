package sqlite

import (
	"context"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// Retree implements view.Tx.
func (x *tx) Retree(tree string, path func(change.UnitID) view.Path) error {
	for _, k := range x.schema.Kinds() {
		if err := x.retreeKind(x.ctx, k, path); err != nil {
			return err
		}
	}
	return x.exec(setMeta, metaTree, tree)
}

// retreeKind updates the rows of the units whose path is another now.
func (x *tx) retreeKind(ctx context.Context, k *schema.Kind, path func(change.UnitID) view.Path) error {
	have := map[change.UnitID]view.Path{}
	err := x.each(`SELECT DISTINCT unit, code, city, district, street, community FROM `+tableOf(k), nil, func(st *statement) error {
		var unit string
		var p view.Path
		err := st.scan(&unit, &p.Unit, &p.Tiers[0], &p.Tiers[1], &p.Tiers[2], &p.Tiers[3])
		have[change.UnitID(unit)] = p
		return err
	})
	if err != nil {
		return err
	}
	// All rows of a unit have one path; by its community they are found.
	update := `UPDATE ` + tableOf(k) + ` SET code = ?, city = ?, district = ?, street = ?, community = ? WHERE unit = ? AND community = ?`
	for unit, was := range have {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := path(unit)
		if p == was {
			continue
		}
		if err := x.exec(update, p.Unit, p.Tiers[0], p.Tiers[1], p.Tiers[2], p.Tiers[3], string(unit), was.Tiers[3]); err != nil {
			return err
		}
	}
	return nil
}
