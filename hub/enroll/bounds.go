package enroll

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/netip"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/limit"
)

// Bounds of requests. A request that nobody here can vouch for takes of the
// first four, in this order; one that is vouched for takes of byName alone,
// unless that is used up. What is granted is given back.
var (
	// byAddress is what an address may have refused: a wrong token is typed
	// again a few times, and guessing one is hopeless anyway.
	byAddress = limit.Quota{Burst: 5, Every: 12 * time.Second}
	// byStrangers is what all addresses together may have refused. A hub passes
	// no more on for strangers, so that they do not use up what it has above.
	byStrangers = limit.Quota{Burst: 20, Every: 3 * time.Second}
	// byHub is what one hub below may have refused: more than it passes on by
	// byStrangers and byHubs of its own.
	byHub = limit.Quota{Burst: 120, Every: 500 * time.Millisecond}
	// byHubs is what all hubs below together may have refused here.
	byHubs = limit.Quota{Burst: 60, Every: time.Second}
	// byName is what may be refused of one token, unit or device.
	byName = limit.Quota{Burst: 10, Every: 30 * time.Second}

	// ofAddress and ofHub bound all renewals that nobody vouches for.
	ofAddress = limit.Quota{Burst: 60, Every: time.Second}
	ofHub     = limit.Quota{Burst: 1200, Every: 50 * time.Millisecond}
)

const (
	// maxAtOnce is how many requests are handled at once; the others wait. Those
	// that nobody vouches for have maxUnknown of these at the most.
	maxAtOnce  = 64
	maxUnknown = 48
	// maxCallers bounds each table; who was quiet for the longest is forgotten.
	maxCallers = 4096
)

// caller is who is counted: a hub below by its certificate, or an address.
// Never anything that the request says.
type caller struct {
	address netip.Prefix
	hub     change.DeviceID
}

// callerOf also names what vouches for all that the caller asks: its certificate.
func callerOf(r *http.Request, member func(*tls.ConnectionState) (change.DeviceID, bool)) (from caller, name string) {
	from = caller{address: limit.ParseAddress(r.RemoteAddr)}
	if r.TLS == nil {
		return from, ""
	}
	switch id, hub := member(r.TLS); {
	case id == "":
		return from, ""
	case hub:
		return caller{hub: id}, ""
	default:
		return from, "device " + string(id)
	}
}

// crowd is all callers of one sort.
type crowd int

const (
	strangers crowd = iota
	hubs
)

// sort is how a caller is counted.
func (c caller) sort() (all crowd, one, every, renewals limit.Quota) {
	if c.hub != "" {
		return hubs, byHub, byHubs, ofHub
	}
	return strangers, byAddress, byStrangers, ofAddress
}

// bounds of one service. Each is checked and taken in one step.
type bounds struct {
	callers *limit.Callers[caller]
	crowds  *limit.Callers[crowd]
	names   *limit.Callers[string]
	granted *limit.Callers[caller] // renewals, also those that are granted; nil: no bound
	slots   chan struct{}
	unknown chan struct{} // of slots
	now     func() time.Time
}

func newBounds(now func() time.Time) *bounds {
	return &bounds{
		callers: limit.NewCallers[caller](now, maxCallers), crowds: limit.NewCallers[crowd](now, 2),
		names: limit.NewCallers[string](now, maxCallers), slots: make(chan struct{}, maxAtOnce), unknown: make(chan struct{}, maxUnknown), now: now,
	}
}

func (b *bounds) countGranted() { b.granted = limit.NewCallers[caller](b.now, maxCallers) }

// enter waits for a request's turn. The function it returns ends the turn;
// spared says that the request was not refused. It returns Exhausted when there
// have been too many, and Unavailable when the context ends first.
func (b *bounds) enter(ctx context.Context, from caller, name string) (leave func(spared bool), err error) {
	if name != "" {
		if named, err := b.names.Enter(ctx, name, byName); err == nil {
			return inTurn(ctx, b.slots, func(spared bool) { named(spared && b.granted == nil) })
		}
	}
	crowded, err := b.enterCrowd(ctx, from)
	if err != nil {
		return nil, err
	}
	if crowded, err = inTurn(ctx, b.unknown, crowded); err != nil {
		return nil, err
	}
	return inTurn(ctx, b.slots, crowded)
}

// enterCrowd is for a request that nobody vouches for.
func (b *bounds) enterCrowd(ctx context.Context, from caller) (leave func(spared bool), err error) {
	all, one, every, renewals := from.sort()
	if b.granted != nil {
		if err := b.granted.Take(from, renewals); err != nil {
			return nil, err
		}
	}
	own, err := b.callers.Enter(ctx, from, one)
	if err != nil {
		return nil, err
	}
	common, err := b.crowds.Enter(ctx, all, every)
	if err != nil {
		own(true) // others used it up
		return nil, err
	}
	return func(spared bool) { common(spared); own(spared) }, nil
}

// inTurn waits for a slot before what it holds already is of use.
func inTurn(ctx context.Context, slots chan struct{}, leave func(spared bool)) (func(spared bool), error) {
	select {
	case slots <- struct{}{}:
		return func(spared bool) { <-slots; leave(spared) }, nil
	case <-ctx.Done():
		leave(true)
		return nil, fault.As(fault.Unavailable, "wait for a turn", ctx.Err())
	}
}
