package hub

import (
	"context"

	"tongbu/hub/coverage"
	"tongbu/hub/query"
	"tongbu/internal/change"
	"tongbu/internal/report"
	"tongbu/node/reports"
)

// newReports makes the reports of a hub, with a view or without: they are counted of the
// journal.
func (h *Hub) newReports() *reports.Reports {
	r := h.Replica
	heard := coverage.New(r.Streams, r.Contact, r.Members, journalAlone{})
	c := reports.Config{Coverage: func(ctx context.Context, scope change.UnitID) (report.Coverage, error) {
		communities, err := heard.Communities(ctx, scope)
		all := query.Summed(r.Now(), communities)
		return report.Coverage{AsOf: all.AsOf, Units: all.Units, Silent: len(all.Silent), Absent: all.Absent, Pending: all.Pending}, err
	}}
	if h.judge != nil {
		c.Judged = h.judge.Cursor
	}
	return reports.New(r, c)
}

// journalAlone is a view that has all that the journal has.
type journalAlone struct{}

// Applied implements coverage.View.
func (journalAlone) Applied() uint64 { return 0 }

// Behind implements coverage.View.
func (journalAlone) Behind() (uint64, map[change.UnitID]uint64, error) { return 0, nil, nil }
