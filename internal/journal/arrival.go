package journal

import (
	"math"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

const maxCursorName = 128

// Arrival is a batch in the order in which the store received or sealed it.
// Numbers only grow; those of truncated batches are left out.
type Arrival struct {
	No          uint64
	Stream      change.Stream
	First, Last uint64
	Author      change.UnitID
	At          int64 // the store's clock, Unix milliseconds
}

func arrivalCounter() []byte { return []byte("arrival") }

// addArrival enters a batch in the arrival order.
func (tx *Tx) addArrival(e *entry) (uint64, error) {
	last, err := tx.readCount(bucketCounters, arrivalCounter())
	if err != nil {
		return 0, err
	}
	if err := tx.put(bucketCounters, arrivalCounter(), countKey(last+1)); err != nil {
		return 0, err
	}
	return last + 1, tx.put(bucketArrivals, countKey(last+1), e.encode())
}

// Arrivals returns at most limit arrivals with numbers above after, in order.
// It returns Damaged.
func (tx *Tx) Arrivals(after uint64, limit int) ([]Arrival, error) {
	var found []Arrival
	err := tx.ascend(bucketArrivals, countKey(after+1), nil, func(key, stored []byte) error {
		if len(found) >= limit {
			return ErrStop
		}
		a, err := tx.readArrival(key, stored)
		if err == nil {
			found = append(found, a)
		}
		return err
	})
	return found, err
}

// AnyArrival reports whether one of the arrivals with numbers above after is such. It
// returns Damaged.
func AnyArrival(tx *Tx, after uint64, is func(Arrival) bool) (found bool, err error) {
	err = tx.ascend(bucketArrivals, countKey(after+1), nil, func(key, stored []byte) error {
		a, err := tx.readArrival(key, stored)
		if found = err == nil && is(a); found {
			return ErrStop
		}
		return err
	})
	return found, err
}

func (tx *Tx) readArrival(key, stored []byte) (Arrival, error) {
	e, no, err := tx.box.openEntry(key, stored)
	if err != nil {
		return Arrival{}, err
	}
	s, err := tx.streamOf(e.number)
	return Arrival{No: no, Stream: s, First: e.first, Last: e.last, Author: e.author, At: e.at}, err
}

func (b *box) openEntry(key, stored []byte) (*entry, uint64, error) {
	no, err := parseCount(key)
	if err != nil {
		return nil, 0, err
	}
	plain, err := b.open(bucketArrivals, key, stored)
	if err != nil {
		return nil, 0, fault.Wrap("read arrivals", err)
	}
	e, err := parseEntry(plain)
	return e, no, err
}

// ArrivedAfter is when the store received or sealed what follows a sequence of a
// stream, by its own clock in Unix milliseconds; false when nothing that is sealed
// follows. It returns Damaged.
func (tx *Tx) ArrivedAfter(s change.Stream, seq uint64) (at int64, some bool, err error) {
	r, err := tx.readRow(s)
	if err != nil || r == nil || seq >= r.sealed.Seq {
		return 0, false, err
	}
	_, h, err := tx.findBatch(r, max(seq, r.base.Seq)+1)
	if err != nil {
		return 0, false, err
	}
	key := countKey(h.arrival)
	stored := tx.tx.Bucket([]byte(bucketArrivals)).Get(key)
	if stored == nil {
		return 0, false, nil
	}
	e, _, err := tx.box.openEntry(key, stored)
	if err != nil {
		return 0, false, err
	}
	return e.at, true, nil
}

// ArrivalAt is the number of the arrival with which a sequence of a stream came; 0 where it
// is not here, or not sealed. It returns Damaged.
func (tx *Tx) ArrivalAt(s change.Stream, seq uint64) (uint64, error) {
	r, err := tx.readRow(s)
	if err != nil || r == nil {
		return 0, err
	}
	_, h, err := tx.findBatch(r, seq)
	return h.arrival, err
}

// LastArrival is the number of the newest arrival, 0 when there is none.
func (tx *Tx) LastArrival() uint64 {
	k, _ := lastAtMost(tx.tx.Bucket([]byte(bucketArrivals)).Cursor(), countKey(math.MaxUint64))
	no, err := parseCount(k)
	if err != nil {
		return 0
	}
	return no
}

// Cursor returns how far a consumer of arrivals has come, 0 when it has not
// begun. It returns Damaged.
func (tx *Tx) Cursor(name string) (uint64, error) {
	if name == "" {
		return 0, nil
	}
	return tx.readCount(bucketCursors, []byte(name))
}

// SetCursor stores how far a consumer has come; a rebuild sets it back.
// It returns Invalid for a name that is empty or over 128 bytes.
func (tx *Tx) SetCursor(name string, no uint64) error {
	if name == "" || len(name) > maxCursorName {
		return fault.New(fault.Invalid, "a cursor's name has %d bytes, not 1 to %d", len(name), maxCursorName)
	}
	return tx.put(bucketCursors, []byte(name), countKey(no))
}
