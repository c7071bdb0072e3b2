package link

import (
	"sync"

	"tongbu/syncer"
)

// maxMessage is the largest message, in bytes.
const maxMessage = 1 << 20

// Room bounds the bytes that all links of a hub together have received and not
// stored yet. Each link may hold one message outside the bound, so an idle link
// reserves nothing; all beyond that is shared. A link that cannot reserve does
// not receive, its peer's window fills, and so the peer waits.
type Room struct {
	mu    sync.Mutex // guards all below
	free  int
	freed chan struct{} // closed when bytes are released
}

// NewRoom returns a room of so many bytes, 1 MiB at least.
func NewRoom(bytes int) *Room {
	return &Room{free: max(bytes, maxMessage), freed: make(chan struct{})}
}

// reserve takes n bytes when they are free and returns nil; else it returns a
// channel that is closed once bytes are released.
func (r *Room) reserve(n int) (freed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.free < n {
		return r.freed
	}
	r.free -= n
	return nil
}

func (r *Room) release(n int) {
	if n == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free += n
	close(r.freed)
	r.freed = make(chan struct{})
}

// share is what one link holds of a room.
type share struct {
	room *Room

	mu       sync.Mutex    // guards all below
	held     int           // bytes received and not handled
	reserved int           // bytes of the room: for held and for the next message
	pending  int           // the part of reserved for the next message
	empty    chan struct{} // closed when held falls to 0; nil: nobody waits for it
	closed   bool          // the link is over: nothing is reserved any more
}

// reserve waits until one more message may be received; false: stopped before.
// A link that has handled all it held does not wait any longer, since one
// message is outside the bound.
func (s *share) reserve(stop <-chan struct{}) bool {
	for {
		empty, freed := s.tryReserve()
		if freed == nil {
			return true
		}
		select {
		case <-empty:
		case <-freed:
		case <-stop:
			return false
		}
	}
}

// tryReserve reserves now, or returns what to wait for. Looking at held and
// reserving happen under one lock: a link that became idle in between would
// keep a mebibyte reserved until its next message.
func (s *share) tryReserve() (empty, freed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room == nil || s.held == 0 || s.closed {
		return nil, nil
	}
	if freed = s.room.reserve(maxMessage); freed != nil {
		if s.empty == nil {
			s.empty = make(chan struct{})
		}
		return s.empty, freed
	}
	s.reserved, s.pending = s.reserved+maxMessage, maxMessage
	return nil, nil
}

// received adds a message of n bytes and releases what was reserved beyond it.
func (s *share) received(n int) {
	if s.room == nil {
		return
	}
	s.mu.Lock()
	s.held += n
	back := max(s.pending-n, 0)
	s.reserved, s.pending = s.reserved-back, 0
	s.mu.Unlock()
	s.room.release(back)
}

// handled releases n bytes.
func (s *share) handled(n int) {
	if s.room == nil {
		return
	}
	s.mu.Lock()
	if s.held -= n; s.held == 0 {
		s.pending = 0 // an idle link reserves nothing
		if s.empty != nil {
			close(s.empty)
			s.empty = nil
		}
	}
	back := max(s.reserved-s.held-s.pending, 0)
	s.reserved -= back
	s.mu.Unlock()
	s.room.release(back)
}

// close releases everything at the end of the link. The receiving goroutine may
// still be there; it reserves nothing any more.
func (s *share) close() {
	if s.room == nil {
		return
	}
	s.mu.Lock()
	back := s.reserved
	s.reserved, s.pending, s.closed = 0, 0, true
	s.mu.Unlock()
	s.room.release(back)
}

// Bytes that parts of a message take in memory, about.
const (
	baseWeight = 256
	markWeight = 160
)

// weight is about how many bytes of memory a message takes.
func weight(m syncer.Message) int {
	switch x := m.(type) {
	case syncer.Batch:
		return baseWeight + len(x.Sealed)
	case syncer.Author:
		return baseWeight + len(x.Certificate)
	case syncer.Receipt:
		return baseWeight + len(x.Signed)
	case syncer.Refuse:
		return baseWeight + len(x.Reason)
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
