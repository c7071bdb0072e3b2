package hub

import (
	"context"
	"errors"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/records"
	"tongbu/node/replica"
)

func (h *Hub) viewStatus(ctx context.Context) *replica.View {
	behind, _, err := h.follower.behind()
	settled, viewErr := h.view.Settled(ctx)
	if err = errors.Join(err, viewErr); err != nil {
		h.Log.Warn("the state of the view cannot be read", "kind", fault.Of(err).String())
	}
	return &replica.View{Applied: h.follower.at(), Behind: behind, Settled: settled}
}

// verify checks the directory, and that the view is what the journal makes.
func (h *Hub) verify(ctx context.Context) (*replica.Verified, error) {
	v, err := h.Verify(ctx)
	if err != nil || h.follower == nil {
		return v, err
	}
	c := records.Comparison{Changes: v.Changes, Read: h.viewState, Settle: h.settle,
		Source: records.Source{Journal: h.Journal, City: h.Place.RootUnit, Of: func(k records.Key) bool {
			_, known := h.Schema.Kind(k.Kind)
			return known
		}}}
	compared, wrong, err := c.Run(ctx)
	v.View = compared
	return v, v.Differ(wrong, "in the view is not what the journal makes of it", err)
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

// patience is how long a view that is followed may stand still while it is
// behind, before a check gives up.
const patience = 30 * time.Second

// settle waits until the view holds what the journal held at the call, and
// brings it there when nobody else does.
func (h *Hub) settle(ctx context.Context) error {
	if !h.following.Load() {
		return h.catchUp(ctx)
	}
	last, err := h.follower.last()
	if err != nil {
		return err
	}
	for {
		applied, moved := h.follower.standing()
		if applied >= last {
			return nil
		}
		select {
		case <-ctx.Done():
			return fault.Wrap("wait for the view", ctx.Err())
		case <-moved:
		case <-time.After(patience):
			return fault.New(fault.Damaged, "the view stands still at arrival %d of %d", applied, last)
		}
	}
}

func (h *Hub) catchUp(ctx context.Context) error {
	if _, err := h.follower.begin(ctx); err != nil {
		return err
	}
	for {
		if more, err := h.follower.step(ctx); err != nil || !more {
			return err
		}
	}
}
