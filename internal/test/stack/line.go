package stack

import (
	"context"
	"maps"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

// State of a line.
type State uint8

// States, each worse than the one before.
const (
	Whole State = iota
	Dark        // nothing comes through and nobody is told: a black hole
	Cut         // connections are reset, calls refused at once
)

// Line is the way from one site to another. It exists as soon as it is named.
type Line struct {
	Latency time.Duration // one way
	Rate    int           // bytes a second; 0: no limit

	mu      sync.Mutex // guards all below
	own     State      // of this line alone
	ends    [2]State   // of the sites at its ends
	changed chan struct{}
	conns   map[*conn]int // the callers' ends; how many ends are open
	budget  int           // bytes until it is cut; below 0: none
	bytes   int64
	calls   int
}

func newLine(latency time.Duration) *Line {
	return &Line{Latency: latency, changed: make(chan struct{}), conns: map[*conn]int{}, budget: -1}
}

func (l *Line) takes(bytes int) time.Duration {
	if l.Rate == 0 {
		return 0
	}
	return time.Duration(bytes) * time.Second / time.Duration(l.Rate)
}

// Set changes the state of this line alone.
func (l *Line) Set(s State) { l.set(func() { l.own = s }) }

func (l *Line) setEnd(at int, s State) { l.set(func() { l.ends[at] = s }) }

func (l *Line) set(fn func()) {
	l.mu.Lock()
	fn()
	state, conns := l.stateLocked(), slices.Collect(maps.Keys(l.conns))
	close(l.changed)
	l.changed = make(chan struct{})
	l.mu.Unlock()
	for _, c := range conns {
		for _, p := range []*pipe{c.in, c.out} {
			p.change(func(p *pipe) { p.suffer(state) })
		}
	}
}

// suffer is run under the pipe's lock.
func (p *pipe) suffer(s State) {
	p.dark = s == Dark
	if s == Cut && p.broken == nil {
		p.broken = errReset
	}
}

func (l *Line) stateLocked() State { return max(l.own, l.ends[0], l.ends[1]) }

// CutAfter cuts the line within what it carries: after so many bytes more.
func (l *Line) CutAfter(bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.budget = bytes
}

// carry counts bytes on their way and tells how many go before the cut.
func (l *Line) carry(n int) (allowed int, cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.budget >= 0 {
		n, cut = min(n, l.budget), n >= l.budget
		l.budget -= n
	}
	l.bytes += int64(n)
	return n, cut
}

// snap cuts the line that has carried what it was to carry.
func (l *Line) snap() { l.set(func() { l.own, l.budget = Cut, -1 }) }

// Bytes is how many bytes the line has carried, both ways.
func (l *Line) Bytes() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes
}

// Calls is how many connections were made over the line.
func (l *Line) Calls() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}

func (l *Line) held() (bytes int) {
	l.mu.Lock()
	conns := slices.Collect(maps.Keys(l.conns))
	l.mu.Unlock()
	for _, c := range conns {
		for _, p := range []*pipe{c.in, c.out} {
			p.mu.Lock()
			bytes += p.size
			p.mu.Unlock()
		}
	}
	return bytes
}

// call opens a connection to who listens at the other end.
func (l *Line) call(to *listener, from, at address) (net.Conn, error) {
	if to == nil {
		return nil, refused
	}
	client, server := connect(l, from, at)
	l.mu.Lock()
	l.conns[client] = 2
	l.calls++
	state := l.stateLocked()
	l.mu.Unlock()
	client.in.change(func(p *pipe) { p.suffer(state) })
	client.out.change(func(p *pipe) { p.suffer(state) })
	if !to.offer(server) {
		_, _ = client.Close(), server.Close()
		return nil, refused
	}
	return client, nil
}

var refused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

// ready waits for one round trip on a line that is whole.
func (l *Line) ready(ctx context.Context) error {
	for {
		l.mu.Lock()
		state, changed := l.stateLocked(), l.changed
		l.mu.Unlock()
		if state == Cut {
			return refused
		}
		var arrived <-chan time.Time
		timer := time.NewTimer(2*l.Latency + 1)
		if state == Whole {
			arrived = timer.C
		}
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-arrived:
			return nil
		case <-changed:
			timer.Stop()
		}
	}
}

func (l *Line) forget(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns[c]--; l.conns[c] <= 0 {
		delete(l.conns, c)
	}
}
