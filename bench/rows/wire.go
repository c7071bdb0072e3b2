package rows

import (
	"context"
	"time"

	"tongbu/bench/line"
	"tongbu/bench/people"
	"tongbu/bench/table"
	"tongbu/bench/town"
	"tongbu/internal/tree"
	"tongbu/node/desk"
)

// Wire counts what crosses the line between a node and its hub, both ways,
// with all framing and TLS, from the end of the handshake on: many changes
// that waited, then single ones, until the hub has acknowledged each; then
// single ones until the city's receipt is at the node as well.
func Wire(ctx context.Context, e *Env) ([]table.Entry, error) {
	n, singles := e.size(1000, 10_000, 10_000), e.size(5, 20, 20)
	s, err := newStreet(ctx, e, "wire", 1, n, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Remove() }()
	bulk, alone, receipted, err := countBytes(ctx, s, n, singles)
	if err != nil {
		return nil, err
	}
	entries := []table.Entry{
		table.Told("bytes a change in bulk", bulk, "B").AtMost(42).With("%d changes, without the handshake", n),
		table.Told("bytes a change alone", alone, "B").AtMost(550).With("median of %d, each with the hub's acknowledgement", singles),
		table.Told("bytes a change alone with the city's receipt", receipted, "B").With("median of %d", singles),
	}
	if e.pouch == nil {
		e.pouchOnce(ctx)
	}
	if p := e.pouch; p.err != nil {
		return append(entries, table.Skip("bytes a change in bulk", "PouchDB", p.err)), nil
	}
	var bytes []float64
	for _, b := range e.pouch.SingleBytes {
		bytes = append(bytes, float64(b))
	}
	return append(entries,
		table.Told("bytes a change in bulk", bulk, "B").Beside("PouchDB", float64(e.pouch.BulkBytes)/float64(e.pouch.Docs)).TimesAtMost(0.07),
		table.Told("bytes a change alone", alone, "B").Beside("PouchDB", table.Median(bytes)),
	), nil
}

func countBytes(ctx context.Context, s *street, n, singles int) (bulk, alone, receipted float64, err error) {
	hub, node := s.hubs[0], s.nodes[0]
	defer func() { _ = s.Stop() }()
	if err := s.open(ctx, hub); err != nil {
		return 0, 0, 0, err
	}
	proxy, err := throughProxy(ctx, node, hub, line.Shape{})
	if err != nil {
		return 0, 0, 0, err
	}
	defer proxy.Close()
	if err := node.Run(ctx); err != nil {
		return 0, 0, 0, err
	}
	if err := node.Linked(ctx); err != nil {
		return 0, 0, 0, err
	}
	atLink := min(proxy.Total(), handshakeMost)
	if err := awaitAcknowledged(ctx, node); err != nil {
		return 0, 0, 0, err
	}
	bulk = float64(proxy.Total()-atLink) / float64(n)
	persons := people.In(tree.Unit{ID: node.Unit.ID, Code: "990101001999"}, 2*singles)
	if alone, err = byOne(ctx, node, proxy, persons[:singles], awaitAcknowledged); err != nil {
		return 0, 0, 0, err
	}
	if err := s.City.Open(ctx); err != nil {
		return 0, 0, 0, err
	}
	if err := s.City.Run(ctx); err != nil {
		return 0, 0, 0, err
	}
	if err := awaitRecorded(ctx, node); err != nil {
		return 0, 0, 0, err
	}
	receipted, err = byOne(ctx, node, proxy, persons[singles:], awaitRecorded)
	return bulk, alone, receipted, err
}

// byOne puts one person after the other and returns the median of the bytes
// that crossed the line for one.
func byOne(ctx context.Context, node *town.Member, proxy *line.Proxy, persons []people.Person, until func(context.Context, *town.Member) error) (float64, error) {
	var each []float64
	for _, p := range persons {
		before := proxy.Total()
		if err := putPerson(ctx, node, p); err != nil {
			return 0, err
		}
		if err := until(ctx, node); err != nil {
			return 0, err
		}
		each = append(each, float64(proxy.Total()-before))
	}
	return table.Median(each), nil
}

// handshakeMost bounds what is taken off for the handshake: the link may have
// begun before it was looked at.
const handshakeMost = 5000

// throughProxy opens a closed node again so that it reaches the hub through a
// proxy.
func throughProxy(ctx context.Context, node, hub *town.Member, shape line.Shape) (*line.Proxy, error) {
	proxy, err := line.Listen(hub.Address(), shape)
	if err != nil {
		return nil, err
	}
	if err := node.Close(); err != nil {
		return nil, err
	}
	node.Dialer = proxy.Dial
	return proxy, node.Open(ctx)
}

// awaitAcknowledged waits until the hub has told the node that it has all.
func awaitAcknowledged(ctx context.Context, node *town.Member) error {
	return town.Until(ctx, 5*time.Minute, func() (bool, error) {
		r, err := node.Reached()
		return r.Head > 0 && r.Parent == r.Head, err
	})
}

// awaitRecorded waits until the city's receipt for all of the node's is there.
func awaitRecorded(ctx context.Context, node *town.Member) error {
	return town.Until(ctx, 5*time.Minute, func() (bool, error) {
		r, err := node.Reached()
		return r.Head > 0 && r.City == r.Head, err
	})
}

// putPerson writes one person at a node, as the command line does.
func putPerson(ctx context.Context, node *town.Member, p people.Person) error {
	item := []desk.Item{{Line: 1, JSON: p.New()}}
	return desk.New(node.Replica).Put(ctx, "person", item, "clerk", func(desk.Written) error { return nil })
}
