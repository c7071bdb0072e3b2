package uplink

import (
	"context"
	"maps"
	"slices"
	"time"

	"tongbu/internal/change"
)

// Parent is a hub that may serve this device.
type Parent struct {
	Unit    change.UnitID
	Address string // host:port; a DNS name is looked up at each dial
	Past    bool   // the hub was told to be elsewhere since
}

// at is the parent as others of the list are compared with it: an address may
// become a past one under a link.
func (p Parent) at() Parent { return Parent{Unit: p.Unit, Address: p.Address} }

// Try is how an attempt at a parent ended.
type Try struct {
	At  time.Time
	Err error // nil: it answered
}

// parents reads the list, and forgets attempts at what is on it no more.
func (u *Uplink) parents() []Parent {
	parents := u.cfg.Parents()
	u.mu.Lock()
	defer u.mu.Unlock()
	gone := func(p Parent) bool { return !slices.ContainsFunc(parents, func(o Parent) bool { return o.at() == p }) }
	maps.DeleteFunc(u.tries, func(p Parent, _ Try) bool { return gone(p) })
	maps.DeleteFunc(u.refused, func(p Parent, _ time.Time) bool { return gone(p) })
	return parents
}

// order is how parents are tried while there is no link: the one for which the last
// link was ended, then where the hubs are now, then where they were before.
func (u *Uplink) order(parents []Parent) []Parent {
	order := presentFirst(parents)
	u.mu.Lock()
	defer u.mu.Unlock()
	first := func(p Parent) bool { return p.at() == u.found.at() }
	if i := slices.IndexFunc(order, first); i > 0 {
		p := order[i]
		order = slices.Insert(slices.Delete(order, i, i+1), 0, p)
	}
	u.found = Parent{}
	return order
}

func (u *Uplink) setFound(p Parent) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.found = p
}

// presentFirst is the order in which parents are tried while there is no link:
// where a hub was before is tried after where all of them are now, since an address
// that was left may keep whoever dials it waiting.
func presentFirst(parents []Parent) []Parent {
	order := slices.Clone(parents)
	slices.SortStableFunc(order, func(a, b Parent) int {
		switch {
		case a.Past == b.Past:
			return 0
		case b.Past:
			return -1
		}
		return 1
	})
	return order
}

// Tried returns how the last attempt at an address of a unit's hub ended; false:
// there was none since the start.
func (u *Uplink) Tried(unit change.UnitID, address string) (Try, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	try, ok := u.tries[Parent{Unit: unit, Address: address}]
	return try, ok
}

func (u *Uplink) setTried(p Parent, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.tries[p.at()] = Try{At: u.cfg.Now(), Err: err}
}

// lookNearer ends the link when a hub nearer than the present one answers. The
// list is read each time: a nearer hub may have joined since, and one that was
// replaced may have another address.
func (u *Uplink) lookNearer(ctx context.Context, end context.CancelFunc) {
	for pause(ctx, u.cfg.Prefer) {
		for _, p := range u.parents() {
			if p.at() == u.Line().Parent.at() {
				break
			}
			if !u.refusedLately(p) && u.answers(ctx, p) {
				u.setFound(p)
				end()
				return
			}
		}
	}
}

// refusedLately reports whether a hub refused the link recently: the present
// link must not be given up for it again and again.
func (u *Uplink) refusedLately(p Parent) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	at, refused := u.refused[p.at()]
	return refused && u.since(at) < 10*u.cfg.Prefer
}

func (u *Uplink) answers(ctx context.Context, p Parent) bool {
	hub, err := u.cfg.Dial(p.Address)
	if err != nil {
		return false
	}
	defer func() { _ = hub.Close() }()
	err = u.connect(ctx, hub)
	u.setTried(p, err)
	return err == nil
}
