package query

import (
	"sync"
	"time"

	"tongbu/internal/durations"
	"tongbu/internal/fault"
)

// Asked counts the questions that were answered, by how that ended. The zero value is
// empty. It is safe for concurrent use.
type Asked struct {
	mu  sync.Mutex // guards all below
	all map[fault.Kind]*durations.Histogram
}

// Done counts a question that was asked at start; the wait for its turn counts too.
func (a *Asked) Done(start time.Time, err error) { a.of(fault.Of(err)).Since(start) }

func (a *Asked) of(outcome fault.Kind) *durations.Histogram {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = map[fault.Kind]*durations.Histogram{}
	}
	if !outcome.Known() { // from a hub above that is newer
		outcome = fault.Internal
	}
	if a.all[outcome] == nil {
		a.all[outcome] = &durations.Histogram{}
	}
	return a.all[outcome]
}

// Read returns how long they took, by outcome.
func (a *Asked) Read() map[fault.Kind]durations.Reading {
	a.mu.Lock()
	defer a.mu.Unlock()
	read := make(map[fault.Kind]durations.Reading, len(a.all))
	for outcome, h := range a.all {
		read[outcome] = h.Read()
	}
	return read
}

// Load counts the questions that run and those that wait.
func (t *Turns) Load() (running, waiting int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.children {
		waiting += c.waiting
	}
	return t.running, waiting
}
