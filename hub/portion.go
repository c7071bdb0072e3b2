package hub

import (
	"fmt"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// portion is what one step applies.
type portion struct {
	from, upTo uint64 // arrivals
	changes    []view.Change
	err        error
}

// read takes the arrivals after a number, with their changes. One portion is
// read while the one before is applied.
func (f *follower) read(from uint64) *portion {
	p := &portion{from: from, upTo: from}
	p.err = f.streams.View(func(tx *journal.Tx) error {
		arrivals, err := tx.Arrivals(from, followArrivals)
		if err != nil {
			return err
		}
		for _, a := range arrivals {
			if len(p.changes) >= followChanges {
				return nil
			}
			got, err := f.open(tx, a)
			if err != nil {
				return err
			}
			p.changes = append(p.changes, got...)
			p.upTo = a.No
		}
		return nil
	})
	return p
}

// open reads a batch's changes. One that cannot be read has no effect and
// blocks nothing: the city has refused it by name.
func (f *follower) open(tx *journal.Tx, a journal.Arrival) ([]view.Change, error) {
	batches, err := tx.Batches(a.Stream, a.First-1, 1)
	if err != nil {
		return nil, err
	}
	if len(batches) == 0 || batches[0].First != a.First {
		return nil, fault.New(fault.Internal, "batch %d of stream %s is not in the journal", a.First, a.Stream)
	}
	raws, err := batches[0].Raw()
	if err != nil {
		f.unreadable(a)
		return nil, nil //nolint:nilerr // logged; the batch stays in the journal
	}
	changes := make([]view.Change, len(raws))
	for i, raw := range raws {
		c, err := change.Decode(raw)
		if err != nil {
			f.unreadable(a)
			return nil, nil //nolint:nilerr // as above
		}
		changes[i] = view.Change{Arrival: a.No, Stream: a.Stream, Seq: a.First + uint64(i), Author: a.Author, Change: c, Raw: raw}
	}
	return changes, nil
}

func (f *follower) unreadable(a journal.Arrival) {
	f.log.Error("a signed batch cannot be read", "stream", a.Stream.String(), "first", fmt.Sprint(a.First))
}

// behind counts what is in the journal and not in the view: arrivals in all,
// and changes by the unit that made them.
func (f *follower) behind() (arrivals uint64, byUnit map[change.UnitID]uint64, err error) {
	byUnit = map[change.UnitID]uint64{}
	err = f.streams.View(func(tx *journal.Tx) error {
		for at := f.at(); ; {
			list, err := tx.Arrivals(at, 1000)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, a := range list {
				arrivals++
				byUnit[a.Author] += a.Last - a.First + 1
				at = a.No
			}
		}
	})
	return arrivals, byUnit, err
}
