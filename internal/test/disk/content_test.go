package disk_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/test/disk"
)

// Everything a journal holds is named here, so that a state of the disk is
// read as the program reads it. TestContentIsAll keeps the lists complete.
var (
	tableNames = []string{"audit.known", "custody.parent", "custody.self", "members.addresses", "reconcile.aside", "reconcile.city", "reconcile.contested", "reconcile.known", "reconcile.owner", "reconcile.told",
		"records.counts", "records.dispute", "records.index", "records.placed", "records.ranges", "records.recent", "records.refused", "records.state",
		"reconcile.held", "registry.version", "root.tickets", "station.history", "station.kinds", "station.publications", "station.reach", "streams.reached"}
	cursorNames = []string{"reconcile"}
)

// content is what a journal says.
type content struct {
	sum     disk.Sum
	values  int // stored values read, to hold against Verify's count
	heads   map[string]uint64
	last    uint64 // arrival
	history uint64 // how often a stream's history gave way
}

// reader gathers all that a journal says in one transaction.
type reader struct {
	tx      *journal.Tx
	buf     []byte
	content content
	facts   func(format string, args ...any) // nil: not wanted
}

// readContent reads all; with facts, also what it says one by one.
func readContent(s *journal.Store, facts map[string]bool) (c content, err error) {
	err = s.View(func(tx *journal.Tx) error {
		r := &reader{tx: tx, content: content{heads: map[string]uint64{}}}
		if facts != nil {
			r.facts = func(format string, args ...any) { facts[fmt.Sprintf(format, args...)] = true }
		}
		for _, part := range []func() error{r.streams, r.receipts, r.arrivals, r.cursors, r.tables} {
			if err := part(); err != nil {
				return err
			}
		}
		c = r.content
		c.sum = sha256.Sum256(r.buf)
		return nil
	})
	return c, err
}

func (r *reader) add(parts ...[]byte) {
	for _, part := range parts {
		r.buf = binary.BigEndian.AppendUint32(r.buf, uint32(len(part)))
		r.buf = append(r.buf, part...)
	}
}

func (r *reader) number(n uint64) { r.buf = binary.BigEndian.AppendUint64(r.buf, n) }

func (r *reader) streams() error {
	devices := map[change.DeviceID]bool{}
	err := r.tx.Streams(func(info journal.StreamInfo) error {
		r.content.values += 2 // the row, and its number's name
		devices[info.Stream.Device] = true
		return r.stream(info)
	})
	if err != nil {
		return err
	}
	for _, d := range slices.Sorted(maps.Keys(devices)) {
		der, err := r.tx.Author(d)
		if err != nil {
			return err
		}
		r.add(der)
		if der != nil {
			r.content.values++
			r.fact("author %s", d)
		}
	}
	return nil
}

func (r *reader) stream(info journal.StreamInfo) error {
	name := info.Stream.String()
	r.add([]byte(name), []byte(info.Author), info.Sealed.Hash[:], info.Base.Hash[:])
	r.number(info.Sealed.Seq)
	r.number(info.Head)
	if info.Parked {
		r.fact("parked %s", name)
		r.number(1)
	}
	r.content.heads[name] = info.Head
	if err := r.kept(info); err != nil {
		return err
	}
	if err := r.batches(info); err != nil {
		return err
	}
	for seq := info.Sealed.Seq + 1; seq <= info.Head; seq++ {
		raw, err := r.tx.Change(info.Stream, seq)
		if err != nil {
			return err
		}
		r.content.values++
		r.add(raw)
		if err := r.changed(name, raw); err != nil {
			return err
		}
	}
	return r.tx.Forks(info.Stream, func(e journal.Evidence) error {
		r.content.values++
		r.number(e.First)
		r.add(e.Change)
		if e.Batch != nil {
			r.add(e.Batch.Bytes())
		}
		r.fact("evidence %s %d", name, e.First)
		return nil
	})
}

