package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// start founds the network and has everybody join and serve, the tiers one after the
// other.
func (c *city) start(ctx context.Context) error {
	if err := c.found(ctx); err != nil {
		return err
	}
	for _, level := range []int{district, street, community} {
		err := each(ctx, processors, c.level(level), func(ctx context.Context, _ int, s *site) error { return c.join(ctx, s) })
		if err != nil {
			return err
		}
		c.say("%d units of level %d are served", len(c.level(level)), level)
	}
	return nil
}

func (c *city) found(ctx context.Context) error {
	s := c.sites[0]
	listen, err := c.listen()
	if err != nil {
		return err
	}
	c.web = listen[3]
	args := append([]string{"init", "--dir", s.dir, "--unit", s.Code, "--units", c.units(), "--key", c.key(s)}, listen...)
	if _, err := c.program.Run(ctx, args...); err != nil {
		return err
	}
	s.process, err = c.program.Serve(s.dir)
	return err
}

func (c *city) join(ctx context.Context, s *site) error {
	token, err := c.program.Run(ctx, "token", "--dir", c.sites[0].dir, "--unit", s.Code)
	if err != nil {
		return err
	}
	file := filepath.Join(c.dir, s.Code+".token")
	if err := os.WriteFile(file, token, 0o600); err != nil {
		return err
	}
	args := []string{"join", "--dir", s.dir, "--token-file", file, "--hub", "https://" + c.web, "--key", c.key(s)}
	if s.Level != community {
		listen, err := c.listen()
		if err != nil {
			return err
		}
		args = append(args, listen...)
	}
	if _, err := c.program.Run(ctx, args...); err != nil {
		return err
	}
	s.process, err = c.program.Serve(s.dir)
	return err
}

func (c *city) key(s *site) string { return "file:" + filepath.Join(c.dir, s.Code+".key") }

// listen are the flags with three addresses of a hub.
func (c *city) listen() (flags []string, err error) {
	for _, flag := range strings.Fields("--listen --web --door") {
		address, err := c.address()
		if err != nil {
			return nil, err
		}
		flags = append(flags, flag, address)
	}
	return flags, nil
}

// address is one where nobody listens. A port of those that the system gives to
// connections could be one of the hundreds of connections by the time that it is used.
func (c *city) address() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.port < 32_000 {
		c.port++
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", c.port))
		if err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", fmt.Errorf("no port is free")
}

// end kills all processes: their directories are removed next.
func (c *city) end() {
	for _, s := range slices.Backward(c.sites) {
		if s.process != nil {
			s.process.Kill()
		}
	}
}
