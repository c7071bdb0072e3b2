package demo

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/tree"
	"tongbu/node/operate"
)

// playQuery asks the city for everything, and compares with what was
// captured; then it asks below the city, where less may be seen.
func playQuery(ctx context.Context, c *City) (string, error) {
	if err := c.complete(ctx); err != nil {
		return "", err
	}
	if err := c.counted(ctx); err != nil {
		return "", err
	}
	c.voice.printLine("the city's answer, by district:")
	persons := c.wanted(c.desks, "person", tree.District)
	households := c.wanted(c.desks, "household", tree.District)
	for _, d := range c.level(tree.District) {
		pad := strings.Repeat(" ", max(0, 12-width(d.unit.Name)))
		c.voice.more("%s%s %s %7d households %7d persons", d.unit.Name, pad, d.unit.Code, households[d.unit.Code], persons[d.unit.Code])
	}
	if err := c.askedBelow(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d households and %d persons counted by district, street and community, each id once, as captured; a district asking sees its own %d households only",
		households.sum(), persons.sum(), households[c.severed.up.unit.Code]), nil
}

// askedBelow asks a district and one of its communities, which pass the
// question up and get their own records only.
func (c *City) askedBelow(ctx context.Context) error {
	d := c.below(c.severed)[0]
	for _, s := range []*site{c.severed.up, d.site} {
		got, coverage, err := countBy(ctx, s, "household", "community")
		if err != nil {
			return fault.Wrap("ask "+s.String(), err)
		}
		want := c.wanted(c.below(s), "household", tree.Community)
		if err := same("households seen from "+s.String(), want, got); err != nil {
			return err
		}
		if coverage.Units != len(c.below(s)) {
			return fault.New(fault.Internal, "coverage given to %s: want %d communities, got %d", s, len(c.below(s)), coverage.Units)
		}
	}
	return nil
}

// trials is how often the way to the city is timed.
const trials = 15

// playLatency times single records. It is shown as information; only a receipt
// that never comes fails it.
func playLatency(ctx context.Context, c *City) (string, error) {
	d := c.below(c.severed)[0]
	c.voice.printLine("%s saves %d times, and waits for the city each time", d, trials)
	var saves, receipts []time.Duration
	for n := range trials {
		start := time.Now()
		if err := d.visit(ctx, fmt.Sprintf("visit %d", n+1)); err != nil {
			return "", err
		}
		saves = append(saves, time.Since(start))
		if err := c.recorded(ctx, d.site); err != nil {
			return "", err
		}
		receipts = append(receipts, time.Since(start))
	}
	return fmt.Sprintf("a save took %s, its receipt from the city %s: medians of %d, on this machine", median(saves), median(receipts), trials), nil
}

func median(times []time.Duration) string {
	slices.Sort(times)
	return fmt.Sprintf("%.1f ms", float64(times[len(times)/2].Microseconds())/1000)
}

func statusOf(ctx context.Context, s *site) (*operate.Status, error) {
	var st operate.Status
	err := call(ctx, s, http.MethodGet, "/status", nil, &st)
	return &st, fault.Wrap("status of "+s.String(), err)
}
