package hub

import (
	"context"
	"log/slog"

	"tongbu/hub/view"
	"tongbu/syncer/streams"
)

// FollowChanges is how many changes one step of a follower takes.
const FollowChanges = followChanges

// CatchUp has the view follow the custody's journal up to its end.
func CatchUp(ctx context.Context, c *streams.Streams, v view.View) error {
	f := newFollower(c, v, func() error { return nil }, slog.New(slog.DiscardHandler))
	step := f.begin
	for {
		more, err := step(ctx)
		if !more || err != nil {
			return err
		}
		step = f.step
	}
}
