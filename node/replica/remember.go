package replica

import (
	"context"
	"encoding/json"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer"
)

// reachTable is device -> when it was last heard and what it was known to
// have written, in JSON: a hub that restarts still says since when a unit is
// silent, and what it owes.
const reachTable = "station.reach"

// disk is the pseudo-peer under which contacts are saved.
const disk = change.DeviceID("disk")

func (s *Replica) recall() error {
	var known []syncer.DeviceReach
	err := s.Journal.View(func(tx *journal.Tx) error {
		return tx.Table(reachTable).Ascend(nil, nil, func(_, raw []byte) error {
			var d syncer.DeviceReach
			if err := json.Unmarshal(raw, &d); err != nil {
				return fault.As(fault.Damaged, "read who was heard", err)
			}
			known = append(known, d)
			return nil
		})
	})
	s.Reach.Recall(known)
	return err
}

// remember writes down who is heard and what the parent said, at each beat
// and at the end.
func (s *Replica) remember(ctx context.Context) error {
	beat := time.NewTicker(s.beat())
	defer beat.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-beat.C:
		}
		if err := s.writeDown(context.WithoutCancel(ctx)); err != nil {
			s.Log.Warn("who was heard could not be written down", "kind", fault.Of(err).String())
		}
	}
	return nil
}

func (s *Replica) writeDown(ctx context.Context) error {
	if err := s.Streams.Flush(ctx); err != nil || !s.cfg.Hub {
		return err
	}
	return s.writeReach(ctx)
}

func (s *Replica) beat() time.Duration {
	if s.cfg.Beat == 0 {
		return 10 * time.Second
	}
	return s.cfg.Beat
}

func (s *Replica) writeReach(ctx context.Context) error {
	news := s.Reach.Tell(disk, false).Devices
	if len(news) == 0 {
		return nil
	}
	return s.Journal.Update(ctx, func(tx *journal.Tx) error {
		for _, d := range news {
			raw, err := json.Marshal(d)
			if err != nil {
				return fault.As(fault.Internal, "write who was heard", err)
			}
			if err := tx.Table(reachTable).Put([]byte(d.Peer.Device), raw); err != nil {
				return err
			}
		}
		return nil
	})
}
