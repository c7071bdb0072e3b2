package disk_test

import (
	"fmt"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// read is one thing that a program asks of a journal.
type read struct {
	name string
	do   func(tx *journal.Tx) (string, error)
	want string
}

// readsOf lists what can be asked of a sound journal, with the right answers:
// every value by its name, and every list.
func readsOf(s *journal.Store) (reads []read, err error) {
	err = s.View(func(tx *journal.Tx) error {
		if err := tx.Streams(func(info journal.StreamInfo) error {
			reads = append(reads, streamReads(info)...)
			return nil
		}); err != nil {
			return err
		}
		for _, name := range tableNames {
			reads = append(reads, read{name: "list " + name, do: func(tx *journal.Tx) (string, error) { return list(tx, name) }})
			err := tx.Table(name).Ascend(nil, nil, func(key, _ []byte) error {
				key = slices.Clone(key)
				reads = append(reads, read{name: fmt.Sprintf("get %s %q", name, key), do: func(tx *journal.Tx) (string, error) {
					value, err := tx.Table(name).Get(key)
					return fmt.Sprintf("%q %v", value, value == nil), err
				}})
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	reads = append(reads, listReads()...)
	for i := range reads {
		if err == nil {
			err = s.View(func(tx *journal.Tx) (err error) {
				reads[i].want, err = reads[i].do(tx)
				return err
			})
		}
	}
	return reads, err
}

func streamReads(info journal.StreamInfo) []read {
	s := info.Stream
	reads := []read{
		{name: "stream " + s.String(), do: func(tx *journal.Tx) (string, error) {
			got, ok, err := tx.Stream(s)
			return fmt.Sprint(got, ok), err
		}},
		{name: "batches " + s.String(), do: func(tx *journal.Tx) (string, error) {
			batches, err := tx.Batches(s, 0, 1<<30)
			var b strings.Builder
			for _, batch := range batches {
				fmt.Fprintf(&b, "%x ", batch.Bytes())
			}
			return b.String(), err
		}},
		{name: "ends " + s.String(), do: func(tx *journal.Tx) (string, error) {
			marks, err := tx.Boundaries(s, 0, 1<<20)
			return fmt.Sprint(marks), err
		}},
		{name: "receipt " + s.String(), do: func(tx *journal.Tx) (string, error) {
			r, err := tx.Receipt(s)
			if err != nil || r == nil {
				return "", err
			}
			return fmt.Sprintf("%x", r.Bytes()), nil
		}},
		{name: "author " + s.String(), do: func(tx *journal.Tx) (string, error) {
			der, err := tx.Author(s.Device)
			return fmt.Sprintf("%x", der), err
		}},
		{name: "forks " + s.String(), do: func(tx *journal.Tx) (string, error) {
			var b strings.Builder
			err := tx.Forks(s, func(e journal.Evidence) error {
				fmt.Fprintf(&b, "%d %x ", e.First, e.Change)
				return nil
			})
			return b.String(), err
		}},
	}
	for seq := info.Base.Seq + 1; seq <= info.Head; seq++ {
		reads = append(reads, read{name: fmt.Sprintf("change %s %d", s, seq), do: func(tx *journal.Tx) (string, error) {
			raw, err := tx.Change(s, seq)
			return fmt.Sprintf("%x", raw), err
		}})
	}
	return reads
}

func listReads() []read {
	return []read{
		{name: "streams", do: func(tx *journal.Tx) (string, error) {
			var b strings.Builder
			err := tx.Streams(func(info journal.StreamInfo) error {
				fmt.Fprint(&b, info)
				return nil
			})
			return b.String(), err
		}},
		{name: "arrivals", do: func(tx *journal.Tx) (string, error) {
			all, err := tx.Arrivals(0, 1<<20)
			return fmt.Sprint(all), err
		}},
		{name: "receipts", do: func(tx *journal.Tx) (string, error) {
			var b strings.Builder
			err := tx.Receipts(func(r *change.SignedReceipt) error {
				fmt.Fprintf(&b, "%x ", r.Bytes())
				return nil
			})
			return b.String(), err
		}},
		{name: "cursor", do: func(tx *journal.Tx) (string, error) {
			no, err := tx.Cursor(cursorNames[0])
			return fmt.Sprint(no), err
		}},
	}
}

func list(tx *journal.Tx, table string) (string, error) {
	var b strings.Builder
	err := tx.Table(table).Ascend(nil, nil, func(key, value []byte) error {
		fmt.Fprintf(&b, "%q %q ", key, value)
		return nil
	})
	return b.String(), err
}

// wrongAnswers asks everything of a journal and returns the answers that are
// wrong and do not say so, and how many said so.
func wrongAnswers(s *journal.Store, reads []read) (wrong []string, told int) {
	for _, r := range reads {
		got := ""
		err := s.View(func(tx *journal.Tx) (err error) {
			got, err = r.do(tx)
			return err
		})
		switch {
		case fault.Of(err) == fault.Damaged:
			told++
		case err != nil || got != r.want:
			wrong = append(wrong, fmt.Sprintf("%s: %v", r.name, err))
		}
	}
	return wrong, told
}
