package query

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// DefaultTime is how long a question may run, and wait for its turn.
const DefaultTime = 5 * time.Second

// Limits are how many questions run at once, and wait.
type Limits struct {
	Places  int // questions that run at once
	Share   int // of one child that is a hub and passes on what others ask
	Each    int // of one device, behind whichever child it is
	Own     int // of whoever asks at the hub itself; 0: Share
	Waiting int // of one device, too. How many a hub may pass on at once, the links bound.
}

// maxRemembered bounds the children, and the devices behind a child, that are
// remembered when they neither run nor wait; a city has fewer.
const maxRemembered = 16 << 10

// Turns decides whose question runs next. A child, or a device behind a child
// that is a hub, holds a part of the places at most; and a place that is free
// goes to the child, and to the device behind it, that was served the longest
// ago. So whoever asks now and then is next, however many others flood the hub.
// It is safe for concurrent use.
type Turns struct {
	limits Limits

	mu       sync.Mutex // guards what follows
	running  int
	served   uint64 // places given out ever
	children map[change.DeviceID]*child
}

// Origin is where a question comes from.
type Origin struct {
	Child  change.DeviceID // that asks here, proved by its certificate
	Device change.DeviceID // where the question began, as the child says: it divides the child's own share
	Hub    bool            // the child passes on questions
	Own    bool            // somebody at the hub itself asks: as many places as a child hub's, and any number may wait
}

// child is who asks here; device is where its questions begin.
type child struct {
	party
	waiting int
	devices map[change.DeviceID]*device
}

type device struct {
	party
	queue []*turn
}

// party is what is known of either.
type party struct {
	share   int
	running int
	served  uint64 // when a place was last given to it, as a number of Turns.served
}

// turn is a question's.
type turn struct{ granted chan struct{} }

// NewTurns makes turns that nobody has taken.
func NewTurns(l Limits) *Turns {
	return &Turns{limits: l, children: map[change.DeviceID]*child{}}
}

// Do runs fn when it is the asker's turn, for as long as limit; the same bounds
// the wait. It returns what fn returns, Exhausted when too many questions of the
// asker wait, or one of the two takes longer, and Canceled.
func (t *Turns) Do(ctx context.Context, from Origin, limit time.Duration, fn func(context.Context) error) error {
	return t.do(ctx, from, limit, limit, fn)
}

func (t *Turns) do(ctx context.Context, from Origin, wait, limit time.Duration, fn func(context.Context) error) error {
	if err := t.await(ctx, from, wait); err != nil {
		return err
	}
	defer t.leave(from)
	running, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := fn(running)
	if err != nil && running.Err() != nil && ctx.Err() == nil {
		return fault.As(fault.Exhausted, "answer a question", fault.New(fault.Exhausted, "it takes longer than %v", limit).
			WithHint("ask about a smaller area, with fewer tests, or by fields that are indexed"))
	}
	return err
}

// await returns nil when the question has a place; leave gives it back.
func (t *Turns) await(ctx context.Context, from Origin, limit time.Duration) error {
	mine, err := t.queue(from)
	if err != nil {
		return err
	}
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-mine.granted:
		return nil
	case <-late.C:
		err = fault.New(fault.Exhausted, "the question has waited %v for its turn", limit).WithHint("too many questions are asked; ask again in a while")
	case <-ctx.Done():
		err = fault.Wrap("wait for the question's turn", ctx.Err())
	}
	t.giveUp(from, mine)
	return err
}

func (t *Turns) queue(from Origin) (*turn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, d := t.find(from)
	if len(d.queue) >= t.limits.Waiting && !from.Own {
		return nil, fault.New(fault.Exhausted, "%d questions wait for an answer already", len(d.queue)).WithHint("ask one after the other")
	}
	mine := &turn{granted: make(chan struct{})}
	d.queue = append(d.queue, mine)
	c.waiting++
	t.grant()
	return mine, nil
}

// find returns the child and the device, new ones when they are not known.
func (t *Turns) find(from Origin) (*child, *device) {
	c := t.children[from.Child]
	if c == nil {
		forget(t.children, func(c *child) bool { return c.running == 0 && c.waiting == 0 })
		c = &child{devices: map[change.DeviceID]*device{}}
		t.children[from.Child] = c
	}
	c.share = t.limits.Each
	switch {
	case from.Own:
		c.share = cmp.Or(t.limits.Own, t.limits.Share)
	case from.Hub:
		c.share = t.limits.Share
	}
	d := c.devices[from.Device]
	if d == nil {
		forget(c.devices, func(d *device) bool { return d.running == 0 && len(d.queue) == 0 })
		d = &device{}
		c.devices[from.Device] = d
	}
	d.share = t.limits.Each
	if from.Own {
		d.share = c.share
	}
	return c, d
}

// forget makes room for one more.
func forget[T any](all map[change.DeviceID]T, idle func(T) bool) {
	if len(all) < maxRemembered {
		return
	}
	for id, one := range all {
		if idle(one) {
			delete(all, id)
		}
	}
}

// grant gives out the places that are free.
func (t *Turns) grant() {
	for t.running < t.limits.Places {
		c, d := t.next()
		if d == nil {
			return
		}
		t.running++
		t.served++
		c.running, c.served, c.waiting = c.running+1, t.served, c.waiting-1
		d.running, d.served = d.running+1, t.served
		close(d.queue[0].granted)
		d.queue = d.queue[1:]
	}
}

// next is the child that was served the longest ago of those that may have a
// place, and the device behind it likewise.
func (t *Turns) next() (first *child, asks *device) {
	for _, c := range t.children {
		if c.waiting == 0 || c.running >= c.share || first != nil && first.served <= c.served {
			continue
		}
		if d := c.next(); d != nil {
			first, asks = c, d
		}
	}
	return first, asks
}

func (c *child) next() (first *device) {
	for _, d := range c.devices {
		if len(d.queue) > 0 && d.running < d.share && (first == nil || d.served < first.served) {
			first = d
		}
	}
	return first
}

// giveUp takes the question out of the queue, or gives back the place that it
// was given in the meantime.
func (t *Turns) giveUp(from Origin, mine *turn) {
	t.mu.Lock()
	c, d := t.find(from)
	if i := slices.Index(d.queue, mine); i >= 0 {
		d.queue = slices.Delete(d.queue, i, i+1)
		c.waiting--
		t.mu.Unlock()
		return
	}
	t.mu.Unlock()
	t.leave(from)
}

func (t *Turns) leave(from Origin) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, d := t.find(from)
	t.running--
	c.running--
	d.running--
	t.grant()
}
