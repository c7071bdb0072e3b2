package hub

import (
	"context"
	"slices"
	"time"

	"tongbu/hub/query"
	"tongbu/internal/change"
	"tongbu/internal/registry"
	"tongbu/syncer"
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
		s, enrolled := seen[u.ID]
		m := query.Community{Code: u.Code, Enrolled: enrolled, Connected: len(s.silent) == 0, Since: s.since(), LastHeard: s.since()}
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

// sighting joins what is heard of the devices of a unit. The unit is silent
// while one of them is: what that one has entered is not in the answer. A
// computer that will not come back is to be revoked.
type sighting struct {
	heard  []time.Time // when those that are connected were last heard
	silent []time.Time // when the others were; when they joined, if never
	heads  heads
}

// since is the oldest word: of the silent devices if there are any.
func (s sighting) since() time.Time {
	times := s.heard
	if len(s.silent) > 0 {
		times = s.silent
	}
	if len(times) == 0 {
		return time.Time{}
	}
	return slices.MinFunc(times, time.Time.Compare)
}

func (s *sighting) add(at time.Time, connected bool) {
	if connected {
		s.heard = append(s.heard, at)
		return
	}
	s.silent = append(s.silent, at)
}

// sightings looks at every device that is not revoked: those heard of, and
// those the city enrolled that never called.
func (c coverage) sightings() map[change.UnitID]sighting {
	units := map[change.UnitID]sighting{}
	called := map[change.DeviceID]bool{}
	for _, d := range c.Station.Reach.All() {
		if c.Registry.Banned(d.Peer.Device) {
			continue // what it has will never come
		}
		called[d.Peer.Device] = true
		s := units[d.Peer.Unit]
		s.add(time.UnixMilli(d.Heard), d.Connected)
		s.heads = s.heads.join(headsOf(d))
		units[d.Peer.Unit] = s
	}
	for _, d := range c.Registry.Devices() {
		if d.State == registry.Active && !called[d.ID] {
			s := units[d.Unit]
			s.add(time.UnixMilli(d.Enrolled), false)
			units[d.Unit] = s
		}
	}
	return units
}

func headsOf(d syncer.DeviceReach) heads {
	h := heads{}
	for _, head := range d.Heads {
		h[head.Stream] = max(h[head.Stream], head.Seq)
	}
	return h
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
