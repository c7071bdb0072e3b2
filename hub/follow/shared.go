package follow

import (
	"context"
	"sync"
)

// shared hands batches that were opened to be judged on to the view, so that
// they are not opened again. The judge waits for a view that keeps up, and for no
// other: one that is behind, damaged or at work on its indexes reads the journal
// itself until it has caught up.
type shared struct {
	limit int // of changes that wait: a portion of the view, beside the one it applies

	mu      sync.Mutex // guards all below
	wanted  bool       // the view keeps up
	batches []*Opened  // consecutive, the oldest first
	changes int        // in them, as weighed
	moved   chan struct{}
}

func newShared(limit int) *shared { return &shared{limit: limit, moved: make(chan struct{})} }

// signalLocked wakes whoever waits for another state.
func (s *shared) signalLocked() {
	close(s.moved)
	s.moved = make(chan struct{})
}

// put adds batches that were judged. It waits while there is no room and the view
// still wants them.
func (s *shared) put(ctx context.Context, portion []*Opened) {
	for {
		s.mu.Lock()
		if !s.wanted {
			s.mu.Unlock()
			return
		}
		if s.changes < s.limit {
			s.addLocked(portion)
			s.mu.Unlock()
			return
		}
		moved := s.moved
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-moved:
		}
	}
}

func (s *shared) addLocked(portion []*Opened) {
	if n := len(s.batches); n > 0 && s.batches[n-1].No+1 != portion[0].No {
		s.batches, s.changes = nil, 0 // a gap: the view reads what is missing
	}
	s.batches = append(s.batches, portion...)
	for _, o := range portion {
		s.changes += weight(o)
	}
}

// weight counts a batch that cannot be read too: many of them are not nothing.
func weight(o *Opened) int { return max(1, len(o.Changes)) }

// want says that the view keeps up from now on.
func (s *shared) want() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted = true
}

// get removes and returns what follows a number, nothing when the next arrival
// is not here.
func (s *shared) get(after uint64, max limits) (portion []*Opened) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.signalLocked()
	for len(s.batches) > 0 && s.batches[0].No <= after {
		s.removeLocked()
	}
	if len(s.batches) == 0 || s.batches[0].No != after+1 {
		return nil
	}
	for changes := 0; len(s.batches) > 0 && len(portion) < max.arrivals; {
		changes += len(s.batches[0].Changes)
		if len(portion) > 0 && changes > max.changes {
			break
		}
		portion = append(portion, s.removeLocked())
	}
	return portion
}

func (s *shared) removeLocked() *Opened {
	first := s.batches[0]
	s.batches[0] = nil
	s.batches, s.changes = s.batches[1:], s.changes-weight(first)
	return first
}

// decline says that the view does not keep up for now: nobody waits for it.
func (s *shared) decline() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted, s.batches, s.changes = false, nil, 0
	s.signalLocked()
}