// kept reads what is kept of batches that were cut off.
func (r *reader) kept(info journal.StreamInfo) error {
	for at := uint64(0); at < info.Base.Seq; {
		k, err := r.tx.Kept(info.Stream, at)
		if err != nil {
			return err
		}
		r.content.values++
		for i, raw := range k.Changes {
			r.add(raw)
			r.fact("here %s %d", info.Stream, k.First+uint64(i))
			if err := r.changed(info.Stream.String(), raw); err != nil {
				return err
			}
		}
		at = k.Last()
	}
	ends, err := r.tx.Boundaries(info.Stream, info.Base.Seq+1, 1<<20)
	for _, end := range ends {
		r.number(end.Seq)
		r.add(end.Hash[:])
	}
	return err
}

func (r *reader) batches(info journal.StreamInfo) error {
	batches, err := r.tx.Batches(info.Stream, info.Base.Seq, 1<<30)
	if err != nil {
		return err
	}
	for _, b := range batches {
		r.content.values++
		r.add(b.Bytes())
		r.fact("batch %s %d %x", info.Stream, b.Last(), b.Hash())
		if r.facts == nil {
			continue
		}
		raws, err := b.Raw()
		if err != nil {
			return err
		}
		for i, raw := range raws {
			r.fact("here %s %d", info.Stream, b.First+uint64(i))
			if err := r.changed(info.Stream.String(), raw); err != nil {
				return err
			}
		}
	}
	return nil
}

// changed tells which field of which record a change sets to what.
func (r *reader) changed(stream string, raw []byte) error {
	if r.facts == nil {
		return nil
	}
	c, err := change.Decode(raw)
	if err != nil {
		return nil //nolint:nilerr // a batch nobody can read is kept and told by its hash
	}
	for name, value := range c.Fields.All() {
		r.fact("set %s %s %s=%v", c.Kind, c.Record, name, value)
		r.fact("said %s %s %s %s=%v", stream, c.Kind, c.Record, name, value)
	}
	return nil
}

func (r *reader) fact(format string, args ...any) {
	if r.facts != nil {
		r.facts(format, args...)
	}
}

func (r *reader) receipts() error {
	return r.tx.Receipts(func(signed *change.SignedReceipt) error {
		r.content.values++
		r.add(signed.Bytes())
		for seq := uint64(1); seq <= signed.Seq; seq++ {
			r.fact("receipt %s %d", signed.Stream, seq)
		}
		return nil
	})
}

func (r *reader) arrivals() error {
	all, err := r.tx.Arrivals(0, 1<<20)
	for _, a := range all {
		r.content.values++
		r.content.last = a.No
		r.number(a.No)
		r.number(a.First)
		r.number(a.Last)
		r.number(uint64(a.At))
		r.add([]byte(a.Author), []byte(a.Stream.Device), []byte(a.Stream.Audience))
		r.fact("arrival %d", a.No)
	}
	return err
}

func (r *reader) cursors() error {
	for _, name := range cursorNames {
		no, err := r.tx.Cursor(name)
		if err != nil {
			return err
		}
		if no > 0 {
			r.content.values++
		}
		r.number(no)
		for at := uint64(1); at <= no; at++ {
			r.fact("cursor %s %d", name, at)
		}
	}
	return nil
}

func (r *reader) tables() error {
	for _, name := range tableNames {
		r.add([]byte(name))
		err := r.tx.Table(name).Ascend(nil, nil, func(key, value []byte) error {
			r.content.values++
			r.add(key, value)
			r.fact("entry %s %q", name, key)
			return nil
		})
		if err != nil {
			return err
		}
	}
	history, err := r.tx.Table("station.history").Get([]byte("count"))
	if err == nil && len(history) == 8 {
		r.content.history = binary.BigEndian.Uint64(history)
	}
	return err
}

// readSeen reads how far the streams go.
func readSeen(s *journal.Store) (now seen, err error) {
	now.Heads = map[string]uint64{}
	err = s.View(func(tx *journal.Tx) error {
		now.Last = tx.LastArrival()
		raw, err := tx.Table("station.history").Get([]byte("count"))
		if err != nil {
			return err
		}
		if len(raw) == 8 {
			now.History = binary.BigEndian.Uint64(raw)
		}
		return tx.Streams(func(info journal.StreamInfo) error {
			now.Heads[info.Stream.String()] = info.Head
			return nil
		})
	})
	return now, err
}
