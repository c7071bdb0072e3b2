package records

import "sync"

// maxTouched is how many touches are remembered.
const maxTouched = 8192

// touched remembers which records were written lately, and by which transactions, for
// those who keep copies of records in memory. A record is noted before its
// transaction is committed, under that one's number: whoever reads up to a number
// looks at the noted ones above it, so one that was never committed, or is not yet,
// costs a look and no more.
type touched struct {
	mu    sync.Mutex // guards what follows
	notes []note     // the latest, in a ring once there are maxTouched
	next  int        // where the next is written in a full ring
	lost  int        // the highest number of which notes may be missing
}

// note is that a transaction wrote a record.
type note struct {
	number int
	key    Key
}

func (t *touched) add(number int, key Key) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := note{number: number, key: key}
	if len(t.notes) < maxTouched {
		t.notes = append(t.notes, n)
		return
	}
	t.lost = max(t.lost, t.notes[t.next].number)
	t.notes[t.next] = n
	t.next = (t.next + 1) % maxTouched
}

// addAll notes that a transaction wrote all records.
func (t *touched) addAll(number int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notes, t.next, t.lost = nil, 0, max(t.lost, number)
}

// since returns the records that were touched after a number, each once; false when
// that cannot be told.
func (t *touched) since(number int) (keys []Key, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost > number {
		return nil, false
	}
	met := map[Key]bool{}
	for _, n := range t.notes {
		if n.number > number && !met[n.key] {
			met[n.key] = true
			keys = append(keys, n.key)
		}
	}
	return keys, true
}

// TouchedSince returns the records that may be others than what the transaction of the
// number showed (journal.Tx.Number), those that are gone among them. Asked in a View it
// misses nothing that this shows. ok is false when too many were touched since: then
// any may be.
func (s *Records) TouchedSince(number int) (keys []Key, ok bool) {
	return s.touched.since(number)
}
