package streamstest

import (
	"fmt"
	"slices"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// Records keeps the changes that were applied, in the journal's file.
type Records struct {
	unit   change.UnitID
	Broken error // what Apply returns
}

const stateTable = "custodytest.changes"

// Apply implements streams.Records.
func (r *Records) Apply(tx *journal.Tx, _ change.UnitID, b *change.Batch) error {
	if r.Broken != nil {
		return r.Broken
	}
	raws, err := b.Raw()
	for i, raw := range raws {
		if err := put(tx, b.Stream, b.First+uint64(i), raw); err != nil {
			return err
		}
	}
	return err
}

// Rebuild implements streams.Records.
func (r *Records) Rebuild(tx *journal.Tx) error {
	var keys [][]byte
	table := tx.Table(stateTable)
	err := table.Ascend(nil, nil, func(key, _ []byte) error {
		keys = append(keys, slices.Clone(key))
		return nil
	})
	for _, key := range keys {
		if err := table.Delete(key); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	return tx.Streams(func(info journal.StreamInfo) error {
		for seq := uint64(1); seq <= info.Head; seq++ {
			raw, err := tx.Change(info.Stream, seq)
			if err == nil {
				err = put(tx, info.Stream, seq, raw)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Reissue implements streams.Records.
func (r *Records) Reissue(tx *journal.Tx, in change.Stream, c *change.Change, _ change.Dot) error {
	raw, err := c.Encode()
	if err != nil {
		return err
	}
	return r.add(tx, in, raw)
}

func (r *Records) add(tx *journal.Tx, in change.Stream, raw []byte) error {
	seq, err := tx.Add(in, r.unit, raw)
	if err != nil {
		return err
	}
	return put(tx, in, seq, raw)
}

func put(tx *journal.Tx, in change.Stream, seq uint64, raw []byte) error {
	return tx.Table(stateTable).Put(fmt.Appendf(nil, "%s#%08d", in, seq), raw)
}

// Texts lists the texts of the changes that were applied, by stream and
// sequence. It fails the test when records and journal differ.
func (d *Device) Texts(tb testing.TB) []string {
	tb.Helper()
	var texts []string
	rows, changes := 0, uint64(0)
	err := d.View(func(tx *journal.Tx) error {
		err := tx.Table(stateTable).Ascend(nil, nil, func(_, raw []byte) error {
			rows++
			c, err := change.Decode(raw)
			if err == nil {
				texts = append(texts, c.Fields.Get("name").Text())
			}
			return err
		})
		if err != nil {
			return err
		}
		return tx.Streams(func(info journal.StreamInfo) error {
			changes += info.Head
			return nil
		})
	})
	if err != nil {
		tb.Fatal(err)
	}
	if uint64(rows) != changes {
		tb.Errorf("the records hold %d changes, the journal %d", rows, changes)
	}
	return texts
}
