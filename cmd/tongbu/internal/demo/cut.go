package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// playCapture cuts a street off and records households everywhere. A part is
// left for the step in which a hub is lost.
func playCapture(ctx context.Context, c *City) (string, error) {
	c.cutAt = time.Now()
	c.sever()
	start := time.Now()
	b := c.voice.bar(c.cfg.Households-c.spared(), "households saved")
	err := each(ctx, c.desks, func(d *desk) error {
		return d.capture(ctx, c.maker, d.share-c.spare(d), b.add)
	})
	if err != nil {
		return "", err
	}
	took := time.Since(start)
	if err := c.allRecorded(ctx, c.elsewhere(c.severed)); err != nil {
		return "", err
	}
	waiting, err := c.stuck(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d of %d households, with %d persons, saved at %s in %s; %d records of %s below %s wait behind the cut line, all others are recorded by the city",
		sum(c.desks, "household"), c.cfg.Households, sum(c.desks, "person"), count(len(c.desks), "community", "communities"), seconds(took),
		waiting, count(len(c.below(c.severed)), "community", "communities"), c.severed), nil
}

// sever cuts the line of a street to everything above it, and the lines of
// its communities to everything but the street: in this story they end there.
func (c *City) sever() {
	c.severed.line.cutBut("")
	c.voice.printLine("cut: the line of %s to everything above it; below it", c.severed)
	for _, d := range c.below(c.severed) {
		d.line.cutBut(c.severed.cfg.Listen)
	}
	c.names(c.below(c.severed))
}

// most is how many communities are named in a list.
const most = 6

func (c *City) names(desks []*desk) {
	for i, d := range desks {
		if i == most {
			c.voice.more("and %d more", len(desks)-most)
			return
		}
		c.voice.more("%s", d)
	}
}

// spare is how many households of a desk are left for later: some at those
// whose hub will be lost.
func (c *City) spare(d *desk) int {
	if c.at(d, c.lost.unit.Level) == c.lost {
		return d.share / 4
	}
	return 0
}

func (c *City) spared() (n int) {
	for _, d := range c.desks {
		n += c.spare(d)
	}
	return n
}

// stuck wants all that was captured behind the cut line to be with the street
// and nothing of it recorded by the city, and counts it.
func (c *City) stuck(ctx context.Context) (changes uint64, err error) {
	for _, d := range c.below(c.severed) {
		err := c.until(ctx, func(ctx context.Context) (string, error) {
			st, err := d.status(ctx)
			if err != nil || st.Own.Head == d.changes+stated && st.Own.AtParent == st.Own.Head && st.Own.AtCity <= stated {
				return "", err
			}
			if st.Own.AtCity > stated {
				return "", fault.New(fault.Internal, "%s: want nothing recorded by the city over a cut line, got %d changes", d, st.Own.AtCity-stated)
			}
			return fmt.Sprintf("%s: want %d changes saved and with the street, got %d and %d", d, d.changes+stated, st.Own.Head, st.Own.AtParent), nil
		})
		if err != nil {
			return 0, err
		}
		changes += d.changes
	}
	return changes, nil
}

// playCoverage wants the city to name exactly those who are cut off, and to
// count exactly what the others captured.
func playCoverage(ctx context.Context, c *City) (string, error) {
	want := tally{}
	for _, d := range c.below(c.severed) {
		want[d.unit.Code]++
	}
	counted := c.wanted(c.elsewhere(c.severed), "household", c.root.unit.Level)
	var coverage question.Coverage
	err := c.until(ctx, func(ctx context.Context) (missing string, err error) {
		got, cov, err := countBy(ctx, c.root, "household", "city")
		if err != nil {
			return "", err
		}
		silent := tally{}
		for _, s := range cov.Silent {
			silent[s.Unit]++
		}
		coverage = cov
		switch {
		case !c.plausible(cov):
			return "", fault.New(fault.Internal, "want everybody silent since about %s, when the line was cut", c.cutAt.Format(clock))
		case !maps.Equal(want, silent):
			return fmt.Sprintf("want silent %s, got %s", list(want), list(silent)), nil
		case !maps.Equal(counted, got):
			return fmt.Sprintf("want %d households counted without them, got %d", counted.sum(), got.sum()), nil
		}
		return "", nil
	})
	if err != nil {
		return "", err
	}
	c.voice.printLine("the city counts %d of %d households and says who is missing:", counted.sum(), sum(c.desks, "household"))
	c.silent(coverage)
	return fmt.Sprintf("the city's answer names as silent exactly the %d of %s that are below %s, and counts the %d households of the others",
		len(want), count(len(c.desks), "community", "communities"), c.severed, counted.sum()), nil
}

// plausible: they were last heard about when the line was cut, a few beats
// before; the city's word comes in whole seconds.
func (c *City) plausible(coverage question.Coverage) bool {
	early, late := c.cutAt.Add(-10*time.Second-4*c.beat()), time.Now().Add(time.Second)
	for _, s := range coverage.Silent {
		if s.Since.Before(early) || s.Since.After(late) {
			return false
		}
	}
	return true
}

func (c *City) silent(coverage question.Coverage) {
	for i, s := range coverage.Silent {
		if i == most {
			c.voice.more("and %d more", len(coverage.Silent)-most)
			return
		}
		u, _ := c.tree.ByCode(s.Unit)
		c.voice.more("%s %s silent since %s", u.Name, u.Code, s.Since.Local().Format(clock))
	}
}

func list(t tally) string {
	codes := slices.Sorted(maps.Keys(t))
	if len(codes) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(codes[:most], " "), len(codes)-most)
	}
	if len(codes) == 0 {
		return "nobody"
	}
	return strings.Join(codes, " ")
}

// playReceipts restores the lines and waits for every receipt.
func playReceipts(ctx context.Context, c *City) (string, error) {
	start := time.Now()
	c.severed.line.restore()
	behind := c.below(c.severed)
	var waited uint64
	for _, d := range behind {
		d.line.restore()
		waited += d.changes
	}
	c.voice.printLine("restored: the line of %s", c.severed)
	if err := c.allRecorded(ctx, behind); err != nil {
		return "", err
	}
	took := time.Since(start)
	if err := each(ctx, c.desks, func(d *desk) error { return c.settled(ctx, d) }); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s after the line was back the city had signed for all %d records that waited; every community shows all it saved as recorded by the city",
		seconds(took), waited), nil
}

// settled wants a community's status to say that all it captured is recorded
// by the city.
func (c *City) settled(ctx context.Context, d *desk) error {
	if err := c.recorded(ctx, d.site); err != nil {
		return err
	}
	st, err := statusOf(ctx, d.site)
	if err == nil && (st.Own.Head != d.changes+stated || st.Own.AtCity != st.Own.Head || len(st.Refusals) > 0 || st.Conflicts > 0) {
		err = fault.New(fault.Damaged, "%s: want %d changes, all recorded, none refused, no conflict; got %d, %d recorded, %d refused, %d conflicts",
			d, d.changes+stated, st.Own.Head, st.Own.AtCity, len(st.Refusals), st.Conflicts)
	}
	return err
}
