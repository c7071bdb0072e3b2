package hub

import (
	"context"

	"tongbu/hub/query"
	"tongbu/internal/change"
	"tongbu/internal/facts"
)

// findInspected finds which units inspections of other units are about, in the view.
func (h *Hub) findInspected(ctx context.Context, ids []change.RecordID) (map[change.RecordID]change.UnitID, error) {
	var asked []string
	for _, id := range ids {
		if id != "" {
			asked = append(asked, string(id))
		}
	}
	self := query.Asker{Unit: h.Replica.Place.Unit}
	rows, err := h.queries.Named(ctx, self, "inspection", "id", asked, facts.ForUnit)
	if err != nil {
		return nil, err
	}
	about := map[change.RecordID]change.UnitID{}
	for _, row := range rows {
		about[row.ID] = change.UnitID(row.Values[0].Text())
	}
	return about, nil
}
