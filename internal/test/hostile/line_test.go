package hostile_test

import (
	"sync"

	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/wire"
)

// line is a connection whose far end is the test: bytes of frames go in, and what
// the hub says is kept.
type line struct {
	in     chan []byte
	once   sync.Once
	closed chan struct{}

	mu    sync.Mutex // guards all below
	said  []syncer.Message
	bytes int
	ready chan struct{} // closed: the far end reads
}

var _ link.Conn = (*line)(nil)

func newLine() *line {
	l := &line{in: make(chan []byte, 4096), closed: make(chan struct{}), ready: make(chan struct{})}
	close(l.ready)
	return l
}

// Send implements link.Conn. It waits while the far end does not read.
func (l *line) Send(m syncer.Message) error {
	l.mu.Lock()
	ready := l.ready
	l.mu.Unlock()
	select {
	case <-ready:
	case <-l.closed:
		return fault.New(fault.Canceled, "the line is closed")
	}
	raw, err := wire.Marshal(m)
	if err != nil {
		return err
	}
	heard, err := wire.Unmarshal(raw) // what the hub says must be sayable
	if err != nil {
		return fault.As(fault.Internal, "the hub sends what no peer can read", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said, l.bytes = append(l.said, heard), l.bytes+len(raw)
	return nil
}

// Recv implements link.Conn.
func (l *line) Recv() (syncer.Message, error) {
	select {
	case <-l.closed:
		return nil, fault.New(fault.Canceled, "the line is closed")
	case raw := <-l.in:
		return wire.Unmarshal(raw)
	}
}

// Close implements link.Conn.
func (l *line) Close(error) { l.once.Do(func() { close(l.closed) }) }

// say sends bytes of a frame; what finds no room is lost, as the hub reads no more.
func (l *line) say(raw []byte) {
	select {
	case l.in <- raw:
	default:
	}
}

// heard returns what the hub has said since, and how many bytes in all.
func (l *line) heard() ([]syncer.Message, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	said := l.said
	l.said = nil
	return said, l.bytes
}

// read makes the far end read, or no more.
func (l *line) read(yes bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.ready:
		if !yes {
			l.ready = make(chan struct{})
		}
	default:
		if yes {
			close(l.ready)
		}
	}
}
