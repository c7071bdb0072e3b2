package limit

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tongbu/internal/fault"
)

// maxWaiting is how many requests of one caller wait for their turn: a unit's
// devices that share an address may all come at once.
const maxWaiting = 128

// Quota is how often a caller may do something: a burst at once, then one each
// time every has passed.
type Quota struct {
	Burst int
	Every time.Duration
}

// Times is the quota of a caller that stands for n.
func (q Quota) Times(n int) Quota {
	return Quota{Burst: q.Burst * n, Every: q.Every / time.Duration(n)}
}

// Callers is a table of token buckets, one a caller, of bounded size: the
// caller that was quiet for the longest is forgotten for a new one. It is safe
// for concurrent use; a token is checked and taken in one step.
type Callers[K comparable] struct {
	now func() time.Time

	mu    sync.Mutex // guards all below
	table *recent[K, *caller]
}

// caller is one bucket.
type caller struct {
	quota   Quota
	bucket  *rate.Limiter
	seen    time.Time
	credit  int           // tokens given back
	turns   chan struct{} // one for each request under way
	waiting int
}

// NewCallers makes a table of so many callers at the most, by the clock.
func NewCallers[K comparable](now func() time.Time, most int) *Callers[K] {
	busy := func(c *caller) bool { return c.waiting > 0 || len(c.turns) > 0 }
	return &Callers[K]{now: now, table: newRecent[K](most, busy)}
}

// Take takes a token of the caller. It returns Exhausted, with how long to
// wait, when there is none.
func (c *Callers[K]) Take(key K, q Quota) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.callerLocked(key, q).take(c.now())
}

// Enter waits for the caller's turn, of which it has as many at a time as its
// burst, and takes a token. The function it returns ends the turn; spared gives
// the token back. It returns Exhausted like Take, or when too many of the
// caller wait, and Unavailable when the context ends first.
func (c *Callers[K]) Enter(ctx context.Context, key K, q Quota) (leave func(spared bool), err error) {
	e, err := c.line(key, q)
	if err != nil {
		return nil, err
	}
	select {
	case e.turns <- struct{}{}:
	case <-ctx.Done():
		c.unline(e)
		return nil, fault.As(fault.Unavailable, "wait for a turn", ctx.Err())
	}
	if err := c.begin(e); err != nil {
		<-e.turns
		return nil, err
	}
	return func(spared bool) { c.end(e, spared) }, nil
}

func (c *Callers[K]) line(key K, q Quota) (*caller, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.callerLocked(key, q)
	if e.waiting >= maxWaiting {
		return nil, exhausted().WithRetry(time.Second)
	}
	e.waiting++
	return e, nil
}

func (c *Callers[K]) unline(e *caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.waiting--
}

func (c *Callers[K]) begin(e *caller) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.waiting--
	return e.take(c.now())
}

func (c *Callers[K]) end(e *caller, spared bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	<-e.turns
	if spared && e.credit < e.quota.Burst {
		e.credit++
	}
}

// callerLocked finds the caller, with a full bucket when it is new, counts as
// more or less than before, or this clock was set back since.
func (c *Callers[K]) callerLocked(key K, q Quota) *caller {
	e := c.table.get(key, func() *caller { return &caller{} })
	now := c.now()
	if e.quota != q || now.Before(e.seen) {
		e.quota, e.bucket, e.credit = q, rate.NewLimiter(rate.Every(q.Every), q.Burst), 0
		if e.turns == nil || len(e.turns) == 0 && e.waiting == 0 {
			e.turns = make(chan struct{}, q.Burst)
		}
	}
	e.seen = now
	return e
}

// take takes a token that was given back, or one of the bucket.
func (e *caller) take(now time.Time) error {
	if e.credit > 0 {
		e.credit--
		return nil
	}
	r := e.bucket.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return exhausted().WithRetry(wait)
	}
	return nil
}

func exhausted() *fault.Error {
	return fault.New(fault.Exhausted, "too many requests from this caller").WithHint("wait a minute")
}
