package enroll

import (
	"net/netip"
	"sync"
	"time"
)

const (
	window       = time.Minute
	maxAddresses = 4096
)

// quota is how many requests in a minute a source may make.
type quota struct{ direct, relayed int }

// limiter counts requests of an address in a minute. It keeps floods out of
// the log; the tokens themselves cannot be guessed.
type limiter struct {
	now   func() time.Time
	quota quota

	mu    sync.Mutex // guards tries
	tries map[source]*counter
}

// source distinguishes requests that another hub passed on from direct ones: the
// children of a hub share its address, and each was limited there already.
type source struct {
	address netip.Prefix
	relayed bool
}

type counter struct {
	since time.Time
	n     int
}

func newLimiter(now func() time.Time, q quota) *limiter {
	return &limiter{now: now, quota: q, tries: map[source]*counter{}}
}

// limitKey counts an IPv6 network of 64 bits as one address.
func limitKey(remote string, relayed bool) source {
	host, err := netip.ParseAddrPort(remote)
	if err != nil {
		return source{relayed: relayed}
	}
	address, bits := host.Addr().Unmap().WithZone(""), 32
	if address.Is6() {
		bits = 64
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return source{relayed: relayed}
	}
	return source{address: prefix, relayed: relayed}
}

// allows reports whether the source may still ask.
func (l *limiter) allows(key source) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.tries[key]
	return c == nil || c.expired(l.now()) || c.n < l.quota.limitOf(key)
}

// count counts a request.
func (l *limiter) count(key source) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.tries[key]
	if c == nil || c.expired(l.now()) {
		l.shrinkLocked()
		c = &counter{since: l.now()}
		l.tries[key] = c
	}
	c.n++
}

// expired also holds when the clock was set back.
func (c *counter) expired(now time.Time) bool {
	return now.Sub(c.since) >= window || now.Before(c.since)
}

// shrinkLocked bounds the memory; forgetting lets a few more tries through.
func (l *limiter) shrinkLocked() {
	if len(l.tries) >= maxAddresses {
		clear(l.tries)
	}
}

func (q quota) limitOf(s source) int {
	if s.relayed {
		return q.relayed
	}
	return q.direct
}
