package main

import (
	"context"
	"fmt"
	"time"

	"tongbu/bench/table"
)

// course is what a run found.
type course struct {
	records                     written
	answer                      imported
	up                          time.Duration // of the network
	loaded, receipted, complete time.Duration // from the beginning of the import on
	wire                        float64       // bytes; 0: not told
	weights                     []weight      // in the order of levels
	city, nodes                 counted
}

// run has a city of its own take its census, and measures it.
func (c *city) run(ctx context.Context, atOnce int, most time.Duration) (r *course, err error) {
	r = new(course)
	if r.records, err = c.writeAll(ctx); err != nil {
		return nil, err
	}
	c.say("workbooks are written: %v", r.records)
	start := time.Now()
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	r.up = time.Since(start)
	if err := c.replicate(ctx, r, atOnce, most); err != nil {
		return nil, err
	}
	return r, c.compare(ctx, r)
}

// replicate imports everything, and waits until it is in the city's view.
func (c *city) replicate(ctx context.Context, r *course, atOnce int, most time.Duration) (err error) {
	before, told := loopback()
	start := time.Now()
	if r.answer, err = c.load(ctx, atOnce); err != nil {
		return err
	}
	r.loaded = time.Since(start)
	c.say("imported in %v: %+v", r.loaded.Round(time.Second), r.answer)
	if err := c.acknowledged(ctx, most); err != nil {
		return err
	}
	r.receipted = time.Since(start)
	c.say("all is acknowledged %v after the beginning", r.receipted.Round(time.Second))
	if err := c.settled(ctx, most); err != nil {
		return err
	}
	if r.city, err = c.atCity(ctx); err != nil {
		return err
	}
	r.complete = time.Since(start)
	c.say("the city says that its view is whole %v after the beginning", r.complete.Round(time.Second))
	if after, ok := loopback(); ok && told {
		r.wire = after - before
	}
	for _, l := range levels {
		w, err := c.weigh(l.level)
		if err != nil {
			return err
		}
		r.weights = append(r.weights, w)
	}
	return nil
}

// compare counts at all nodes, and holds the city's counts against theirs.
func (c *city) compare(ctx context.Context, r *course) (err error) {
	start := time.Now()
	if r.nodes, err = c.atNodes(ctx); err != nil {
		return err
	}
	w, err := c.weigh(community)
	if err != nil {
		return err
	}
	c.say("counted at all nodes in %v; the largest has taken %s MB by now", time.Since(start).Round(time.Second), table.Number(largest(w.peak)/1e6))
	last, at, err := c.agreed(ctx, r.city, r.nodes)
	if r.city = last; !at.IsZero() {
		r.complete += at.Sub(start)
	}
	return err
}

// entries are the figures for the table.
func (c *city) entries(r *course) []table.Entry {
	records := 0
	for _, n := range r.records {
		records += n
	}
	rate := func(d time.Duration) string { return table.Number(float64(records) / d.Seconds()) }
	all := []table.Entry{
		table.Told("network up", r.up.Seconds(), "s").With("%d processes, each joined and serving", len(c.sites)),
		table.Told("census and events imported", r.loaded.Seconds(), "s").With("%d records of %d workbooks, %s records/s; %d warnings",
			records, 2*len(c.level(community)), rate(r.loaded), r.answer.Warnings),
		table.Told("acknowledged by the city, from the beginning of the import", r.receipted.Seconds(), "s").With("%s s after its end", table.Number((r.receipted - r.loaded).Seconds())),
		table.Told("every derived row right at the city, from the beginning of the import", r.complete.Seconds(), "s").With("%s s after the import's end, %s records/s", table.Number((r.complete - r.loaded).Seconds()), rate(r.complete)),
	}
	if r.wire == 0 {
		all = append(all, table.Skip("bytes over the loopback interface", "", fmt.Errorf("the system does not tell")))
	} else {
		all = append(all, table.Told("bytes over the loopback interface", r.wire/1e6, "MB").
			With("three hops, both ways, with headers and signs of life: %s B a record and hop; whatever else uses it counts too", table.Number(r.wire/float64(3*records))))
	}
	for i, l := range levels {
		all = append(all, r.weights[i].entries(l.name)...)
	}
	return all
}
