package rows

import (
	"context"
	"time"

	"tongbu/bench/peer"
	"tongbu/bench/table"
)

// Relay measures how fast a street hub takes what ten nodes have waiting:
// until each node was told that all of it is on the hub's disk. NATS does the
// same with leaf nodes and a stream that sources theirs.
func Relay(ctx context.Context, e *Env) ([]table.Entry, error) {
	each := e.size(3000, 100_000, 100_000)
	s, err := newStreet(ctx, e, "relay", leaves, each, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Remove() }()
	var ours, lazy, always float64
	for range e.tries() {
		ours = max(ours, e.relayOnce(ctx, s, &err))
		lazy = max(lazy, e.natsOnce(ctx, e.size(500, 10_000, 10_000), false, &err))
		always = max(always, e.natsOnce(ctx, e.size(50, 500, 500), true, &err))
		if err != nil {
			return nil, err
		}
	}
	return []table.Entry{
		table.Told("changes to a hub's disk, acknowledged", ours, "changes/s").Beside("NATS JetStream, synced every 2 minutes", lazy).TimesAtLeast(20),
		table.Told("changes to a hub's disk, acknowledged", ours, "changes/s").Beside("NATS JetStream, synced always", always).TimesAtLeast(500),
	}, nil
}

// relayOnce returns changes/s, 0 after a failure.
func (e *Env) relayOnce(ctx context.Context, s *street, failed *error) float64 {
	if *failed != nil {
		return 0
	}
	var took time.Duration
	*failed = func() (err error) {
		if err := s.Restore(); err != nil {
			return err
		}
		defer func() { _ = s.Stop() }()
		if err := s.open(ctx, s.hubs...); err != nil {
			return err
		}
		return e.profiled("relay", func() (err error) {
			took, err = s.deliver(ctx, s.acked)
			return err
		})
	}()
	e.Say("relay: %d changes in %v", leaves*s.each, took)
	return perSecond(leaves*s.each, took)
}

func (e *Env) natsOnce(ctx context.Context, each int, always bool, failed *error) float64 {
	if *failed != nil {
		return 0
	}
	var took time.Duration
	*failed = func() error {
		p, err := peer.StartNATS(e.path("nats"), leaves, always)
		if err != nil {
			return err
		}
		defer func() { _ = p.Close() }()
		if err := p.Fill(ctx, messages(leaves, each)); err != nil {
			return err
		}
		took, err = p.Gather(ctx, uint64(leaves*each))
		return err
	}()
	e.Say("nats, synced always %v: %d messages in %v", always, leaves*each, took)
	return perSecond(leaves*each, took)
}
