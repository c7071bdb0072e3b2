package hub

import (
	"context"
	"time"

	"tongbu/hub/query"
	"tongbu/internal/change"
)

// coverage tells the query service how far the hub hears its communities.
type coverage struct{ *Hub }

var _ query.Reach = coverage{}

// Communities implements query.Reach.
func (c coverage) Communities(_ context.Context, under change.UnitID) ([]query.Community, error) {
	t := c.Registry.Tree()
	if t == nil {
		return nil, nil
	}
	// What is held is read before what of it the view lacks: changes that
	// arrive in between are then taken for pending, never for applied.
	held, seen := c.held(), c.sightings()
	lag, err := c.lag()
	if err != nil {
		return nil, err
	}
	var all []query.Community
	for _, u := range t.Communities(under) {
		s := seen[u.ID]
		enrolled, joined := c.Registry.Enrolled(u.ID)
		m := query.Community{Code: u.Code, Enrolled: joined || s.heard, Connected: s.connected, Since: s.last, LastHeard: s.last}
		if s.last.IsZero() {
			m.Since = time.UnixMilli(enrolled)
		}
		arrived := held[u.ID].sum()
		m.Head = held[u.ID].join(s.heads).sum()
		m.Applied = arrived - min(arrived, lag[u.ID])
		all = append(all, m)
	}
	return all, nil
}

func (c coverage) lag() (map[change.UnitID]uint64, error) {
	if c.follower == nil {
		return nil, nil
	}
	_, byUnit, err := c.follower.behind()
	return byUnit, err
}

// heads are the last sequences of streams.
type heads map[change.Stream]uint64

// join is the longer of each stream: what one device has not delivered must
// not be outweighed by what another has.
func (h heads) join(o heads) heads {
	joined := heads{}
	for _, from := range []heads{h, o} {
		for s, seq := range from {
			joined[s] = max(joined[s], seq)
		}
	}
	return joined
}

func (h heads) sum() (n uint64) {
	for _, seq := range h {
		n += seq
	}
	return n
}

// sighting joins what is heard of the devices of a unit: it is connected
// while one of them is, and has said what they all have.
type sighting struct {
	heard     bool
	connected bool
	last      time.Time
	heads     heads
}

func (c coverage) sightings() map[change.UnitID]sighting {
	units := map[change.UnitID]sighting{}
	for _, d := range c.Station.Reach.All() {
		if c.Registry.Banned(d.Peer.Device) {
			continue // what it has will never come
		}
		s, ok := units[d.Peer.Unit]
		if !ok {
			s.heads = heads{}
		}
		s.heard, s.connected = true, s.connected || d.Connected
		if at := time.UnixMilli(d.Heard); d.Heard > 0 && at.After(s.last) {
			s.last = at
		}
		for _, h := range d.Heads {
			s.heads[h.Stream] = max(s.heads[h.Stream], h.Seq)
		}
		units[d.Peer.Unit] = s
	}
	return units
}

// held is what is in the journal here, by the unit that made it.
func (c coverage) held() map[change.UnitID]heads {
	units := map[change.UnitID]heads{}
	entries, _ := c.Custody.Entries()
	for _, e := range entries {
		if units[e.Author] == nil {
			units[e.Author] = heads{}
		}
		units[e.Author][e.Stream] = e.Sealed.Seq
	}
	return units
}
