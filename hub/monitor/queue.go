package monitor

import (
	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// queue is what somebody lacks.
type queue struct {
	changes uint64
	oldest  int64 // when the oldest came, Unix milliseconds; 0: not known
	behind  []place
}

// place is how far somebody has a stream that goes on.
type place struct {
	in  change.Stream
	seq uint64
}

// lack counts what a stream has above what somebody has.
func (q *queue) lack(in change.Stream, has, head uint64) {
	if has < head {
		q.changes += head - has
		q.behind = append(q.behind, place{in, has})
	}
}

// date finds since when what is lacked is here.
func (q *queue) date(tx *journal.Tx) error {
	for _, p := range q.behind {
		at, some, err := tx.ArrivedAfter(p.in, p.seq)
		if err != nil {
			return err
		}
		if some {
			q.since(at)
		}
	}
	return nil
}

// since has the queue be at least as old as that.
func (q *queue) since(at int64) {
	if at > 0 && (q.oldest == 0 || at < q.oldest) {
		q.oldest = at
	}
}

// age is in seconds, by the clock here; 0: nothing is lacked, or nobody knows.
func (q *queue) age(now int64) float64 {
	if q.oldest == 0 {
		return 0
	}
	return max(float64(now-q.oldest)/1000, 0)
}
