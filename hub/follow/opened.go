package follow

import (
	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// Opened is one batch of the journal with its changes, decoded once for all who
// follow. They share it: nobody changes it.
type Opened struct {
	journal.Arrival
	End     change.Mark   // of the batch
	Changes []view.Change // in order; none when the batch cannot be read
	Err     error         // why it cannot: it has no effect and blocks nothing
}

// Open reads the batch that arrived. Signature, chain and rights were verified
// when it was stored, and the journal authenticates what it returns; what is left
// is whether it can be decoded. It returns Damaged when the batch is not in the
// journal, and what reading it does.
func Open(tx *journal.Tx, a journal.Arrival) (*Opened, error) {
	batches, err := tx.Batches(a.Stream, a.First-1, 1)
	if err != nil {
		return nil, err
	}
	if len(batches) == 0 || batches[0].First != a.First {
		return nil, fault.New(fault.Damaged, "batch %d of stream %s is not in the journal", a.First, a.Stream)
	}
	o := &Opened{Arrival: a, End: batches[0].End()}
	o.Changes, o.Err = decode(a, batches[0])
	return o, nil
}

func decode(a journal.Arrival, b *change.Batch) ([]view.Change, error) {
	raws, err := b.Raw()
	if err != nil {
		return nil, err
	}
	changes := make([]view.Change, len(raws))
	for i, raw := range raws {
		c, err := change.Decode(raw)
		if err != nil {
			return nil, err
		}
		changes[i] = view.Change{Arrival: a.No, Stream: a.Stream, Seq: a.First + uint64(i), Author: a.Author, Change: c, Raw: raw}
	}
	return changes, nil
}

// limits bound one portion of arrivals: the first batch is taken however large
// it is.
type limits struct{ arrivals, changes int }

// bounds are the portions that one transaction of each part does.
type bounds struct{ judge, view limits }

var usual = bounds{judge: limits{arrivals: 64, changes: 2000}, view: limits{arrivals: 256, changes: 8000}}

// read opens the arrivals after a number, up to the number last.
func (f *Follower) read(after, last uint64, max limits) (portion []*Opened, err error) {
	err = f.cfg.Streams.View(func(tx *journal.Tx) error {
		arrivals, err := tx.Arrivals(after, max.arrivals)
		if err != nil {
			return err
		}
		changes := 0
		for _, a := range arrivals {
			changes += int(a.Last - a.First + 1)
			if a.No > last || len(portion) > 0 && changes > max.changes {
				return nil
			}
			o, err := Open(tx, a)
			if err != nil {
				return err
			}
			portion = append(portion, o)
		}
		return nil
	})
	return portion, err
}
