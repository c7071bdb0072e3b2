package reports

import (
	"context"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/division"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

// counting makes what units hold at one moment, of the journal alone.
type counting struct {
	store   *journal.Store
	city    change.UnitID
	schema  *schema.Schema
	streams moment
	by, to  map[change.UnitID]moment // the streams by who writes them, and by whom others write to

	words *records.Words
	tree  *tree.Tree
	rules []facts.Entry // by which the city had published
	book  *facts.Book
	reads map[string]*schema.Kind // kinds that rows are made of
}

// counting reads what holds for all units: the city's words, the tree of a day, and the rules
// that it had published.
func (r *Reports) counting(ctx context.Context, m moment, day string) (*counting, error) {
	c := &counting{store: r.at.Journal, city: r.at.Place.RootUnit, schema: r.at.Schema.Now(), streams: m}
	c.index()
	said := c.source(c.by[c.city])
	var err error
	if c.words, err = records.ReadWords(ctx, said); err != nil {
		return nil, err
	}
	kinds := append(facts.PublishedKinds(), system.UnitKind, system.DivisionKind)
	said.Of = func(k records.Key) bool { return slices.Contains(kinds, k.Kind) }
	made, err := c.words.Replay(ctx, said)
	if err != nil {
		return nil, err
	}
	if err := c.learn(made, day); err != nil {
		return nil, err
	}
	c.book, c.reads = facts.NewBook(c.schema, facts.Publish(c.rules)), map[string]*schema.Kind{}
	for _, name := range c.book.Reads() {
		c.reads[name], _ = c.schema.Kind(name)
	}
	return c, nil
}

// learn reads what the city has said for all.
func (c *counting) learn(made map[records.Key]*merge.Record, day string) (err error) {
	var units []tree.Unit
	var steps []division.Step
	for k, r := range made {
		kind, known := c.schema.Kind(k.Kind)
		switch {
		case k.Kind == system.UnitKind:
			units = append(units, system.UnitFrom(r))
		case k.Kind == system.DivisionKind:
			if s, ok := system.DivisionFrom(r); ok {
				steps = append(steps, s)
			}
		case known && !r.Void() && unitOf(r) == c.city:
			c.rules = append(c.rules, entryOf(kind, r))
		}
	}
	slices.SortFunc(units, func(a, b tree.Unit) int { return strings.Compare(a.Code, b.Code) }) // what stands side by side is in this order
	if c.tree, err = division.Tree(units, steps, day); err != nil {
		return fault.New(fault.Unavailable, "the tree of units has not arrived here yet").WithHint("try again when the line to the hub was up")
	}
	return nil
}

func unitOf(r *merge.Record) change.UnitID {
	return change.UnitID(records.ValueOf(r, "unit").Text())
}

func entryOf(k *schema.Kind, r *merge.Record) facts.Entry {
	return facts.EntryOf(k, r.ID(), facts.Values(r.Values()))
}

// index finds the streams of each unit.
func (c *counting) index() {
	c.by, c.to = map[change.UnitID]moment{}, map[change.UnitID]moment{}
	for _, info := range c.streams {
		c.by[info.Author] = append(c.by[info.Author], info)
		if to := info.Stream.Audience; to != info.Author {
			c.to[to] = append(c.to[to], info)
		}
	}
}

// source is the journal, of which some streams count.
func (c *counting) source(of ...moment) records.Source {
	streams := moment{} // not nil, which means all
	for _, some := range of {
		streams = append(streams, some...)
	}
	return records.Source{Journal: c.store, City: c.city, Streams: streams}
}
