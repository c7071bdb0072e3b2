package web

import (
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// seats lets so many connections in at a time. Where all seats are taken, one that waits
// for a request gives its seat to who comes: of the address that has the most, the one
// that has waited longest. One that is at work keeps it, unless its address has more than
// half of all and somebody comes from another.
type seats struct {
	net.Listener
	most int

	mutex  sync.Mutex // guards all below
	taken  map[*seat]bool
	clock  uint64        // rises with each change of a seat
	freed  chan struct{} // holds one when a seat may be free
	closed chan struct{}
	once   sync.Once
}

func newSeats(l net.Listener, most int) *seats {
	return &seats{Listener: l, most: most, taken: map[*seat]bool{}, freed: make(chan struct{}, 1), closed: make(chan struct{})}
}

// seat is a connection that was let in.
type seat struct {
	net.Conn
	of    *seats
	from  string
	since uint64 // when it began to wait or to work, by the clock of the seats
	works bool
}

// Close implements net.Conn, and frees the seat.
func (s *seat) Close() error {
	s.of.leave(s)
	return s.Conn.Close()
}

// Accept implements net.Listener. Who comes waits here until there is a seat.
func (s *seats) Accept() (net.Conn, error) {
	conn, err := s.Listener.Accept()
	if err != nil {
		return nil, err
	}
	one := &seat{Conn: conn, of: s, from: hostOf(conn.RemoteAddr())}
	for {
		leaves, sits := s.sit(one)
		if leaves != nil {
			_ = leaves.Conn.Close() // nothing of it is waited for
		}
		if sits {
			return one, nil
		}
		select {
		case <-s.freed:
		case <-s.closed:
			_ = conn.Close() // nothing was read of it
			return nil, net.ErrClosed
		}
	}
}

// Close implements net.Listener.
func (s *seats) Close() error {
	s.once.Do(func() { close(s.closed) })
	return s.Listener.Close()
}

// sit gives one a seat, if there is one, and says who is to leave for it.
func (s *seats) sit(one *seat) (leaves *seat, sits bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.taken) >= s.most {
		if leaves = s.spareLocked(one.from); leaves == nil {
			return nil, false
		}
		delete(s.taken, leaves)
	}
	s.clock++
	one.since, s.taken[one] = s.clock, true
	return leaves, true
}

// spareLocked is the seat to be given to who comes from an address; nil: none.
func (s *seats) spareLocked(from string) (spare *seat) {
	held := map[string]int{}
	for one := range s.taken {
		held[one.from]++
	}
	for one := range s.taken {
		if one.works && (one.from == from || held[one.from] <= s.most/2) {
			continue
		}
		if spare == nil || before(one, spare, held) {
			spare = one
		}
	}
	return spare
}

// before reports whether one leaves before another.
func before(one, other *seat, held map[string]int) bool {
	switch {
	case one.works != other.works:
		return other.works
	case held[one.from] != held[other.from]:
		return held[one.from] > held[other.from]
	}
	return one.since < other.since
}

func (s *seats) leave(one *seat) {
	s.mutex.Lock()
	delete(s.taken, one)
	s.mutex.Unlock()
	s.tell()
}

func (s *seats) tell() {
	select {
	case s.freed <- struct{}{}:
	default:
	}
}

// changed is told by the server what a connection does.
func (s *seats) changed(conn net.Conn, state http.ConnState) {
	if secure, is := conn.(*tls.Conn); is {
		conn = secure.NetConn()
	}
	one, is := conn.(*seat)
	if !is {
		return
	}
	s.mutex.Lock()
	s.clock++
	one.works, one.since = state == http.StateActive, s.clock
	s.mutex.Unlock()
	if state == http.StateIdle {
		s.tell()
	}
}

// hostOf is the address of a connection without its port.
func hostOf(a net.Addr) string {
	if tcp, is := a.(*net.TCPAddr); is {
		return tcp.IP.String()
	}
	return a.String()
}
