package sim

import (
	"container/heap"
	"time"
)

// queue is virtual time: what is to happen, in the order in which it does. No
// two events share an instant: one that would is put a nanosecond later, so
// the order never depends on anything but the queue.
type queue struct {
	now    time.Duration // since the world began
	events events
	made   uint64
	work   int // events that must have happened before the world is at rest
	done   int // events that have happened
}

type event struct {
	at   time.Duration
	no   uint64
	work bool
	do   func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].no < e[j].no
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }

// Push is for package heap.
func (e *events) Push(x any) { *e = append(*e, x.(event)) }

// Pop is for package heap.
func (e *events) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	(*e)[last] = event{}
	*e = (*e)[:last]
	return x
}

// after has fn happen when d has passed. The world is not at rest before.
func (q *queue) after(d time.Duration, fn func()) { q.push(d, true, fn) }

// someday is after for what the world does not wait for.
func (q *queue) someday(d time.Duration, fn func()) { q.push(d, false, fn) }

func (q *queue) push(d time.Duration, work bool, fn func()) {
	q.made++
	if work {
		q.work++
	}
	heap.Push(&q.events, event{at: q.now + d, no: q.made, work: work, do: fn})
}

// step lets the next event happen; false when there is none until then.
func (q *queue) step(until time.Duration) bool {
	if len(q.events) == 0 || q.events[0].at > until {
		return false
	}
	e := heap.Pop(&q.events).(event)
	q.now = max(q.now+1, e.at)
	if e.work {
		q.work--
	}
	q.done++
	e.do()
	return true
}
