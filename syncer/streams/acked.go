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

// parentTable is stream -> how far the parent has it.
const parentTable = "custody.parent"

// acks are the parent's words on the own streams. They are only shown, and
// the parent says them again at each link: so they wait for a transaction that
// is made anyway, and a save does not pay for a sync of theirs.
type acks struct {
	mu      sync.Mutex // guards all below
	heard   map[change.Stream]change.Mark
	written map[change.Stream]change.Mark
}

func (a *acks) init() {
	a.heard, a.written = map[change.Stream]change.Mark{}, map[change.Stream]change.Mark{}
}

// Acked notes how far the parent has an own stream.
func (c *Streams) Acked(have syncer.Have) {
	if have.Stream.Device != c.cfg.Self.Device {
		return
	}
	c.acks.mu.Lock()
	defer c.acks.mu.Unlock()
	c.acks.heard[have.Stream] = have.Mark
}

// pending lists the words that are not on disk.
func (a *acks) pending() map[change.Stream]change.Mark {
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

func (a *acks) wrote(news map[change.Stream]change.Mark) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for s, m := range news {
		failpoint.Reach("custody.acks.written")
		a.written[s] = m
	}
}

// update runs fn in a transaction and takes the waiting words along.
func (c *Streams) update(ctx context.Context, fn func(*journal.Tx) error) error {
	news := c.acks.pending()
	err := c.cfg.Journal.Update(ctx, func(tx *journal.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return putAcks(tx, news)
	})
	if err == nil {
		c.acks.wrote(news)
	}
	return err
}

func putAcks(tx *journal.Tx, news map[change.Stream]change.Mark) error {
	for s, m := range news {
		value := append(binary.BigEndian.AppendUint64(nil, m.Seq), m.Hash[:]...)
		if err := tx.Table(parentTable).Put([]byte(s.String()), value); err != nil {
			return err
		}
	}
	return nil
}

// Flush writes the words that wait, so that the device can say them again
// after a restart without a line.
func (c *Streams) Flush(ctx context.Context) error {
	if len(c.acks.pending()) == 0 {
		return nil
	}
	return c.update(ctx, func(*journal.Tx) error { return nil })
}

// atParent is how far the parent said to have a stream.
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
