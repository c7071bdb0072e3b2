// Package line makes bad lines: a proxy that cuts, resets, swallows and slows
// TCP, and, where the system lets it, an emulator that loses, delays and
// paces the packets between two network namespaces. Tests alone import it.
package line

import (
	"sync"
	"time"
)

// Shape is how one direction of a line treats what is sent. The zero value
// passes all at once.
type Shape struct {
	Delay time.Duration // one way
	Loss  float64       // 0 to 1: the share of packets that are lost; 1: a black hole
	Rate  int           // bytes a second; 0: no limit
}

// pacer spreads bytes over time.
type pacer struct {
	mu   sync.Mutex // guards next
	next time.Time  // when the line is free again
}

// bookBytes books n bytes at a rate and returns when the last of them has left.
func (p *pacer) bookBytes(n, rate int, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next.Before(now) {
		p.next = now
	}
	if rate > 0 {
		p.next = p.next.Add(time.Duration(n) * time.Second / time.Duration(rate))
	}
	return p.next
}

// backlog is how long what is booked still takes.
func (p *pacer) backlog(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next.Sub(now)
}

// sleepUntil waits for a moment; false: done came first.
func sleepUntil(at time.Time, done <-chan struct{}) bool {
	left := time.Until(at)
	if left <= 0 {
		select {
		case <-done:
			return false
		default:
			return true
		}
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-done:
		return false
	case <-timer.C:
		return true
	}
}
