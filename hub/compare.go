package hub

import (
	"context"
	"errors"

	"tongbu/hub/query"
	"tongbu/hub/view"
	"tongbu/internal/fault"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/node/operate"
)

// beyond is what a hub has beyond a node.
func (h *Hub) beyond() operate.Beyond {
	if h.follower == nil {
		return operate.Beyond{}
	}
	return operate.Beyond{View: h.viewStatus, Clashes: h.countConflicts, Compare: h.compare, Record: h.view.Record, Books: viewBooks{h}, Carried: h.follower.AwaitJudged, Unconfirmed: h.unconfirmed}
}

func (h *Hub) viewStatus(ctx context.Context) *operate.View {
	behind, _, err := h.follower.Behind()
	settled, viewErr := h.view.Settled(ctx)
	reviewed, dayErr := h.view.Reviewed(ctx)
	if err = errors.Join(err, viewErr, dayErr); err != nil {
		h.Replica.Log.Warn("the state of the view cannot be read", "kind", fault.Of(err).String())
	}
	return &operate.View{Applied: h.follower.Applied(), Behind: behind, Settled: settled, Reviewed: reviewed}
}

// reviewed says in the log what the turn of a day, or what came by the thousand, has
// changed of the derived rows.
func (h *Hub) reviewed(r view.Reviewed) {
	h.Replica.Log.Info("the records were reviewed", "day", r.Day, "subjects_due", r.Subjects, "units", r.Units, "derived_rows", r.Rows)
}

// countConflicts counts the records with conflicts of this unit and those below, void
// ones too, as a node does.
func (h *Hub) countConflicts(ctx context.Context) int {
	all := int64(0)
	for _, k := range h.view.Schema().Kinds() {
		if k.Sort == schema.Derived { // nobody writes it
			continue
		}
		n, err := h.view.Count(ctx, view.Query{Kind: k, Scope: view.Scope{All: true}, Where: query.Conflicted(k), Void: true})
		if err != nil {
			h.Replica.Log.Warn("the conflicts of the view cannot be counted", "kind", fault.Of(err).String())
			break
		}
		all += n
	}
	return int(all)
}

// compare holds the view against what the journal makes of it.
func (h *Hub) compare(ctx context.Context, v *operate.Verified) error {
	r := h.Replica
	c := records.Comparison{Changes: v.Changes, Read: h.viewState, Settle: h.follower.AwaitApplied,
		Source: records.Source{Journal: r.Journal, City: r.Place.RootUnit, Of: func(k records.Key) bool {
			kind, known := h.view.Schema().Kind(k.Kind)
			return known && kind.Sort != schema.Derived
		}}}
	compared, wrong, err := c.Run(ctx)
	v.View = compared
	return v.Differ(wrong, "in the view is not what the journal makes of it", err)
}

func (h *Hub) viewState(ctx context.Context, k records.Key) ([]byte, error) {
	r, err := h.view.Record(ctx, k.Kind, k.ID)
	switch {
	case fault.Of(err) == fault.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return r.Encode(), nil
}
