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
		return []int{5000, 15_000, 25_000}
	}
	return []int{200_000, 2_000_000, 10_000_000}
}

// thresholds are those that are still to be passed.
func (c *city) thresholds(e *Env) []int {
	all := thresholds(e)
	return all[min(len(c.growth), len(all)):]
}

// together is how many nodes' batches share the hub in a round of the
// measure, each of changesAtOnce.
const (
	together      = 10
	changesAtOnce = 100
)

// measure takes the cost a change at a threshold: rounds of small
// batches of edits.
func (c *city) measure(ctx context.Context, e *Env, at int) error {
	if err := c.open(ctx); err != nil {
		return err
	}
	var costs []float64
	err := e.profiled(fmt.Sprintf("growth-%d", at), func() error {
		for len(costs) < e.size(4, 90, 90) {
			all, err := c.smallEdits()
			if err != nil {
				return err
			}
			cost, err := c.timeRound(ctx, all)
			if err != nil {
				return err
			}
			costs = append(costs, cost)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.growth = append(c.growth, table.Told("cost a change with "+millions(at)+" million in the journal", table.Median(costs), "us").
		With("median of %d rounds of %d batches of %d", len(costs), together, changesAtOnce))
	return nil
}

// smallEdits makes a small batch of edits of each of several authors.
func (c *city) smallEdits() (all []arrival, err error) {
	for range together {
		a := c.nextAuthor()
		batches, err := a.edit(changesAtOnce)
		if err != nil {
			return nil, err
		}
		all = append(all, arrival{a, batches})
	}
	return all, nil
}

// timeRound stores the batches of all authors at once, and returns microseconds
// a change.
func (c *city) timeRound(ctx context.Context, all []arrival) (float64, error) {
	errs, changes := make(chan error, len(all)), 0
	start := time.Now()
	for _, a := range all {
		changes += int(a.batches[0].Count)
		go func() { errs <- c.append(ctx, a) }()
	}
	for range all {
		if err := <-errs; err != nil {
			return 0, err
		}
	}
	c.held += changes
	return float64(time.Since(start).Microseconds()) / float64(changes), nil
}

func millions(n int) string { return strconv.FormatFloat(float64(n)/1e6, 'f', -1, 64) }
