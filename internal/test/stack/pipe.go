package stack

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// window is how many bytes one direction of a connection holds before its
// writer waits, as the buffers of a TCP connection do.
const window = 256 << 10

// segment is what one write sent, and when it comes in.
type segment struct {
	at   time.Time
	data []byte
}

// pipe is one direction of a connection. While it is dark nothing comes in;
// what was sent comes in when the line is whole again, as TCP retransmits it.
type pipe struct {
	line *Line

	mu     sync.Mutex // guards all below; may be held when the line's is taken
	queue  []segment
	size   int       // bytes in queue
	last   time.Time // when the last byte has left
	dark   bool
	ended  bool      // the writer has closed
	deaf   bool      // the reader has closed
	broken error     // both ends get this at once
	read   time.Time // deadlines; zero: none
	write  time.Time
	news   chan struct{} // closed when anything above changes
}

// change changes the state and wakes who waits.
func (p *pipe) change(fn func(*pipe)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fn(p)
	p.changedLocked()
}

func (p *pipe) changedLocked() {
	close(p.news)
	p.news = make(chan struct{})
}

// Read waits for bytes, the end or the deadline.
func (p *pipe) Read(b []byte) (int, error) {
	for {
		n, until, news, err := p.readQueued(b)
		if n > 0 || err != nil || len(b) == 0 {
			return n, err
		}
		awaitNews(until, news)
	}
}

// readQueued returns what has arrived; when nothing has, what to wait for and
// until when.
func (p *pipe) readQueued(b []byte) (n int, until time.Time, news <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch {
	case p.broken != nil:
		return 0, until, nil, p.broken
	case p.deaf:
		return 0, until, nil, net.ErrClosed
	case hasPassed(p.read, now):
		return 0, until, nil, os.ErrDeadlineExceeded
	case p.dark, len(p.queue) == 0 && !p.ended:
		return 0, p.read, p.news, nil
	case len(p.queue) == 0:
		return 0, until, nil, io.EOF
	case p.queue[0].at.After(now):
		return 0, sooner(p.read, p.queue[0].at), p.news, nil
	}
	return p.shiftLocked(b), until, nil, nil
}

func (p *pipe) shiftLocked(b []byte) int {
	n := copy(b, p.queue[0].data)
	p.queue[0].data = p.queue[0].data[n:]
	if len(p.queue[0].data) == 0 {
		p.queue = p.queue[1:]
	}
	if p.size >= window {
		p.changedLocked() // a writer may wait for room
	}
	p.size -= n
	return n
}

// Write sends as soon as there is room.
func (p *pipe) Write(b []byte) (sent int, err error) {
	for sent < len(b) && err == nil {
		var n int
		var until time.Time
		var news <-chan struct{}
		n, until, news, err = p.queueSome(b[sent:])
		if sent += n; n == 0 && err == nil {
			awaitNews(until, news)
		}
	}
	return sent, err
}

// queueSome queues as much as there is room for. A line whose budget ends within
// what is sent carries the bytes before the cut and breaks.
func (p *pipe) queueSome(b []byte) (n int, until time.Time, news <-chan struct{}, err error) {
	p.mu.Lock()
	cut := false
	defer func() {
		p.mu.Unlock()
		if cut {
			p.line.cutNow()
		}
	}()
	now := time.Now()
	switch {
	case p.broken != nil:
		return 0, until, nil, p.broken
	case p.ended:
		return 0, until, nil, net.ErrClosed
	case hasPassed(p.write, now):
		return 0, until, nil, os.ErrDeadlineExceeded
	case p.deaf && !p.dark: // on a dark line nobody can say so
		return 0, until, nil, errPipe
	case p.size >= window:
		return 0, p.write, p.news, nil
	}
	n, cut = p.line.countBytes(min(len(b), window-p.size))
	if n > 0 {
		p.queueLocked(b[:n], now)
	}
	if cut {
		err = errReset
	}
	return n, until, nil, err
}

func (p *pipe) queueLocked(b []byte, now time.Time) {
	if p.last.Before(now) {
		p.last = now
	}
	p.last = p.last.Add(p.line.transferTime(len(b)))
	p.queue = append(p.queue, segment{at: p.last.Add(p.line.Latency), data: append([]byte(nil), b...)})
	p.size += len(b)
	p.changedLocked()
}

func hasPassed(deadline, now time.Time) bool { return !deadline.IsZero() && !deadline.After(now) }

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// awaitNews waits for news, or until then when that is not zero.
func awaitNews(until time.Time, news <-chan struct{}) {
	if until.IsZero() {
		<-news
		return
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-news:
	case <-timer.C:
	}
}
