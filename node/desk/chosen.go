package desk

import (
	"maps"
	"slices"
	"sync"

	"tongbu/internal/filter"
	"tongbu/internal/schema"
)

// maxChosen is how many rows are kept of all tables that were asked for last, 16 bytes
// each.
const maxChosen = 1 << 17

// choices keeps what was asked for of tables last: the page of the day, and who turns
// pages, ask for the same again and again. A table that has changed is another slice,
// because kept rows are never changed in place.
type choices struct {
	mutex sync.Mutex // guards last and size
	last  []*choice  // the one asked for last stands last
	size  int        // of all, in rows
}

// wish says which rows of a table are asked for, and in which order.
type wish struct {
	where string       // a filter
	by    filter.Order // the zero value: by id
}

// choice are the rows of a table that are asked for.
type choice struct {
	wish
	table     *shape
	all, rows []packed // of all those that are chosen

	mutex   sync.Mutex // guards what follows
	told    *told      // nil: nothing was told yet
	tallies map[string]map[string]int
}

// size is about how much a choice takes, in rows.
func (c *choice) size() int { return len(c.rows) + 100 }

// told is what was said of all rows, and on what: how far the streams had come that it
// speaks of.
type told struct {
	Totals
	sums    []string
	reached map[int][2]uint64
}

// isSteady reports whether the same filter chooses the same of the same rows tomorrow too:
// which record or unit is meant by a name, and how old somebody is, they do not say.
func isSteady(k *schema.Kind, expr *filter.Expr) bool {
	return !slices.ContainsFunc(expr.Fields(), func(name string) bool {
		f, known := k.Field(name)
		return !known || f.Type == schema.Ref || f.Type == schema.Unit
	})
}

// choose are the rows that match a filter, in an order; as they were chosen before, where
// that was the same. In another order they are those that were chosen by id.
func (d *Desk) choose(of *shape, all []packed, w wish, expr *filter.Expr) *choice {
	pick := func() []packed { return d.matching(of, all, expr) }
	if w.by.Field != "" && w.by.Field != "id" {
		pick = func() []packed { return inOrder(of, d.choose(of, all, wish{where: w.where}, expr).rows, w.by) }
	}
	if !isSteady(of.kind, expr) {
		return newChoice(of, all, w, pick)
	}
	return d.kept.choices.of(of, all, w, pick)
}

func newChoice(of *shape, all []packed, w wish, pick func() []packed) *choice {
	return &choice{wish: w, table: of, all: all, rows: pick(), tallies: map[string]map[string]int{}}
}

// of is what was chosen for a wish, or else is by pick.
func (o *choices) of(of *shape, all []packed, w wish, pick func() []packed) *choice {
	c := o.take(of, all, w)
	if c == nil {
		c = newChoice(of, all, w, pick)
	}
	o.put(c)
	return c
}

// take takes out what was chosen for a wish, nil for nothing, and drops what was chosen of
// rows that are others by now.
func (o *choices) take(of *shape, all []packed, w wish) (c *choice) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.last = slices.DeleteFunc(o.last, func(one *choice) bool {
		if one.table != of {
			return false
		}
		same := len(one.all) == len(all) && (len(all) == 0 || &one.all[0] == &all[0])
		if same && one.wish != w {
			return false
		}
		if same {
			c = one
		}
		o.size -= one.size()
		return true
	})
	return c
}

func (o *choices) put(c *choice) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.last, o.size = append(o.last, c), o.size+c.size()
	for o.size > maxChosen && len(o.last) > 1 {
		o.size -= o.last[0].size()
		o.last = slices.Delete(o.last, 0, 1)
	}
}

func (o *choices) forget() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.last, o.size = nil, 0
}

// totals are what is said of all rows, as it was said before where what they are made of
// has come no further.
func (c *choice) totals(w *words, sums []string) (Totals, error) {
	c.mutex.Lock()
	last := c.told
	c.mutex.Unlock()
	if last != nil && slices.Equal(last.sums, sums) && w.areAt(last.reached) {
		return last.copied(), nil
	}
	t, err := totals(c.table, c.rows, w, sums)
	if err != nil {
		return t, err
	}
	last = &told{Totals: t, sums: slices.Clone(sums), reached: maps.Clone(w.reached)}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.told = last
	return last.copied(), nil
}

// copied are the totals for somebody to keep.
func (t *told) copied() Totals {
	return Totals{Rows: t.Rows, States: maps.Clone(t.States), Sums: maps.Clone(t.Sums)}
}

// tally counts the rows by a field's value.
func (c *choice) tally(field string) map[string]int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	counts := c.tallies[field]
	if counts == nil {
		counts = map[string]int{}
		for _, row := range c.rows {
			counts[c.table.value(row, field).Text()]++
		}
		c.tallies[field] = counts
	}
	return maps.Clone(counts)
}
