package demo

import (
	"context"
	"fmt"
	"slices"

	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

// kinds are what is captured in the demo.
var kinds = [...]string{"household", "person"}

// captured are the ids of a kind that desks have saved.
func (d *desk) captured(kind string) []string {
	if kind == "household" {
		return d.households
	}
	return d.persons
}

// wanted counts what was captured of a kind by the unit of a tier.
func (c *City) wanted(desks []*desk, kind string, by tree.Level) tally {
	t := tally{}
	for _, d := range desks {
		if n := len(d.captured(kind)); n > 0 {
			t[c.at(d, by).unit.Code] += n
		}
	}
	return t
}

// at is the site of a level on a desk's way up.
func (c *City) at(d *desk, level tree.Level) *site {
	s := d.site
	for s.up != nil && s.unit.Level != level {
		s = s.up
	}
	return s
}

// sum counts what desks have captured of a kind.
func sum(desks []*desk, kind string) (n int) {
	for _, d := range desks {
		n += len(d.captured(kind))
	}
	return n
}

// complete waits until the city says that nobody is silent and nothing is on
// the way.
func (c *City) complete(ctx context.Context) error {
	return c.until(ctx, func(ctx context.Context) (string, error) {
		_, cov, err := countBy(ctx, c.root, "household", "community")
		if err != nil || cov.Units == len(c.desks) && len(cov.Silent) == 0 && cov.Pending == 0 && cov.Absent == 0 {
			return "", err
		}
		return fmt.Sprintf("want %d communities heard and nothing on the way, got %d silent, %d never joined, %d changes on the way",
			len(c.desks), len(cov.Silent), cov.Absent, cov.Pending), nil
	})
}

// counted wants the merged counts to be what was captured, by every tier, and
// each id to be listed once.
func (c *City) counted(ctx context.Context) error {
	for _, kind := range kinds {
		for _, by := range []tree.Level{tree.District, tree.Street, tree.Community} {
			got, _, err := countBy(ctx, c.root, kind, by.String())
			if err == nil {
				err = same(kind+" by "+by.String(), c.wanted(c.desks, kind, by), got)
			}
			if err != nil {
				return err
			}
		}
		if err := c.listedOnce(ctx, kind); err != nil {
			return err
		}
	}
	return nil
}

func (c *City) listedOnce(ctx context.Context, kind string) error {
	got, _, err := listIDs(ctx, c.root, kind, "")
	if err != nil {
		return err
	}
	want := tally{}
	for _, d := range c.desks {
		for _, id := range d.captured(kind) {
			want[id]++
		}
	}
	return same(kind+" ids", want, got)
}

// same returns the first difference of two tallies. Keys are codes and record
// ids, which name nobody.
func same(what string, want, got tally) error {
	keys := make([]string, 0, len(want)+len(got))
	for _, t := range []tally{want, got} {
		for key := range t {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		if want[key] != got[key] {
			return fault.New(fault.Damaged, "%s: want %d at %s, got %d (in all want %d, got %d)", what, want[key], key, got[key], want.sum(), got.sum())
		}
	}
	return nil
}
