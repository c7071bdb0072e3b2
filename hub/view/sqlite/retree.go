package sqlite

import (
	"context"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Retree implements view.Keeper. Questions wait meanwhile, so none is asked
// with the scope of one tree and answered with the columns of another.
func (v *View) Retree(ctx context.Context, t *tree.Tree) error {
	v.write.Lock()
	defer v.write.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.file == nil {
		return errClosed()
	}
	was := v.tree
	v.tree = t
	if err := v.retreeIfOther(ctx); err != nil {
		v.tree = was
		return fault.Wrap("change the tree of the view", err)
	}
	return nil
}

// retreeIfOther makes the columns of the tiers those of v.tree.
func (v *View) retreeIfOther(ctx context.Context) error {
	return v.file.transact(ctx, func(w *writer) error {
		var have string
		if _, err := w.get(`SELECT value FROM meta WHERE name = ?`, []any{metaTree}, &have); err != nil {
			return err
		}
		want := treeSum(v.tree)
		if have == want {
			return nil
		}
		for _, k := range v.schema.Kinds() {
			if err := v.retreeKind(ctx, w, k); err != nil {
				return err
			}
		}
		return w.exec(setMeta, metaTree, want)
	})
}

// retreeKind updates the rows of the units whose path is another now.
func (v *View) retreeKind(ctx context.Context, w *writer, k *schema.Kind) error {
	have := map[change.UnitID]view.Path{}
	err := w.each(`SELECT DISTINCT unit, code, city, district, street, community FROM `+tableOf(k), nil, func(st *statement) error {
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
		p := view.PathOf(v.tree, unit)
		if p == was {
			continue
		}
		if err := w.exec(update, p.Unit, p.Tiers[0], p.Tiers[1], p.Tiers[2], p.Tiers[3], string(unit), was.Tiers[3]); err != nil {
			return err
		}
	}
	return nil
}
