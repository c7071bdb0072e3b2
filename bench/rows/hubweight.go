package rows

import (
	"context"
	"time"

	"tongbu/bench/light"
	"tongbu/bench/table"
	"tongbu/bench/town"
)

// crowdSize is how many nodes there are in the rows with a crowd.
func (e *Env) crowdSize() int { return e.size(200, 2000, 10_000) }

// HubWeight reads what memory a hub, the program itself in a process of its
// own, takes for each connected node that says nothing.
func HubWeight(ctx context.Context, e *Env) ([]table.Entry, error) {
	c, err := newCrowd(ctx, e, "hub", e.crowdSize())
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Remove() }()
	p, err := e.serve(c.City.Dir)
	if err != nil {
		return nil, err
	}
	defer p.Kill()
	empty, err := p.Settled(ctx, 4)
	if err != nil {
		return nil, err
	}
	var nodes []*light.Node
	for _, s := range c.sources {
		nodes = append(nodes, c.node(s, nil))
	}
	ctx, cancel := context.WithCancel(ctx)
	wait := c.run(ctx, nodes, 4*time.Millisecond)
	defer wait()
	defer cancel()
	if err := awaitEach(ctx, nodes, 3*time.Minute, func(n *light.Node) <-chan struct{} { return n.Met }); err != nil {
		return nil, err
	}
	if err := town.Pause(ctx, 12*time.Second); err != nil { // a beat of each has come
		return nil, err
	}
	full, err := p.Settled(ctx, 4)
	if err != nil {
		return nil, err
	}
	return []table.Entry{
		table.Told("memory a connected idle node", (full-empty)/1024/float64(len(nodes)), "KB").AtMost(60).With("%d nodes", len(nodes)),
		table.Told("memory of the hub with nobody connected", empty/1e6, "MB").With("%d devices in its register", len(nodes)),
	}, nil
}
