package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"tongbu/bench/census"
	"tongbu/internal/sample"
	"tongbu/internal/schema"
)

// books are the workbooks of a community, in the order in which they are imported.
type books struct {
	census, events string
}

// written is how many records the workbooks have, by kinds.
type written map[string]int

// writeBooks writes the workbooks of a community of some households.
func writeBooks(kinds *schema.Schema, dir string, unit sample.Row, households int) (books, written, error) {
	b := books{filepath.Join(dir, unit.Code+"-census.xlsx"), filepath.Join(dir, unit.Code+"-events.xlsx")}
	var homes, members []map[string]any
	past := census.NewHistory(unit.Code)
	for n := range households {
		f := census.New(unit.Code, n)
		for _, p := range f.Members {
			p["household"] = f.Home["form_no"]
		}
		past.Live(f)
		homes, members = append(homes, f.Home), append(members, f.Members...)
	}
	count := written{"household": len(homes), "person": len(members)}
	forms := []page{{"户", kindOf(kinds, "household"), homes}, {"成员", kindOf(kinds, "person"), members}}
	var later []page
	for _, name := range census.Happened {
		k := kindOf(kinds, name)
		later = append(later, page{k.Label.Zh, k, past.Events[name]})
		count[name] = len(past.Events[name])
	}
	if err := writeBook(b.census, dir, forms); err != nil {
		return b, nil, fmt.Errorf("write the census of %s: %w", unit.Code, err)
	}
	return b, count, writeBook(b.events, dir, later)
}

func kindOf(kinds *schema.Schema, name string) *schema.Kind {
	k, _ := kinds.Kind(name) // the names are this program's own
	return k
}

// writeAll writes the workbooks of all communities.
func (c *city) writeAll(ctx context.Context) (written, error) {
	dir := filepath.Join(c.dir, "books")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	total := written{}
	communities := c.level(community)
	c.books = make([]books, len(communities))
	counts := make([]written, len(communities))
	err := each(ctx, processors, communities, func(ctx context.Context, i int, s *site) (err error) {
		c.books[i], counts[i], err = writeBooks(c.kinds, dir, s.Row, share(c.households, len(communities), i))
		return err
	})
	for _, count := range counts {
		for kind, n := range count {
			total[kind] += n
		}
	}
	return total, err
}

// share is the part of the i-th of n.
func share(all, n, i int) int { return all*(i+1)/n - all*i/n }
