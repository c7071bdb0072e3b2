package hub

import (
	"cmp"
	"context"
	"slices"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/system"
	"tongbu/node/operate"
)

// unconfirmed lists the devices below with accounts of people that nobody above has
// confirmed, by unit, as they say themselves.
func (h *Hub) unconfirmed(ctx context.Context) []operate.Unconfirmed {
	all, err := h.unconfirmedBelow(ctx)
	if err != nil {
		h.Replica.Log.Warn("the accounts of the units below cannot be read", "kind", fault.Of(err).String())
	}
	slices.SortFunc(all, func(a, b operate.Unconfirmed) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Device, b.Device))
	})
	return all
}

func (h *Hub) unconfirmedBelow(ctx context.Context) (all []operate.Unconfirmed, err error) {
	k, known := h.view.Schema().Kind(system.DeviceStateKind)
	if !known {
		return nil, nil
	}
	where, err := filter.Parse(k, "unconfirmed > 0")
	if err != nil {
		return nil, err
	}
	columns := []string{view.ColID, "accounts", "unconfirmed", "heads"}
	err = h.view.EachRow(ctx, view.Query{Kind: k, Columns: columns, Where: where, Scope: view.Scope{All: true}}, func(_ context.Context, row view.Row) error {
		d, active := h.Replica.Members.Device(change.DeviceID(row.Values[0].Text()))
		if !active || d.State != system.Active || !h.Replica.Members.Below(h.Replica.Place.Unit, d.Unit) {
			return nil
		}
		said := system.AccountsFrom(func(field string) change.Value { return row.Values[slices.Index(columns, field)] })
		all = append(all, operate.Unconfirmed{Unit: d.Code, Name: h.Replica.Members.Name(d.Unit), Device: d.ID, Accounts: said.Count, Unconfirmed: said.Unconfirmed, Heads: said.Heads})
		return nil
	})
	return all, err
}
