package reports

import (
	"cmp"
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// held makes the records that rows of a unit are made of: those that it holds, and what
// units above have said of its people, which they say in their streams to it.
func (c *counting) held(ctx context.Context, unit change.UnitID) (map[records.Key]*merge.Record, error) {
	return c.words.Replay(ctx, c.about(unit))
}

// silent are the records of a unit that have arrived and have no effect, for the city
// has refused all of them.
func (c *counting) silent(ctx context.Context, unit change.UnitID, held map[records.Key]*merge.Record) (map[records.Key]bool, error) {
	all, err := new(records.Words).Replay(ctx, c.about(unit))
	silent := map[records.Key]bool{}
	for k := range all {
		if held[k] == nil {
			silent[k] = true
		}
	}
	return silent, err
}

// about is what is said of a unit's records in the journal.
func (c *counting) about(unit change.UnitID) records.Source {
	var above moment
	for _, info := range c.to[unit] {
		if c.tree.Below(info.Author, unit) {
			above = append(above, info)
		}
	}
	written := slices.Clone(c.by[unit])
	if heir := c.tree.Heir(unit); heir != unit { // that goes on with its records
		written = append(written, c.by[heir]...)
	}
	from := c.source(written, above)
	from.Of = func(k records.Key) bool { return c.reads[k.Kind] != nil && c.isHere(unit, k) }
	return from
}

// holding gathers records of a unit into families.
func (c *counting) holding(book *facts.Book, unit change.UnitID, held map[records.Key]*merge.Record) *facts.Holding {
	h := book.NewHolding(unit, func(of change.UnitID) int { return c.level(of, unit) })
	for k, r := range held {
		if r != nil && !r.Void() {
			h.Add(entryOf(c.reads[k.Kind], r), unitOf(r))
		}
	}
	return h
}

// level is that of a unit that is another or stands above it, and 0 for others.
func (c *counting) level(unit, below change.UnitID) int {
	if u, known := c.tree.Unit(unit); known && (unit == below || c.tree.Below(unit, below)) {
		return int(u.Level)
	}
	return 0
}

// isHere reports whether a record may be one of a unit, or tell of one: of units with one
// heir each has its own, whoever of them has written it.
func (c *counting) isHere(unit change.UnitID, k records.Key) bool {
	maker, named := k.ID.Maker()
	if c.reads[k.Kind].Sort == schema.Event {
		return true
	}
	holder := cmp.Or(c.words.Holder(k), maker)
	return !named || holder == unit || c.tree.Heir(holder) != c.tree.Heir(unit)
}
