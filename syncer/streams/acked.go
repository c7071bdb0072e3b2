package streams

import (
	"context"
	"encoding/binary"
	"sync"

	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/journal"
	"tongbu/syncer"
)

// parentTable is the bucket stream -> how far the parent has it. The name is
// older than the package's.
const parentTable = "custody.parent"

// acks are the parent's acknowledgements of the device's own streams. They are
// only shown to people, and the parent repeats them on each link: so they are
// written with the next transaction, and cost no fsync of their own.
type acks struct {
	mu      sync.Mutex // guards all below
	heard   map[change.Stream]change.Mark
	written map[change.Stream]change.Mark
}

func (a *acks) init() {
	a.heard, a.written = map[change.Stream]change.Mark{}, map[change.Stream]change.Mark{}
}

// Acked records how far the parent has an own stream.
func (c *Streams) Acked(have syncer.Have) {
	if have.Stream.Device != c.cfg.Self.Device {
		return
	}
	c.acks.mu.Lock()
	defer c.acks.mu.Unlock()
	c.acks.heard[have.Stream] = have.Mark
}

// unwritten lists the acknowledgements that are not on disk.
func (a *acks) unwritten() map[change.Stream]change.Mark {
	a.mu.Lock()
	defer a.mu.Unlock()
	news := map[change.Stream]change.Mark{}
	for s, m := range a.heard {
		if a.written[s] != m {
			news[s] = m
		}
	}
	return news
}

func (a *acks) markWritten(news map[change.Stream]change.Mark) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for s, m := range news {
		failpoint.Reach("custody.acks.written")
		a.written[s] = m
	}
}

// update runs fn in a transaction, and writes the acknowledgements in it.
func (c *Streams) update(ctx context.Context, fn func(*journal.Tx) error) error {
	news := c.acks.unwritten()
	err := c.cfg.Journal.Update(ctx, func(tx *journal.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		for s, m := range news {
			value := append(binary.BigEndian.AppendUint64(nil, m.Seq), m.Hash[:]...)
			if err := tx.Table(parentTable).Put([]byte(s.String()), value); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		c.acks.markWritten(news)
	}
	return err
}

// Flush writes the acknowledgements, so that the device can show them after a
// restart without a line.
func (c *Streams) Flush(ctx context.Context) error {
	if len(c.acks.unwritten()) == 0 {
		return nil
	}
	return c.update(ctx, func(*journal.Tx) error { return nil })
}

// atParent is how far the parent acknowledged a stream.
func (c *Streams) atParent(tx *journal.Tx, of change.Stream) (uint64, error) {
	c.acks.mu.Lock()
	m, heard := c.acks.heard[of]
	c.acks.mu.Unlock()
	if heard {
		return m.Seq, nil
	}
	raw, err := tx.Table(parentTable).Get([]byte(of.String()))
	if err != nil || len(raw) != 8+len(change.Hash{}) {
		return 0, err
	}
	return binary.BigEndian.Uint64(raw), nil
}
