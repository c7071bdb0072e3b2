package rows

import (
	"context"

	"tongbu/bench/people"
	"tongbu/bench/table"
	"tongbu/bench/town"
	"tongbu/node/desk"
)

// NodeWeight starts the program at a community with many persons, its line
// down, and reads how soon it serves and what memory it takes.
func NodeWeight(ctx context.Context, e *Env) ([]table.Entry, error) {
	n := e.size(1000, 10_000, 10_000)
	s, err := newStreet(ctx, e, "node", 1, 0, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Remove() }()
	node := s.nodes[0]
	if err := putAll(ctx, node, n); err != nil {
		return nil, err
	}
	var memory, ready []float64
	for range e.tries() {
		p, err := e.serve(node.Dir)
		if err != nil {
			return nil, err
		}
		now, err := p.Settled(ctx, 8)
		if err != nil {
			return nil, err
		}
		memory, ready = append(memory, now/1e6), append(ready, p.Ready.Seconds())
		if err := p.Stop(); err != nil {
			return nil, err
		}
	}
	return []table.Entry{
		table.Told("memory with 10,000 persons", table.Median(memory), "MB").AtMost(40).With("%d persons", n),
		table.Told("ready after the start", table.Median(ready), "s").AtMost(0.3),
	}, nil
}

// putAll writes persons at a closed node, as one input of the command line.
func putAll(ctx context.Context, node *town.Member, n int) error {
	if err := node.Open(ctx); err != nil {
		return err
	}
	defer func() { _ = node.Close() }()
	var items []desk.Item
	for i, p := range people.In(node.Unit, n) {
		items = append(items, desk.Item{Line: i + 1, JSON: p.New()})
	}
	return desk.New(node.Replica).Put(ctx, "person", items, "clerk", func(desk.Written) error { return nil })
}
