package hub

import (
	"context"
	"time"

	"tongbu/hub/query"
	"tongbu/internal/change"
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
	lag, err := c.lag()
	if err != nil {
		return nil, err
	}
	seen := c.sightings()
	var all []query.Community
	for _, u := range t.Communities(under) {
		m := seen[u.ID]
		enrolled, joined := c.Registry.Enrolled(u.ID)
		m.Code, m.Enrolled = u.Code, joined || m.Enrolled
		if m.Since.IsZero() {
			m.Since = time.UnixMilli(enrolled)
		}
		held := c.held(u.ID)
		m.Head = max(m.Head, held)
		m.Applied = held - min(held, lag[u.ID])
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

// sightings joins the devices of each unit: it is connected while one of them
// is, and has said what they all have.
func (c coverage) sightings() map[change.UnitID]query.Community {
	units := map[change.UnitID]query.Community{}
	for _, d := range c.Station.Reach.All() {
		m := units[d.Peer.Unit]
		m.Enrolled = true
		m.Connected = m.Connected || d.Connected
		if heard := time.UnixMilli(d.Heard); d.Heard > 0 && heard.After(m.LastHeard) {
			m.LastHeard, m.Since = heard, heard
		}
		m.Head += headsOf(d)
		units[d.Peer.Unit] = m
	}
	return units
}

func headsOf(d syncer.DeviceReach) uint64 {
	var n uint64
	for _, h := range d.Heads {
		n += h.Seq
	}
	return n
}

// held counts the changes of a unit that are in the journal here.
func (c coverage) held(unit change.UnitID) uint64 {
	entries, _ := c.Custody.Entries()
	var n uint64
	for _, e := range entries {
		if e.Author == unit {
			n += e.Sealed.Seq
		}
	}
	return n
}
