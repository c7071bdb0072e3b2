package rows

import (
	"context"
	"time"

	"tongbu/bench/line"
	"tongbu/bench/table"
	"tongbu/bench/town"
	"tongbu/internal/change"
)

// NewNode measures a second computer at a community that has recorded for
// years: how soon its clerk can work, when it has the whole history, and how
// many bytes that took.
func NewNode(ctx context.Context, e *Env) ([]table.Entry, error) {
	n := e.size(500, 3000, 3000)
	s, err := newStreet(ctx, e, "new", 1, n, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Remove() }()
	hub, old := s.hubs[0], s.nodes[0]
	if err := s.open(ctx, hub, s.City); err != nil {
		return nil, err
	}
	if err := old.Run(ctx); err != nil {
		return nil, err
	}
	if err := awaitRecorded(ctx, old); err != nil {
		return nil, err
	}
	end, size, err := historyOf(ctx, old)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	fresh, err := s.Join(ctx, old.Unit)
	if err != nil {
		return nil, err
	}
	proxy, err := line.Listen(hub.Address(), line.Shape{})
	if err != nil {
		return nil, err
	}
	defer proxy.Close()
	fresh.Dialer = proxy.Dial
	if err := fresh.Open(ctx); err != nil {
		return nil, err
	}
	if err := fresh.Run(ctx); err != nil {
		return nil, err
	}
	err = town.Until(ctx, time.Minute, func() (bool, error) { return fresh.Replica.Members.Tree() != nil, nil })
	if err != nil {
		return nil, err
	}
	use := time.Since(start)
	err = town.Until(ctx, time.Minute, func() (bool, error) {
		got, ok := fresh.Replica.Streams.Entry(old.Own())
		return ok && got.Sealed == end, nil
	})
	if err != nil {
		return nil, err
	}
	whole := time.Since(start)
	return []table.Entry{
		table.Told("joined and ready for the first record", use.Seconds(), "s"),
		table.Told("all of the history there", whole.Seconds(), "s").With("%d persons", n),
		table.Told("bytes of that", float64(proxy.Total())/1e6, "MB").Beside("the batches themselves", float64(size)/1e6).
			TimesAtMost(1.3).With("with handshake, tree and receipts"),
	}, nil
}

// historyOf is where a node's own stream ends, and the size of its batches.
func historyOf(ctx context.Context, m *town.Member) (end change.Mark, size int, err error) {
	if end, err = m.Sealed(ctx); err != nil {
		return end, 0, err
	}
	batches, _, err := m.Replica.Streams.Load(m.Own(), change.Mark{}, 1<<30)
	for _, b := range batches {
		size += len(b.Bytes())
	}
	return end, size, err
}
