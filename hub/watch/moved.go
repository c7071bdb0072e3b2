package watch

import (
	"context"
	"maps"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/internal/system"
)

// Rows name units by codes, and lie in a scope by the tree. So what the city says of a
// unit changes the rows of all records at and below it.

// parentField names the unit above one.
const parentField = "parent"

// addMoved adds the records of the units that the city has said something of: of the
// kind that is watched, or of those whose derived rows are. It notes which units lie no
// more in what is asked about, and once did.
func (r *reading) addMoved(ctx context.Context, changed names) error {
	r.left = map[change.UnitID]bool{}
	kinds := []*schema.Kind{r.kind}
	if r.kind.Sort == schema.Derived {
		kinds = nil
		for _, of := range r.kind.Subjects() {
			if k, ok := r.View.Schema().Kind(of.About()); ok {
				kinds = append(kinds, k)
			}
		}
	}
	for id := range maps.Clone(changed[system.UnitKind]) {
		left, err := r.hasLeft(ctx, id)
		if err != nil {
			return err
		}
		for _, kind := range kinds {
			err = r.eachOf(ctx, kind, view.Scope{Under: change.UnitID(id)}, func(id change.RecordID) {
				changed.add(kind.Name, id)
				if maker, named := id.Maker(); left && named {
					r.left[maker] = true
				}
			})
			if err != nil {
				return err
			}
		}
		if left {
			r.left[change.UnitID(id)] = true
		}
	}
	return nil
}

// hasLeft reports whether a unit lay below one that is asked about, and does no more.
func (r *reading) hasLeft(ctx context.Context, id change.RecordID) (left bool, err error) {
	if r.ask.Holds(change.UnitID(id)) {
		return false, nil
	}
	err = r.eachValue(ctx, system.UnitKind, id, parentField, func(above string) {
		left = left || r.ask.Holds(change.UnitID(above))
	})
	return left, err
}

// eachOf tells the records of a kind in a scope, void ones too.
func (w *Watcher) eachOf(ctx context.Context, k *schema.Kind, scope view.Scope, tell func(change.RecordID)) error {
	q := view.Query{Kind: k, Columns: []string{view.ColID}, Void: true, Scope: scope}
	return w.View.EachRow(ctx, q, func(_ context.Context, row view.Row) error {
		tell(change.RecordID(row.Values[0].Text()))
		return nil
	})
}

// republished reports whether the city has changed the rules by which derived rows are
// made.
func (w *Watcher) republished(changed names) bool {
	for kind, ids := range changed {
		for id := range ids {
			if view.Publishes(kind, id, w.City) {
				return true
			}
		}
	}
	return false
}
