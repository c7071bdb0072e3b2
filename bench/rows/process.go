package rows

import (
	"context"
	"fmt"
	"time"

	"tongbu/bench/program"
	"tongbu/bench/town"
	"tongbu/node/operate"
	"tongbu/node/socket"
)

// serve starts the program on a directory and returns once it serves.
func (e *Env) serve(dir string) (*program.Process, error) { return e.Program.Serve(dir) }

// counted waits until the view counts n persons. It asks no more than that: the
// status tells of each device, and who asks for it often is what is measured.
func counted(ctx context.Context, c *socket.Client, n int, most time.Duration) error {
	got := 0
	err := town.Until(ctx, most, func() (_ bool, err error) {
		if err := town.Pause(ctx, 100*time.Millisecond); err != nil {
			return false, err
		}
		got, err = askPersons(ctx, c)
		return got == n, err
	})
	if err != nil {
		return fmt.Errorf("the view counts %d of %d persons: %w", got, n, err)
	}
	return nil
}

// reviewedView waits until the findings are there, too: to make them takes a processor.
func reviewedView(ctx context.Context, c *socket.Client, most time.Duration) error {
	return awaitView(ctx, c, most, func(v operate.View) bool { return v.Reviewed != "" })
}

// settledView waits until the view has its indexes, too: before that it may look at
// every row.
func settledView(ctx context.Context, c *socket.Client, most time.Duration) error {
	return awaitView(ctx, c, most, func(v operate.View) bool { return v.Settled })
}

// awaitView asks for the state of the view until it is so.
func awaitView(ctx context.Context, c *socket.Client, most time.Duration, so func(operate.View) bool) error {
	return town.Until(ctx, most, func() (bool, error) {
		if err := town.Pause(ctx, 250*time.Millisecond); err != nil {
			return false, err
		}
		var st struct{ View operate.View }
		err := c.JSON(ctx, "GET", "/status", nil, &st)
		return so(st.View), err
	})
}

// askPersons asks the view how many persons it has.
func askPersons(ctx context.Context, c *socket.Client) (int, error) {
	var got struct{ Rows []struct{ Count int } }
	err := c.JSON(ctx, "POST", "/query", map[string]any{"Kind": "person", "GroupBy": "city"}, &got)
	if err != nil || len(got.Rows) == 0 {
		return 0, err
	}
	return got.Rows[0].Count, nil
}
