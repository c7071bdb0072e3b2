package rows

import (
	"context"

	"tongbu/hub/view"
)

// filling is a view that is filled without a journal, as the hub of a city would.
type filling struct {
	view    *view.Merged
	pending []view.Change
	arrival uint64
}

// apply brings what is pending into the view, once there is so much of it.
func (f *filling) apply(ctx context.Context, least int) error {
	if len(f.pending) < least {
		return nil
	}
	f.arrival++
	err := f.view.Apply(ctx, f.pending, f.arrival)
	f.pending = f.pending[:0]
	return err
}

// finish brings the rest into the view and makes the rows that follow, for a day.
func (f *filling) finish(ctx context.Context, day string) error {
	if err := f.apply(ctx, 1); err != nil {
		return err
	}
	if err := f.view.Settle(ctx); err != nil {
		return err
	}
	for more := true; more; {
		var err error
		if more, err = f.view.Review(ctx, day); err != nil {
			return err
		}
	}
	return nil
}
