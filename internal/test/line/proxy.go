package line

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Direction of bytes through a proxy.
type Direction int

// Directions.
const (
	Up   Direction = iota // from who dialled
	Down                  // back to it
)

// Proxy stands between a device and the hub it dials. It is safe for
// concurrent use.
type Proxy struct {
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex // guards all below
	target string
	refuse bool
	holes  [2]bool
	opened chan struct{} // closed and replaced when a hole is closed
	rate   int
	passed [2]int64
	left   int64 // upward bytes until the cut; below zero: no cut
	cut    chan struct{}
	calls  map[*call]bool
	count  int
}

// held is how many pieces a direction holds that are on their way: more than a
// link's window. What comes is taken at once and waits here: a sender that sees
// no room for 10 s takes a slow line for a dead one, and the system of this
// machine makes room in large steps only.
const held = 1024

// call is one connection through the proxy.
type call struct {
	near, far *net.TCPConn
	pace      [2]pacer
	once      sync.Once
	done      chan struct{}
}

// MustProxy listens on the loopback and passes what comes to the target until
// the test ends.
func MustProxy(tb testing.TB, target string) *Proxy {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{listener: listener, target: target, opened: make(chan struct{}), left: -1, calls: map[*call]bool{}}
	p.running.Go(p.accept)
	tb.Cleanup(func() {
		_ = listener.Close()
		p.Refuse(true)
		p.Reset()
		p.running.Wait()
	})
	return p
}

// Address is what a device dials instead of the target.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Lead sends the connections from now on to another host.
func (p *Proxy) Lead(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// Refuse resets each new connection at once, or no longer.
func (p *Proxy) Refuse(refuse bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = refuse
}

// Swallow has a direction carry nothing more although the connections stand,
// or carry again.
func (p *Proxy) Swallow(d Direction, swallow bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holes[d] = swallow
	close(p.opened)
	p.opened = make(chan struct{})
}

// Limit paces each connection to so many bytes a second each way; 0: no more.
func (p *Proxy) Limit(rate int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rate = rate
}

// CutAfter resets the connections once n more bytes have gone upward, the
// last of them still passed on. The channel is closed when that has happened.
func (p *Proxy) CutAfter(n int64) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left, p.cut = n, make(chan struct{})
	return p.cut
}

// Reset ends all connections with a reset.
func (p *Proxy) Reset() {
	p.mu.Lock()
	var all []*call
	for c := range p.calls {
		all = append(all, c)
	}
	p.mu.Unlock()
	for _, c := range all {
		c.reset()
	}
}

// Passed is how many bytes have gone in a direction, and over how many
// connections.
func (p *Proxy) Passed(d Direction) (passed int64, connections int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed[d], p.count
}

func (p *Proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(near.(*net.TCPConn)) })
	}
}

func (p *Proxy) serve(near *net.TCPConn) {
	c, err := p.openCall(near)
	if err != nil {
		_ = near.SetLinger(0) // a reset, as a refusing line gives
		_ = near.Close()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.carryWay(c, Up, c.far, c.near) })
	both.Go(func() { p.carryWay(c, Down, c.near, c.far) })
	both.Wait()
	p.mu.Lock()
	delete(p.calls, c)
	p.mu.Unlock()
}

var errRefused = errors.New("the line refuses")

func (p *Proxy) openCall(near *net.TCPConn) (*call, error) {
	p.mu.Lock()
	target, refuse := p.target, p.refuse
	p.mu.Unlock()
	if refuse {
		return nil, errRefused
	}
	far, err := new(net.Dialer).DialContext(context.Background(), "tcp", target)
	if err != nil {
		return nil, err
	}
	c := &call{near: near, far: far.(*net.TCPConn), done: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse {
		_ = far.Close()
		return nil, errRefused
	}
	p.calls[c] = true
	p.count++
	return c, nil
}

// carryWay passes bytes one way until either end is over, and then ends both.
func (p *Proxy) carryWay(c *call, d Direction, to io.Writer, from io.Reader) {
	pieces := make(chan []byte, held)
	var reading sync.WaitGroup
	reading.Go(func() { c.readPieces(from, pieces) })
	defer reading.Wait()
	defer c.close()
	for piece := range pieces {
		if !p.passPiece(c, d, to, piece) {
			return
		}
	}
}

// readPieces reads until there is no more, or the call is over.
func (c *call) readPieces(from io.Reader, pieces chan<- []byte) {
	defer close(pieces)
	piece := make([]byte, 4<<10)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			select {
			case pieces <- bytes.Clone(piece[:n]):
			case <-c.done:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *Proxy) passPiece(c *call, d Direction, to io.Writer, piece []byte) bool {
	if !p.awaitOpen(c, d) {
		return false
	}
	piece, rate, cut := p.countPiece(d, piece)
	if rate > 0 && !sleepUntil(c.pace[d].bookBytes(len(piece), rate, time.Now()), c.done) {
		return false
	}
	if _, err := to.Write(piece); err != nil {
		return false
	}
	if cut != nil {
		p.Reset()
		close(cut)
		return false
	}
	return true
}

// awaitOpen waits while the direction swallows; false: the connection is over.
func (p *Proxy) awaitOpen(c *call, d Direction) bool {
	for {
		p.mu.Lock()
		hole, opened := p.holes[d], p.opened
		p.mu.Unlock()
		if !hole {
			return true
		}
		select {
		case <-opened:
		case <-c.done:
			return false
		}
	}
}

// countPiece counts a piece and shortens it when the cut falls into it.
func (p *Proxy) countPiece(d Direction, piece []byte) (_ []byte, rate int, cut chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d == Up && p.left >= 0 {
		if int64(len(piece)) >= p.left {
			piece, cut, p.left = piece[:p.left], p.cut, 0
		}
		p.left -= int64(len(piece))
		if cut != nil {
			p.left = -1
		}
	}
	p.passed[d] += int64(len(piece))
	return piece, p.rate, cut
}

func (c *call) reset() {
	_ = c.near.SetLinger(0) // without it the end would be an orderly one
	_ = c.far.SetLinger(0)
	c.close()
}

func (c *call) close() {
	c.once.Do(func() { close(c.done) })
	_ = c.near.Close()
	_ = c.far.Close()
}
