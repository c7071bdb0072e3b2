package hub

import (
	"context"
	"slices"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/node/account"
)

// viewBooks are the books of a hub with a view: it accounts for every unit at and below
// its own.
type viewBooks struct{ of *Hub }

var _ account.Books = viewBooks{}

// Units implements account.Books.
func (b viewBooks) Units() (units []change.UnitID) {
	t := b.of.Replica.Members.Tree()
	if t == nil {
		return nil
	}
	for _, u := range t.Units(b.of.Replica.Place.Unit) {
		units = append(units, u.ID)
	}
	return units
}

// Account implements account.Books.
func (b viewBooks) Account(ctx context.Context, unit change.UnitID, day string) (digest.Account, error) {
	return b.of.view.Account(ctx, unit, day)
}

// Said implements account.Books.
func (b viewBooks) Said(ctx context.Context, fn func(*merge.Record) error) error {
	k, known := b.of.view.Schema().Kind(account.Kind)
	if !known {
		return nil
	}
	var ids []change.RecordID
	err := b.of.view.EachRow(ctx, view.Query{Kind: k, Columns: []string{view.ColID}, Scope: view.Scope{All: true}}, func(_ context.Context, r view.Row) error {
		ids = append(ids, change.RecordID(r.Values[0].Text()))
		return nil
	})
	slices.Sort(ids)
	for i := 0; err == nil && i < len(ids); i++ {
		var r *merge.Record
		r, err = b.of.view.Record(ctx, account.Kind, ids[i])
		if fault.Of(err) == fault.NotFound { // gone meanwhile
			err = nil
			continue
		}
		if err == nil {
			err = fn(r)
		}
	}
	return err
}

// nightly is what the hub says each night: what it holds of its units. The city says how
// far their streams have come; what others hold is held against what it holds itself.
func (h *Hub) nightly() account.Nightly {
	if h.Root != nil {
		return h.Root.SayingArrived()
	}
	return account.Saying(h.Replica, viewBooks{h})
}
