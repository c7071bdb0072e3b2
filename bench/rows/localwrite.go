package rows

import (
	"context"
	"time"

	"tongbu/bench/people"
	"tongbu/bench/table"
)

// LocalWrite measures how long a clerk's save takes until it is on the disk:
// one person a save, with nothing else going on, each beside one fsync on the
// same disk.
func LocalWrite(ctx context.Context, e *Env) ([]table.Entry, error) {
	n := e.size(200, 3000, 3000)
	s, err := newStreet(ctx, e, "write", 1, 0, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Remove() }()
	node := s.nodes[0]
	if err := node.Open(ctx); err != nil {
		return nil, err
	}
	raw, err := newSyncFile(e.Dir)
	if err != nil {
		return nil, err
	}
	defer raw.close()
	persons := people.In(node.Unit, n)
	var saves, syncs []time.Duration
	err = e.profiled("local-write", func() error {
		for _, p := range persons {
			took, err := raw.once()
			if err != nil {
				return err
			}
			start := time.Now()
			if err := putPerson(ctx, node, p); err != nil {
				return err
			}
			saves, syncs = append(saves, time.Since(start)), append(syncs, took)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	at := func(name string, p, times float64) table.Entry {
		return table.Told("one save at a node, "+name, table.Percentile(saves, p), "ms").
			Beside("one fsync, "+name, table.Percentile(syncs, p)).TimesAtMost(times)
	}
	return []table.Entry{at("median", 0.5, 3), at("p99", 0.99, 6)}, nil
}
