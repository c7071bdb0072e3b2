package line

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	packet = 1400 // bytes read at a time, as a packet would carry
	// held is how many packets a direction holds that are on their way: more
	// than a link's window. What comes is taken at once and waits here: a sender
	// that is given no room for 10 s takes a slow line for a dead one, and the
	// system of this machine makes room in large steps only.
	held = 4096
)

// pipe is one direction of the line; all its connections share the rate.
type pipe struct {
	shape Shape
	mu    sync.Mutex // guards free
	free  time.Time  // when the line has sent all it was given
}

// parcel is bytes on their way.
type parcel struct {
	data []byte
	due  time.Time
}

// carry copies until either end is over, then closes both.
func (p *pipe) carry(to, from net.Conn, count *atomic.Int64) {
	defer func() { _, _ = to.Close(), from.Close() }()
	if p.shape == (Shape{}) {
		_, _ = io.Copy(counting{to, count}, struct{ io.Reader }{from}) // the connection's end is no failure
		return
	}
	way := make(chan parcel, held)
	done := make(chan struct{})
	go func() { defer close(done); deliver(to, way) }()
	for {
		data := make([]byte, packet)
		n, err := from.Read(data)
		if n > 0 {
			count.Add(int64(n))
			way <- parcel{data[:n], p.send(n)}
		}
		if err != nil {
			break
		}
	}
	close(way)
	<-done
}

// send takes the line for n bytes and returns when they arrive.
func (p *pipe) send(n int) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); p.free.Before(now) {
		p.free = now
	}
	if p.shape.Rate > 0 {
		p.free = p.free.Add(time.Duration(n) * 8 * time.Second / time.Duration(p.shape.Rate))
	}
	return p.free.Add(p.shape.Delay)
}

func deliver(to net.Conn, way <-chan parcel) {
	for p := range way {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.data); err != nil {
			_ = to.Close()
		}
	}
}

type counting struct {
	to    io.Writer
	count *atomic.Int64
}

// Write implements io.Writer.
func (c counting) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.count.Add(int64(n))
	return n, err
}
