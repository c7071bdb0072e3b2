package rows

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"

	"tongbu/bench/light"
	"tongbu/bench/people"
	"tongbu/bench/table"
	"tongbu/internal/change"
)

// perNode is how many changes each node of the storm has queued.
const perNode = 100

// Storm has all nodes of a city switched on at the same moment, each with a
// day's changes waiting: handshakes, delivery and the city's view together.
func Storm(ctx context.Context, e *Env) ([]table.Entry, error) {
	c, err := newCrowd(ctx, e, "storm", e.crowdSize())
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Remove() }()
	nodes, err := queued(c)
	if err != nil {
		return nil, err
	}
	p, err := e.serve(c.City.Dir)
	if err != nil {
		return nil, err
	}
	defer p.Kill()
	control, err := p.Dial(ctx)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // two thousand nodes in one process: what they collect is not the city's
	runtime.GC()
	ctx, cancel := context.WithCancel(ctx)
	start := time.Now()
	wait := c.run(ctx, nodes, 0)
	defer wait()
	defer cancel()
	if err := awaitEach(ctx, nodes, 5*time.Minute, func(n *light.Node) <-chan struct{} { return n.Done }); err != nil {
		return nil, err
	}
	acked := time.Since(start)
	all := len(nodes) * perNode
	if err := counted(ctx, control, all, 5*time.Minute); err != nil {
		return nil, err
	}
	took := time.Since(start)
	var waits []time.Duration
	for _, n := range nodes {
		waits = append(waits, n.At.Sub(start))
	}
	rate := table.Told("changes in the city's view", perSecond(all, took), "changes/s").
		With("%d nodes with %d changes each; acknowledged after %.1f s", len(nodes), perNode, acked.Seconds())
	if e.WholeWay > 0 {
		rate = rate.Beside("the whole way", e.WholeWay)
	}
	return []table.Entry{rate.AtLeast(20_000),
		table.Told("until all is in the city's view", took.Seconds(), "s").AtMost(10),
		table.Told("p99 of how long a node waits", table.Percentile(waits, 0.99)/1e3, "s").
			Beside("the median", table.Percentile(waits, 0.5)/1e3).TimesAtMost(3)}, nil
}

// queued makes the nodes with their sealed changes.
func queued(c *crowd) ([]*light.Node, error) {
	var nodes []*light.Node
	for _, s := range c.sources {
		encoded, err := people.Encode(people.In(s.Unit, perNode))
		if err != nil {
			return nil, err
		}
		var batches []*change.Batch
		if batches, err = people.NewAuthor(s.Key, s.Unit.ID).Seal(encoded, perNode); err != nil {
			return nil, err
		}
		nodes = append(nodes, c.node(s, batches))
	}
	return nodes, nil
}
