package proctest

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// poll is the pause between looks.
const poll = 20 * time.Millisecond

// Until calls look repeatedly until it returns ""; look returns what is still
// missing. It returns an error when the limit has passed or the context ended.
func Until(ctx context.Context, limit time.Duration, look func() string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		missing := look()
		if missing == "" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("after %v still %s", limit, missing)
		case <-tick.C:
		}
	}
}

// Await is Until for a test, which it ends; it returns how long it took.
func Await(tb testing.TB, limit time.Duration, what string, look func() string) time.Duration {
	tb.Helper()
	start := time.Now()
	if err := Until(tb.Context(), limit, look); err != nil {
		tb.Fatalf("%s: %v", what, err)
	}
	return time.Since(start)
}
