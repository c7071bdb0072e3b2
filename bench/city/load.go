package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"tongbu/bench/town"
	"tongbu/node/operate"
)

// imported is what the program answers about a file.
type imported struct {
	Read, New, Rejected, Warnings int
}

// load imports all workbooks, at some communities at a time, the census of each
// before its events. It returns what was answered in all.
func (c *city) load(ctx context.Context, atOnce int) (imported, error) {
	communities := c.level(community)
	answers := make([]imported, len(communities))
	var done atomic.Int64
	err := each(ctx, atOnce, communities, func(ctx context.Context, i int, s *site) error {
		for _, path := range []string{c.books[i].census, c.books[i].events} {
			if err := c.importBook(ctx, s, path, &answers[i]); err != nil {
				return fmt.Errorf("import at %s: %w", s.Code, err)
			}
		}
		if n := done.Add(1); n%20 == 0 {
			c.say("%d of %d communities are imported", n, len(communities))
		}
		return nil
	})
	var all imported
	for _, a := range answers {
		all.add(a)
	}
	return all, err
}

func (a *imported) add(b imported) {
	a.Read, a.New = a.Read+b.Read, a.New+b.New
	a.Rejected, a.Warnings = a.Rejected+b.Rejected, a.Warnings+b.Warnings
}

func (c *city) importBook(ctx context.Context, s *site, path string, sum *imported) error {
	answer, err := c.program.Run(ctx, "import", "--dir", s.dir, path)
	if err != nil {
		return err
	}
	var one imported
	if err := json.Unmarshal(answer, &one); err != nil {
		return err
	}
	sum.add(one)
	return nil
}

// statusOf asks a site how things stand.
func statusOf(ctx context.Context, s *site) (st operate.Status, err error) {
	control, err := s.process.Dial(ctx)
	if err != nil {
		return st, err
	}
	defer control.Close()
	return st, control.JSON(ctx, "GET", "/status", nil, &st)
}

// acknowledged waits until each community has the city's receipts for all that it
// has, and nothing is refused.
func (c *city) acknowledged(ctx context.Context, most time.Duration) error {
	waiting := c.level(community)
	err := town.Until(ctx, most, func() (bool, error) {
		for len(waiting) > 0 {
			st, err := statusOf(ctx, waiting[0])
			switch own := st.Own; {
			case err != nil:
				return false, err
			case own.Refused > 0:
				return false, fmt.Errorf("%s: %d changes are refused", waiting[0].Code, own.Refused)
			case own.Recorded != own.Sent:
				return false, town.Pause(ctx, often)
			}
			waiting = waiting[1:]
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("%d communities wait for receipts: %w", len(waiting), err)
	}
	return nil
}

// settled waits until the city says that its view has everything, indexes and derived
// rows too.
func (c *city) settled(ctx context.Context, most time.Duration) error {
	var view operate.View
	err := town.Until(ctx, most, func() (bool, error) {
		st, err := statusOf(ctx, c.sites[0])
		if err != nil {
			return false, err
		}
		view = *st.View
		if view.Behind == 0 && view.Settled && view.Reviewed != "" {
			return true, nil
		}
		return false, town.Pause(ctx, often)
	})
	if err != nil {
		return fmt.Errorf("the city's view: %+v: %w", view, err)
	}
	return nil
}

// often is the pause between two questions: who asks without one takes from what is
// measured.
const often = 500 * time.Millisecond
