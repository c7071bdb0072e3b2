package demo

import (
	"context"
	"time"

	"tongbu/internal/fault"
)

// look is how often a condition is looked at that nothing announces.
const look = 50 * time.Millisecond

// reportEvery is how often a long wait says what it waits for.
const reportEvery = 10 * time.Second

// until looks until nothing is missing. Missing says what was expected and is
// seen instead; it is the failure's text when patience is at its end. A
// failure of the look itself ends the wait.
func (c *City) until(ctx context.Context, missing func(ctx context.Context) (string, error)) error {
	over := time.NewTimer(c.patience())
	defer over.Stop()
	again := time.NewTicker(look)
	defer again.Stop()
	report := time.NewTicker(reportEvery)
	defer report.Stop()
	for {
		what, err := missing(ctx)
		if err != nil || what == "" {
			return err
		}
		select {
		case <-ctx.Done():
			return fault.Wrap("wait", ctx.Err())
		case <-over.C:
			return fault.New(fault.Unavailable, "after %s: %s", c.patience(), what)
		case <-report.C:
			c.voice.printLine("still waiting: %s", what)
		case <-again.C:
		}
	}
}

// recorded waits until the city's receipt covers all that was captured at a
// site.
func (c *City) recorded(ctx context.Context, s *site) error {
	over := time.NewTimer(c.patience())
	defer over.Stop()
	for {
		changed := s.tier.Replica.Streams.Changed()
		st, err := s.status(ctx)
		if err != nil || st.Own.AtCity == st.Own.Head {
			return err
		}
		select {
		case <-ctx.Done():
			return fault.Wrap("wait", ctx.Err())
		case <-over.C:
			return fault.New(fault.Unavailable, "%s: want %d changes recorded by the city within %s, got %d", s, st.Own.Head, c.patience(), st.Own.AtCity)
		case <-changed:
		}
	}
}

// allRecorded waits for the receipts of many sites and shows them arrive.
func (c *City) allRecorded(ctx context.Context, desks []*desk) error {
	b := c.voice.bar(len(desks), "communities recorded by the city")
	return each(ctx, desks, func(d *desk) error {
		err := c.recorded(ctx, d.site)
		if err == nil {
			b.add(1)
		}
		return err
	})
}
