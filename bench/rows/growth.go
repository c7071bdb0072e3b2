package rows

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tongbu/bench/table"
)

// Growth measures what it costs a hub to take a change when its journal is
// small, large and very large: batches of ten nodes at a time, as they come in
// a day's work. The cost must not grow.
func Growth(ctx context.Context, e *Env) ([]table.Entry, error) {
	marks := thresholds(e)
	c, err := e.grownCity(ctx, marks[len(marks)-1])
	if err != nil {
		return nil, err
	}
	entries := c.growth
	for i := range entries[1:] {
		entries[i+1] = entries[i+1].Beside("with the small journal", entries[0].Value).TimesAtMost(1.15)
	}
	return entries, nil
}

func thresholds(e *Env) []int {
	if e.Quick {
		return []int{5000, 20_000, 50_000}
	}
	return []int{200_000, 2_000_000, 10_000_000}
}

// thresholds are those that are still to be passed.
func (c *city) thresholds(e *Env) []int {
	all := thresholds(e)
	return all[min(len(c.growth), len(all)):]
}

// passed measures when the journal has just grown over the first threshold.
func (c *city) passed(ctx context.Context, e *Env, at []int) ([]int, error) {
	if len(at) == 0 || c.held < at[0] {
		return at, nil
	}
	const rounds, together, changes = 60, 10, 100
	var costs []float64
	err := e.profiled(fmt.Sprintf("growth-%d", at[0]), func() error {
		for range rounds {
			cost, err := c.round(ctx, together, changes)
			if err != nil {
				return err
			}
			costs = append(costs, cost)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.growth = append(c.growth, table.Told("cost a change with "+millions(at[0])+" million in the journal", table.Median(costs), "us").
		With("median of %d commits of %d changes", rounds, together*changes))
	return at[1:], nil
}

// round appends one batch of several authors in one commit and returns
// microseconds a change.
func (c *city) round(ctx context.Context, together, changes int) (float64, error) {
	var all []arrival
	for range together {
		a := c.authors[c.next%len(c.authors)]
		c.next++
		batches, err := a.Seal(c.edits[:changes], changes)
		if err != nil {
			return 0, err
		}
		all = append(all, arrival{a, batches})
	}
	start := time.Now()
	errs := make(chan error, together)
	for _, a := range all {
		go func() { errs <- c.append(ctx, a) }()
	}
	for range together {
		if err := <-errs; err != nil {
			return 0, err
		}
	}
	took := time.Since(start)
	c.held += together * changes
	return float64(took.Microseconds()) / float64(together*changes), nil
}

func millions(n int) string { return strconv.FormatFloat(float64(n)/1e6, 'f', -1, 64) }
