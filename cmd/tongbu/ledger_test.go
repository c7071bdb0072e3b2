package main_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
)

// clerk puts made-up households at a community, one after the other, and
// knows what was acknowledged.
type clerk struct {
	at     *proctest.Tier
	maker  *sample.Maker
	next   int             // household
	people []sample.Record // acknowledged
	cut    int             // puts that were cut off
	again  uint64          // changes that the device had to write again, under a new incarnation
}

func clerksAt(n *proctest.Network) []*clerk {
	var clerks []*clerk
	for _, at := range n.Level(5) {
		clerks = append(clerks, &clerk{at: at, maker: sample.NewMaker(seed)})
	}
	return clerks
}

// household makes up the next one.
func (c *clerk) household() []sample.Record {
	c.next++
	return c.maker.Household(c.at.Unit.Code, c.next).Persons
}

// put puts the next household until it is acknowledged, whoever dies
// meanwhile. A put that was cut off is put again as a whole: what was saved
// before changes nothing.
func (c *clerk) put(ctx context.Context) error {
	some := c.household()
	err := proctest.Until(ctx, time.Minute, func() string {
		if err := c.at.Write(ctx, "person", proctest.Lines(some)); err != nil {
			c.cut++
			return err.Error()
		}
		return ""
	})
	if err == nil {
		c.people = append(c.people, some...)
	}
	return err
}

// recorded waits until the city has recorded all that the device wrote.
func (c *clerk) recorded(ctx context.Context) error {
	return proctest.Until(ctx, time.Minute, func() string {
		st, err := c.at.Look(ctx)
		if err != nil || st.Own.AtCity != st.Own.Head {
			return fmt.Sprintf("%s: own %+v, parent %+v %v", c.at.Unit.Name, st.Own, st.Parent, err)
		}
		return ""
	})
}

// account is how the city's records differ from what was acknowledged.
type account struct {
	lost    int // acknowledged and not at the city
	doubled int // changes beyond one a record, and records that the city shows twice or that nobody put
}

// audit waits until all is recorded, and looks: at the city for each record,
// at each community for its changes, and at every directory as a whole. An
// error is what is wrong beside the account.
func audit(ctx context.Context, n *proctest.Network, clerks []*clerk) (a account, err error) {
	for _, c := range clerks {
		err = errors.Join(err, c.recorded(ctx))
	}
	if err = errors.Join(err, followed(ctx, n.City())); err != nil {
		return a, err
	}
	seen, err := n.City().Counted(ctx, "person")
	if err != nil {
		return a, err
	}
	seen = withoutUnits(seen)
	for _, c := range clerks {
		a.add(ctx, c, seen)
	}
	a.doubled += len(seen)
	for _, tier := range n.Tiers {
		if _, bad := tier.Verified(ctx); bad != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", tier.Unit.Name, bad))
		}
	}
	return a, err
}

// add takes the clerk's records out of what the city shows.
func (a *account) add(ctx context.Context, c *clerk, seen map[string]int) {
	for _, p := range c.people {
		id := numbered(p)
		switch shown := seen[id]; {
		case shown == 0:
			a.lost++
		case shown > 1:
			a.doubled += shown - 1
		}
		delete(seen, id)
	}
	if own, err := c.at.LookOwn(ctx); err == nil {
		once := uint64(len(c.people)) + c.again
		a.doubled += int(max(own.Head, once) - once)
	}
}

// numbered is the name of a person, without the unit: numbers of the clerks' own
// have the community in them.
func numbered(p sample.Record) string { return string(change.NumberedRecordID("", "person", p.ID)) }

// before is the same of one that a program put whose ids named no unit.
func before(p sample.Record) string { return "." + p.ID }

// withoutUnits are counts by names, without the unit.
func withoutUnits(seen map[string]int) map[string]int {
	plain := make(map[string]int, len(seen))
	for id, n := range seen {
		if _, name, named := strings.Cut(id, "."); named {
			id = name
		}
		plain["."+id] += n
	}
	return plain
}

// followed waits until the view has all that is in the journal.
func followed(ctx context.Context, city *proctest.Tier) error {
	return proctest.Until(ctx, time.Minute, func() string {
		st, err := city.Look(ctx)
		if err != nil || st.View == nil || st.View.Behind > 0 {
			return fmt.Sprintf("view %+v %v", st.View, err)
		}
		return ""
	})
}
