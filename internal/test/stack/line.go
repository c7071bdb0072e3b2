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

// Condition says how a line carries.
type Condition uint8

// States, each worse than the one before.
const (
	Whole Condition = iota
	Dark            // nothing comes through and nobody is told: a black hole
	Cut             // connections are reset, calls refused at once
)

// Line is the way from one site to another. It exists as soon as it is named.
type Line struct {
	Latency time.Duration // one way
	Rate    int           // bytes a second; 0: no limit

	mu      sync.Mutex   // guards all below
	own     Condition    // of this line alone
	ends    [2]Condition // of the sites at its ends
	changed chan struct{}
	conns   map[*conn]int // the callers' ends; how many ends are open
	budget  int           // bytes until it is cut; below 0: none
	bytes   int64
	calls   int
}

func newLine(latency time.Duration) *Line {
	return &Line{Latency: latency, changed: make(chan struct{}), conns: map[*conn]int{}, budget: -1}
}

func (l *Line) transferTime(bytes int) time.Duration {
	if l.Rate == 0 {
		return 0
	}
	return time.Duration(bytes) * time.Second / time.Duration(l.Rate)
}

// Set changes the state of this line alone.
func (l *Line) Set(s Condition) { l.change(func() { l.own = s }) }

func (l *Line) setEnd(at int, s Condition) { l.change(func() { l.ends[at] = s }) }

func (l *Line) change(fn func()) {
	l.mu.Lock()
	fn()
	state, conns := l.conditionLocked(), slices.Collect(maps.Keys(l.conns))
	close(l.changed)
	l.changed = make(chan struct{})
	l.mu.Unlock()
	for _, c := range conns {
		for _, p := range []*pipe{c.in, c.out} {
			p.change(func(p *pipe) { p.applyCondition(state) })
		}
	}
}

// applyCondition is run under the pipe's lock.
func (p *pipe) applyCondition(s Condition) {
	p.dark = s == Dark
	if s == Cut && p.broken == nil {
		p.broken = errReset
	}
}

func (l *Line) conditionLocked() Condition { return max(l.own, l.ends[0], l.ends[1]) }

// CutAfter cuts the line within what it carries: after so many bytes more.
func (l *Line) CutAfter(bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.budget = bytes
}

// countBytes counts bytes and returns how many of them pass before the cut.
func (l *Line) countBytes(n int) (allowed int, cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.budget >= 0 {
		n, cut = min(n, l.budget), n >= l.budget
		l.budget -= n
	}
	l.bytes += int64(n)
	return n, cut
}

// cutNow cuts a line whose budget is used up.
func (l *Line) cutNow() { l.change(func() { l.own, l.budget = Cut, -1 }) }

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

func (l *Line) bytesHeld() (bytes int) {
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

// openConn opens a connection to the listener at the other end.
func (l *Line) openConn(to *listener, from, at address) (net.Conn, error) {
	if to == nil {
		return nil, refused
	}
	client, server := connect(l, from, at)
	l.mu.Lock()
	l.conns[client] = 2
	l.calls++
	state := l.conditionLocked()
	l.mu.Unlock()
	client.in.change(func(p *pipe) { p.applyCondition(state) })
	client.out.change(func(p *pipe) { p.applyCondition(state) })
	if !to.enqueue(server) {
		_, _ = client.Close(), server.Close()
		return nil, refused
	}
	return client, nil
}

var refused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

// awaitRoundTrip waits for one round trip on a line that is whole.
func (l *Line) awaitRoundTrip(ctx context.Context) error {
	for {
		l.mu.Lock()
		state, changed := l.conditionLocked(), l.changed
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

func (l *Line) dropConn(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns[c]--; l.conns[c] <= 0 {
		delete(l.conns, c)
	}
}
