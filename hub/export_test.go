package hub

import (
	"context"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/digest"
)

// Night does what the hub does at the turn of a day.
func (h *Hub) Night(ctx context.Context) error { return h.nightly().Once(ctx) }

// AuthorityOf is what programs verify a hub by.
func AuthorityOf(h *Hub) (Authority, error) { return h.authority() }

// AccountOf is what the view of a hub has of a unit.
func AccountOf(ctx context.Context, h *Hub, unit change.UnitID, day string) (digest.Account, error) {
	return viewBooks{h}.Account(ctx, unit, day)
}

// RowsOf counts the rows of a kind, by community and one by one, as the view of a hub has it.
func RowsOf(ctx context.Context, h *Hub, kind string) (groups []view.Group, n int64, err error) {
	k, _ := h.view.Schema().Kind(kind)
	q := view.Query{Kind: k, Scope: view.Scope{All: true}, Limit: 100}
	if groups, err = h.view.Groups(ctx, q, view.ColCommunity); err != nil {
		return nil, 0, err
	}
	err = h.view.EachRow(ctx, view.Query{Kind: k, Columns: []string{view.ColID}, Scope: view.Scope{All: true}}, func(context.Context, view.Row) error {
		n++
		return nil
	})
	return groups, n, err
}

// PartsOf are the parts of figures of a unit, as the view of a hub has them.
func PartsOf(ctx context.Context, h *Hub, unit change.UnitID, day string) (map[string]int64, error) {
	parts := map[string]int64{}
	return parts, h.view.Parts(ctx, []change.UnitID{unit}, day, func(_ change.UnitID, part string, n int64) { parts[part] += n })
}
