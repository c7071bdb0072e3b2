package doctor

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/syncer/remote"
)

// maxDialed bounds the hubs that are dialed: the nearest first, at their present places.
const maxDialed = 4

// uplink says whether a hub above is reached now: the name, the connection, and who
// answers.
func uplink(ctx context.Context, f *facts) []Finding {
	if f.isRoot {
		return one(ok(say("the city has nobody above it")))
	}
	places := f.above()
	if len(places) == 0 {
		return one(bad("", fault.NotFound, say("no hub above is known"), say("tell it where one is: tongbu address --dir DIR UNIT HOST:PORT")))
	}
	var found []Finding
	for _, reached := range f.reachAll(ctx, places) {
		if reached.State == OK {
			return append(one(reached), spared(found)...)
		}
		found = append(found, reached)
	}
	return found
}

// reachAll dials all hubs at once: each may keep whoever dials it waiting.
func (f *facts) reachAll(ctx context.Context, places []string) []Finding {
	keys, err := f.openKeys()
	all := make([]Finding, len(places))
	var dials sync.WaitGroup
	for i, place := range places {
		dials.Go(func() { all[i] = f.reach(ctx, place, keys, err == nil) })
	}
	dials.Wait()
	return all
}

// spared are the findings of nearer hubs than the one that answers: it serves in their
// place.
func spared(found []Finding) []Finding {
	for i := range found {
		found[i].State, found[i].Kind = Warn, fault.OK
	}
	return found
}

// above are the addresses of hubs above, the nearest first.
func (f *facts) above() (places []string) {
	add := func(place string) {
		if place != "" && !slices.Contains(places, place) && len(places) < maxDialed {
			places = append(places, place)
		}
	}
	own := f.ownAddresses()
	for _, a := range f.addresses {
		if a.Present && !slices.Contains(own, a.Address) {
			add(a.Address)
		}
	}
	for _, p := range f.place.Parents {
		add(p.Address)
	}
	if f.status != nil && f.status.Parent != nil { // where the hub was found that moved
		add(f.status.Parent.Address)
	}
	return places
}

// ownAddresses are those of this hub itself, which is among those the process lists.
func (f *facts) ownAddresses() (own []string) {
	for _, a := range f.addresses {
		if f.status != nil && a.Device == f.status.Device {
			own = append(own, a.Address)
		}
	}
	return own
}

// reach dials one hub. What a hub that is not the nearest is worth, the program knows:
// here each is only dialed.
func (f *facts) reach(ctx context.Context, place string, keys *identity.Keystore, opened bool) Finding {
	within, end := context.WithTimeout(ctx, dialLimit)
	defer end()
	conn, err := new(net.Dialer).DialContext(within, "tcp", place)
	if err != nil {
		return unreached(place, err)
	}
	_ = conn.Close()
	if !opened {
		return warn(say("%s takes the connection; who it is was not tried, as the key is not to be had here", place), Text{})
	}
	if proved, err := f.proves(ctx, keys, place); err != nil {
		return refusedBy(place, proved, err)
	}
	if p := f.status; f.served && p != nil && p.Parent != nil && !p.Parent.Connected {
		advice := say("wait a minute; then look at the log at both ends")
		if p.Parent.Error == "" {
			return warn(say("%s answers, and there is no link yet", place), advice)
		}
		return warn(say("%s answers, and there is no link yet: %s", place, line(oneLine(p.Parent.Error))), advice)
	}
	return ok(say("%s answers, and is a hub of this network", place))
}

// proves makes a secured connection, as the program does. It reports also whether the hub
// proved that it is one: a failure after that is its refusal.
func (f *facts) proves(ctx context.Context, keys *identity.Keystore, place string) (proved bool, err error) {
	var met atomic.Bool
	hub, err := remote.Dial(place, keys, func(identity.Member) error { met.Store(true); return nil }, nil)
	if err != nil {
		return false, err
	}
	defer hub.Close() //nolint:errcheck // nothing is on it
	within, end := context.WithTimeout(ctx, answerLimit)
	defer end()
	err = hub.Reachable(within)
	return met.Load() && within.Err() == nil, err
}

// unreached says in words why there is no connection, and what that hints at.
func unreached(place string, err error) Finding {
	var name *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &name):
		return bad("", fault.Unavailable, say("%s: the name is not found", place), say("look at the name server of this computer, and whether the name is right"))
	case errors.Is(err, syscall.ECONNREFUSED):
		return bad("", fault.Unavailable, say("%s: refused; the computer is there, and nobody takes calls on that port", place),
			say("start the hub there, or look whether it moved or a firewall rejects the port"))
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.ENETDOWN):
		return bad("", fault.Unavailable, say("%s: no route to it", place), say("look at the network of this computer: cable, router, line of the provider"))
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return bad("", fault.Unavailable, say("%s: no answer within %s; a firewall may drop what is sent, or the computer is off", place, dialLimit.String()),
			say("let the port through at both firewalls, and look whether the hub's computer is on"))
	}
	return bad("", fault.Unavailable, say("%s: %s", place, line(oneLine(err.Error()))), say("look at the network of this computer"))
}

// refusedBy says who answered, and why that is no hub to link to.
func refusedBy(place string, proved bool, err error) Finding {
	text := oneLine(err.Error())
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return bad("", fault.Unavailable, say("%s: the connection is made, and no hub answers on it within %s", place, answerLimit.String()), say("look whether the hub there is well, and whether that port is its listen"))
	case proved:
		return bad("", fault.Denied, say("%s: the hub there does not let this device in", place), say("the city may have revoked it (tongbu devices there), its certificate may have ended, or a clock is wrong"))
	case fault.Of(err) == fault.Denied:
		return bad("", fault.Denied, say("%s: who answers is not accepted: %s", place, line(text)), say("look whether the address leads to a hub of this network, and at the clocks of both"))
	}
	return bad("", fault.Unavailable, say("%s: the connection is made, and no hub answers on it: %s", place, line(text)),
		say("look whether that port is the hub's listen, and whether something between lets only web pages through"))
}
