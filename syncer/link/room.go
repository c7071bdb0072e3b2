package link

import (
	"sync"

	"tongbu/syncer"
)

// largest is the most bytes one message takes.
const largest = 1 << 20

// Room bounds what all links of a hub hold together of what they received and
// have not stored yet. Each link has place for one message of its own, so an
// idle one keeps nobody waiting; what it takes beyond that is shared. A link
// that finds no room does not receive, and its peer's window fills: that is
// how it is told to wait.
type Room struct {
	mu   sync.Mutex // guards all below
	free int
	news chan struct{} // closed when there is more
}

// NewRoom makes a room of so many bytes, 1 MiB at least.
func NewRoom(bytes int) *Room {
	return &Room{free: max(bytes, largest), news: make(chan struct{})}
}

// take waits until so much is free; false: stopped before.
func (r *Room) take(n int, stop <-chan struct{}) bool {
	for {
		r.mu.Lock()
		if r.free >= n {
			r.free -= n
			r.mu.Unlock()
			return true
		}
		news := r.news
		r.mu.Unlock()
		select {
		case <-news:
		case <-stop:
			return false
		}
	}
}

func (r *Room) give(n int) {
	if n == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free += n
	close(r.news)
	r.news = make(chan struct{})
}

// Free is how many bytes of the room are free.
func (r *Room) Free() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.free
}

// share is what one link holds of a room.
type share struct {
	room *Room

	mu      sync.Mutex // guards all below
	held    int        // bytes received and not done with
	taken   int        // of the room, for them and for the message that is to come
	pending int        // taken for the message that is to come
}

// take makes place for one more message; false: stopped before.
func (s *share) take(stop <-chan struct{}) bool {
	s.mu.Lock()
	first := s.held == 0
	s.mu.Unlock()
	if s.room == nil || first {
		return true
	}
	if !s.room.take(largest, stop) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken, s.pending = s.taken+largest, largest
	return true
}

// got gives back what the message that came does not need.
func (s *share) got(n int) {
	if s.room == nil {
		return
	}
	s.mu.Lock()
	s.held += n
	back := max(s.pending-n, 0)
	s.taken, s.pending = s.taken-back, 0
	s.mu.Unlock()
	s.room.give(back)
}

// give says that so many bytes are done with.
func (s *share) give(n int) {
	if s.room == nil {
		return
	}
	s.mu.Lock()
	if s.held -= n; s.held == 0 {
		s.pending = 0 // the link's own place will do: an idle link keeps no room
	}
	back := max(s.taken-s.held-s.pending, 0)
	s.taken -= back
	s.mu.Unlock()
	s.room.give(back)
}

// close gives all back; the link is over.
func (s *share) close() {
	if s.room == nil {
		return
	}
	s.mu.Lock()
	back := s.taken
	s.taken, s.pending = 0, 0
	s.mu.Unlock()
	s.room.give(back)
}

// Bytes that parts of a message take in memory, about.
const (
	baseWeight = 256
	markWeight = 160
)

// weight is what a message takes in memory, about.
func weight(m syncer.Message) int {
	switch x := m.(type) {
	case syncer.Batch:
		return baseWeight + len(x.Sealed)
	case syncer.Marks:
		return baseWeight + markWeight*len(x.Have)
	case syncer.Ack:
		return baseWeight + markWeight*len(x.Have)
	case syncer.Traced:
		return baseWeight + markWeight*len(x.Ends)
	case syncer.Reach:
		n := len(x.Devices)
		for _, d := range x.Devices {
			n += len(d.Heads)
		}
		return baseWeight + markWeight*n
	}
	return baseWeight
}
