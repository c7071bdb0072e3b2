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

// take takes so much when it is free; else it returns what is closed once
// there is more.
func (r *Room) take(n int) (news <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.free < n {
		return r.news
	}
	r.free -= n
	return nil
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

	mu      sync.Mutex    // guards all below
	held    int           // bytes received and not done with
	taken   int           // of the room, for them and for the message that is to come
	pending int           // taken for the message that is to come
	empty   chan struct{} // closed when held falls to nothing; nil: nobody waits for it
	closed  bool          // the link is over: nothing is taken any more
}

// take makes place for one more message; false: stopped before. A link that is
// done with all it held waits for the room no longer: its own place will do.
func (s *share) take(stop <-chan struct{}) bool {
	for {
		empty, news := s.place()
		if news == nil {
			return true
		}
		select {
		case <-empty:
		case <-news:
		case <-stop:
			return false
		}
	}
}

// place makes place now, or returns what to wait for. Whether the link holds
// anything is judged and the room taken in one step: a link that became idle
// in between would keep a mebibyte until its next message.
func (s *share) place() (empty, news <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room == nil || s.held == 0 || s.closed {
		return nil, nil
	}
	if news = s.room.take(largest); news != nil {
		if s.empty == nil {
			s.empty = make(chan struct{})
		}
		return s.empty, news
	}
	s.taken, s.pending = s.taken+largest, largest
	return nil, nil
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
		if s.empty != nil {
			close(s.empty)
			s.empty = nil
		}
	}
	back := max(s.taken-s.held-s.pending, 0)
	s.taken -= back
	s.mu.Unlock()
	s.room.give(back)
}

// close gives all back; the link is over. What receives may still be there.
func (s *share) close() {
	if s.room == nil {
		return
	}
	s.mu.Lock()
	back := s.taken
	s.taken, s.pending, s.closed = 0, 0, true
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
