package rows

import (
	"context"
	"errors"
	"sync"
	"time"

	"tongbu/bench/line"
	"tongbu/bench/table"
	"tongbu/bench/town"
)

// slow are the lines of the row: a poor broadband line and a poor mobile one.
var slow = []struct {
	name  string
	shape line.Shape
}{
	{"512 kbit/s and 100 ms", line.Shape{Rate: 512_000, Delay: 50 * time.Millisecond}},
	{"64 kbit/s and 600 ms", line.Shape{Rate: 64_000, Delay: 300 * time.Millisecond}},
}

// SlowLine measures how well a slow line is used: the time for changes that
// waited at a node, handshake included, until the hub has acknowledged all,
// beside the time that the bytes alone take. Both lines run at once.
func SlowLine(ctx context.Context, e *Env) ([]table.Entry, error) {
	n := e.size(1000, 10_000, 10_000)
	s, err := newStreet(ctx, e, "slow", len(slow), n, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Remove() }()
	if err := s.open(ctx, s.hubs...); err != nil {
		return nil, err
	}
	entries, errs := make([]table.Entry, 2*len(slow)), make([]error, len(slow))
	var all sync.WaitGroup
	for i, l := range slow {
		all.Go(func() {
			var took, least time.Duration
			took, least, errs[i] = overLine(ctx, s.nodes[i], s.hubs[0], l.shape)
			sent := least.Seconds() * float64(l.shape.Rate) / 8
			entries[2*i+1] = table.Told("bytes sent upward a change over "+l.name, sent/float64(n), "B").With("more than in bulk: sent again")
			entries[2*i] = table.Told("changes over "+l.name, took.Seconds(), "s").Beside("bytes through bandwidth", least.Seconds()).
				TimesAtMost(1.15).With("%d changes", n)
			e.Say("slow line, %s: %v, at least %v", l.name, took, least)
		})
	}
	all.Wait()
	return entries, errors.Join(errs...)
}

func overLine(ctx context.Context, node, hub *town.Member, shape line.Shape) (took, least time.Duration, err error) {
	proxy, err := throughProxy(ctx, node, hub, shape)
	if err != nil {
		return 0, 0, err
	}
	defer proxy.Close()
	start := time.Now()
	if err := node.Run(ctx); err != nil {
		return 0, 0, err
	}
	err = awaitAcknowledged(ctx, node)
	took = time.Since(start)
	least = time.Duration(float64(proxy.Up.Load()) * 8 / float64(shape.Rate) * float64(time.Second))
	return took, least, errors.Join(err, node.Close())
}
