// Package coverage reports how far a hub hears its communities: who is connected,
// who is silent and since when, how much has arrived and is in the view, and how
// much is known to be on its way.
package coverage

import (
	"context"
	"sync"
	"time"

	"tongbu/hub/query"
	"tongbu/internal/change"
	"tongbu/internal/members"
	"tongbu/internal/system"
	"tongbu/syncer"
	"tongbu/syncer/contact"
	"tongbu/syncer/streams"
)

// View reports how far a hub's view follows the journal.
type View interface {
	// Applied is the arrival up to which the view holds everything.
	Applied() uint64
	// Behind counts what the view lacks: arrivals, and changes by unit.
	Behind() (arrivals uint64, byUnit map[change.UnitID]uint64, err error)
}

// Coverage is safe for concurrent use. It keeps what it computed and updates only
// what changed since the last question: each question needs it, and most come
// while nothing has changed.
type Coverage struct {
	streams *streams.Streams
	contact *contact.Table
	members *members.Members
	view    View

	mu       sync.Mutex // guards all below; one question at a time updates it
	at       edition
	held     map[change.Stream]delivery             // streams of the journal
	heard    map[change.DeviceID]syncer.DeviceReach // devices at or below this one
	enrolled []members.Device                       // that the city knows
	units    map[change.UnitID]query.Community      // what all this says of each unit, but for its code
	lists    map[change.UnitID][]query.Community    // the communities below a unit that was asked about
}

var _ query.Communities = (*Coverage)(nil)

// New makes the coverage of a hub's view.
func New(s *streams.Streams, c *contact.Table, m *members.Members, v View) *Coverage {
	return &Coverage{streams: s, contact: c, members: m, view: v}
}

// edition names the states that coverage is made from.
type edition struct {
	streams, contact, members uint64
	applied                   uint64 // where the view stands
}

// delivery is how much of a stream is in the journal here, and who made it.
type delivery struct {
	author change.UnitID
	seq    uint64
}

// Communities implements query.Communities.
func (c *Coverage) Communities(_ context.Context, under change.UnitID) ([]query.Community, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.refreshLocked(); err != nil {
		return nil, err
	}
	t := c.members.Tree()
	if t == nil {
		return nil, nil
	}
	all, ok := c.lists[under]
	if !ok {
		for _, u := range t.Communities(under) {
			m := c.units[u.ID]
			m.Code = u.Code
			all = append(all, m)
		}
		c.lists[under] = all
	}
	return all, nil
}

// refreshLocked reads what changed. What the journal holds is read before what of
// it the view lacks: changes that arrive in between then count as pending, never
// as applied. Each edition is read before its state, so what moves meanwhile is
// read again.
func (c *Coverage) refreshLocked() error {
	now := edition{members: c.members.Edition(), applied: c.view.Applied()}
	entries, streamsAt := c.changedStreams()
	devices, whole, contactAt := c.contact.Since(c.at.contact)
	if whole {
		c.heard = nil
	}
	now.streams, now.contact = streamsAt, contactAt
	if c.units != nil && now == c.at {
		return nil
	}
	c.updateLocked(entries, devices, now.members)
	_, lag, err := c.view.Behind()
	if err != nil {
		return err
	}
	c.units, c.lists, c.at = c.summarizeLocked(lag), map[change.UnitID][]query.Community{}, now
	return nil
}

// changedStreams are the streams that changed, at first all: what was in the
// journal when it was opened is no change.
func (c *Coverage) changedStreams() ([]syncer.Entry, uint64) {
	if c.held == nil {
		return c.streams.Entries()
	}
	return c.streams.Since(c.at.streams)
}

// updateLocked may be given the same again: what it keeps is the newest state.
func (c *Coverage) updateLocked(entries []syncer.Entry, devices []syncer.DeviceReach, edition uint64) {
	if c.held == nil {
		c.held = map[change.Stream]delivery{}
	}
	if c.heard == nil {
		c.heard = make(map[change.DeviceID]syncer.DeviceReach, len(devices))
	}
	for _, e := range entries {
		c.held[e.Stream] = delivery{author: e.Author, seq: e.Sealed.Seq}
	}
	for _, d := range devices {
		c.heard[d.Peer.Device] = d
	}
	if c.units == nil || edition != c.at.members {
		c.enrolled = c.members.Devices()
	}
}

