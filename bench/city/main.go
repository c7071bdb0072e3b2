// Command city has a whole city take its census: a process of the program for each
// unit, a workbook of households and persons and one of events for each community,
// imported there by the command line, and in the end the city's counts held against
// those of all nodes. It measures how long that takes and what it needs. Called as
// `go run ./city` in the folder of the benchmarks; docs/performance.md says what the
// figures mean.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"tongbu/bench/program"
)

// The design size of a city.
const (
	allCommunities = 182
	allHouseholds  = 200_000
)

type options struct {
	communities, households, atOnce int
	program, results                string
	most                            time.Duration
}

func main() {
	var o options
	flag.IntVar(&o.communities, "communities", allCommunities, "how many; streets and districts follow from that, as in a real city")
	flag.IntVar(&o.households, "households", allHouseholds, "of all communities")
	flag.IntVar(&o.atOnce, "at-once", 4, "communities that import at a time")
	flag.StringVar(&o.program, "program", "", "a built tongbu; empty: it is built")
	flag.StringVar(&o.results, "results", "", "directory for city.json and city.md; empty: results of the design size go into results, others are only printed")
	flag.DurationVar(&o.most, "patience", 30*time.Minute, "how long each step may take after the import")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "city:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "tongbu-city-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	start := time.Now()
	c, err := newCity(dir, o.communities, o.households)
	if err != nil {
		return err
	}
	if err := c.roomy(); err != nil {
		return err
	}
	defer c.end()
	c.say = func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "%5.0f s  %s\n", time.Since(start).Seconds(), fmt.Sprintf(format, args...))
	}
	if c.program = program.Program(o.program); o.program == "" {
		if c.program, err = program.Build(dir); err != nil {
			return err
		}
	}
	r, err := c.run(ctx, o.atOnce, o.most)
	if err != nil {
		return err
	}
	return c.report(r, o, time.Since(start))
}

// report prints and keeps what was found, and fails when the counts differ.
func (c *city) report(r *course, o options, took time.Duration) error {
	sizes, into := "quick", o.results
	if o.communities == allCommunities && o.households == allHouseholds {
		sizes, into = "full", cmp.Or(into, "results")
	}
	results := c.results(r, sizes, took)
	page := c.markdown(r, results)
	fmt.Print(page)
	if into != "" {
		if err := save(into, results, page); err != nil {
			return err
		}
	}
	return c.verdict(r)
}
