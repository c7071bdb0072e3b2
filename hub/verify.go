package hub

import (
	"bytes"
	"context"

	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/station"
)

func (h *Hub) viewStatus() *station.View {
	behind, _, err := h.follower.behind()
	if err != nil {
		h.Log.Warn("the view's lag cannot be read", "kind", fault.Of(err).String())
	}
	return &station.View{Applied: h.follower.at(), Behind: behind}
}

// verify checks the directory, and that the view is what the journal makes.
func (h *Hub) verify(ctx context.Context) (*station.Verified, error) {
	v, err := h.Verify(ctx)
	if err != nil || h.follower == nil {
		return v, err
	}
	if err := h.catchUp(ctx); err != nil {
		return nil, err
	}
	return v, h.checkView(ctx, v)
}

// catchUp brings the view to the journal's end when nobody else does.
func (h *Hub) catchUp(ctx context.Context) error {
	if h.following.Load() {
		return nil
	}
	if err := h.follower.begin(ctx); err != nil {
		return err
	}
	for more := true; more; {
		var err error
		if more, err = h.follower.step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (h *Hub) checkView(ctx context.Context, v *station.Verified) error {
	of := station.Parts(v.Changes)
	for n := range of {
		states, err := records.Replay(ctx, h.Journal, h.Place.RootUnit, records.Part{N: n, Of: of})
		if err != nil {
			return err
		}
		for _, want := range states {
			if _, known := h.Schema.Kind(want.Kind()); !known {
				continue
			}
			v.View++
			if err := h.compareRow(ctx, want, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *Hub) compareRow(ctx context.Context, want *merge.Record, v *station.Verified) error {
	got, err := h.view.Record(ctx, want.Kind(), want.ID())
	switch {
	case fault.Of(err) == fault.NotFound:
		v.Problem("%s record %s is not in the view", want.Kind(), want.ID())
	case err != nil:
		return err
	case !bytes.Equal(got.Encode(), want.Encode()):
		v.Problem("%s record %s in the view is not what the journal makes of it", want.Kind(), want.ID())
	}
	return nil
}