// summarizeLocked computes the coverage of each unit from all that is known.
func (c *Coverage) summarizeLocked(lag map[change.UnitID]uint64) map[change.UnitID]query.Community {
	arrived := map[change.UnitID]uint64{}
	for _, d := range c.held {
		arrived[d.author] += d.seq
	}
	pending := c.pendingLocked()
	units := make(map[change.UnitID]query.Community, len(c.heard))
	for unit, s := range sightingsOf(c.heard, c.enrolled, c.members.Banned) {
		since := s.since()
		units[unit] = query.Community{Enrolled: true, Connected: !s.silent.some, Since: since, LastHeard: since,
			Head: arrived[unit] + pending[unit], Applied: arrived[unit] - min(arrived[unit], lag[unit])}
	}
	return units
}

// pendingLocked counts the changes that devices reported and that are not here, by
// unit. Of each stream the highest report counts: what one device has not
// delivered must not be outweighed by what another has.
func (c *Coverage) pendingLocked() map[change.UnitID]uint64 {
	type reported struct {
		unit   change.UnitID
		stream change.Stream
	}
	most := map[reported]uint64{}
	for _, d := range c.heard {
		if c.members.Banned(d.Peer.Device) {
			continue // what it has will never come
		}
		for _, h := range d.Heads {
			held := c.held[h.Stream]
			if held.author != d.Peer.Unit {
				held.seq = 0
			}
			if k := (reported{d.Peer.Unit, h.Stream}); h.Seq > held.seq {
				most[k] = max(most[k], h.Seq-held.seq)
			}
		}
	}
	pending := map[change.UnitID]uint64{}
	for k, n := range most {
		pending[k.unit] += n
	}
	return pending
}

// sightingsOf covers every device that is not revoked: those that were heard, and
// those that the city enrolled and that never called.
func sightingsOf(heard map[change.DeviceID]syncer.DeviceReach, enrolled []members.Device, banned func(change.DeviceID) bool) map[change.UnitID]sighting {
	units := make(map[change.UnitID]sighting, len(heard))
	addSighting := func(unit change.UnitID, at int64, connected bool) {
		s := units[unit]
		s.add(time.UnixMilli(at), connected)
		units[unit] = s
	}
	for id, d := range heard {
		if !banned(id) {
			addSighting(d.Peer.Unit, d.Heard, d.Connected)
		}
	}
	for _, d := range enrolled {
		if _, called := heard[d.ID]; d.State == system.Active && !called {
			addSighting(d.Unit, d.Enrolled, false)
		}
	}
	return units
}

// Silence is how a unit is heard: silent while one of its devices is.
type Silence struct {
	Silent bool
	Since  time.Time // silent: when the longest silent device was last heard, or joined; else when the unit was
}

// Silences says of every unit that has a device, at or below a hub, how it is heard
// now. It needs no view.
func Silences(c *contact.Table, m *members.Members) map[change.UnitID]Silence {
	heard := map[change.DeviceID]syncer.DeviceReach{}
	for _, d := range c.All() {
		heard[d.Peer.Device] = d
	}
	units := map[change.UnitID]Silence{}
	for unit, s := range sightingsOf(heard, m.Devices(), m.Banned) {
		units[unit] = Silence{Silent: s.silent.some, Since: s.since()}
	}
	return units
}

// sighting sums up when the devices of a unit were heard. The unit is silent
// while one of them is: what that one has entered is not in the answer. A
// computer that will not come back is to be revoked.
type sighting struct {
	heard  oldest // when those that are connected were last heard
	silent oldest // when the others were; when they joined, if never
}

func (s *sighting) add(at time.Time, connected bool) {
	if connected {
		s.heard.add(at)
		return
	}
	s.silent.add(at)
}

// since is the oldest time: of the silent devices if there are any.
func (s sighting) since() time.Time {
	if s.silent.some {
		return s.silent.at
	}
	return s.heard.at
}

// oldest is the first of some times, zero for none.
type oldest struct {
	at   time.Time
	some bool
}

func (o *oldest) add(at time.Time) {
	if !o.some || at.Before(o.at) {
		o.at, o.some = at, true
	}
}
