package main

import (
	"os"
	"path/filepath"
	"slices"
	"sync"

	"tongbu/bench/program"
	"tongbu/internal/sample"
	"tongbu/internal/schema"
)

// Levels of units.
const (
	root      = 2
	district  = 3
	street    = 4
	community = 5
)

// levels are those of a city, with what their processes are called in the table.
var levels = []struct {
	level int
	name  string
}{{community, "community"}, {street, "street"}, {district, "district"}, {root, "city"}}

// site is a unit's directory and the process that serves it.
type site struct {
	sample.Row
	dir     string
	process *program.Process // nil: not served
}

// city is the network that is measured: the real tree of divisions of a city of the
// size that is asked for, and a process for each unit.
type city struct {
	program    program.Program
	dir        string
	kinds      *schema.Schema
	households int
	say        func(format string, args ...any)

	sites []*site // the city first of all
	web   string  // where the city takes those who join
	books []books // of the communities, in the order of sites

	mu   sync.Mutex // guards what follows
	port int        // the next to try
}

// firstPort is below those that the system gives to connections.
const firstPort = 20_000

func newCity(dir string, communities, households int) (*city, error) {
	kinds, err := schema.Load()
	if err != nil {
		return nil, err
	}
	choice := sample.Pick(communities)
	c := &city{dir: dir, kinds: kinds, households: households, port: firstPort}
	for _, r := range choice.Rows {
		c.sites = append(c.sites, &site{Row: r, dir: filepath.Join(dir, r.Code)})
	}
	slices.SortStableFunc(c.sites, func(a, b *site) int { return a.Level - b.Level })
	return c, os.WriteFile(c.units(), choice.CSV(), 0o600)
}

func (c *city) units() string { return filepath.Join(c.dir, "units.csv") }

// level lists the sites of a level.
func (c *city) level(level int) (all []*site) {
	for _, s := range c.sites {
		if s.Level == level {
			all = append(all, s)
		}
	}
	return all
}

// end kills all processes: their directories are removed next.
func (c *city) end() {
	for _, s := range slices.Backward(c.sites) {
		if s.process != nil {
			s.process.Kill()
		}
	}
}
