package replica

import (
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/uplink"
)

// LinkConfig is what a link of this device needs; parent: this end is the
// parent.
func (r *Replica) LinkConfig(other syncer.Peer, parent bool, watch link.Watch) link.Config {
	child := r.Place.Unit
	if parent {
		child = other.Unit
	}
	return link.Config{
		Session: syncer.Config{Network: string(r.Place.Network), Self: r.Self(), Other: other, Parent: parent,
			Tree: r.Members, Now: r.Now().UnixMilli(), Named: syncer.MaxNamed(r.Members.Size(child))},
		Streams: r.Streams, Watch: watch, Beat: r.cfg.Beat, Now: r.Now,
	}
}

// upLink asks at every batch whether the parent may still serve: it may be
// revoked, or the unit moved, while the link is open.
func (r *Replica) upLink(parent syncer.Peer) link.Config {
	cfg := r.LinkConfig(parent, false, upWatch{r})
	cfg.Meter = r.Meter
	cfg.Right = func() error {
		return r.allowParent(identity.Member{Network: r.Place.Network, Unit: parent.Unit, Device: parent.Device})
	}
	return cfg
}

// sayLine says in the log that the line to the hub above has come, goes elsewhere or has
// gone, once each, and while it stays down at growing distances.
func (r *Replica) sayLine(t uplink.Turn) {
	at := []any{"path", "uplink", "unit", string(t.Parent.Unit), "address", t.Parent.Address}
	switch t.What {
	case uplink.Up:
		r.Log.Info("the line up is there", append(at, "device", string(r.Keys.Device()))...)
		return
	case uplink.Moved:
		r.Log.Info("the line up goes to another address now", append(at, "before", t.Before.Address, "device", string(r.Keys.Device()))...)
		return
	}
	at = append(at, "kind", fault.Of(t.Err).String(), "reason", identity.OneLine(t.Err.Error()))
	switch t.What {
	case uplink.Refused:
		r.Log.Warn("the line up is refused", at...)
	case uplink.Lasts:
		r.Log.Warn("the line up is still down", append(at, "since", t.Since.UTC(), "rounds", t.Rounds)...)
	default:
		r.Log.Warn("the line up is down", at...)
	}
}

// upWatch follows what happens on the link to the parent.
type upWatch struct{ of *Replica }

var _ link.Watch = upWatch{}

// Met implements link.Watch.
func (w upWatch) Met(peer syncer.Peer, offset time.Duration) { w.of.Clocks.Met(peer, true, offset) }

// Alive implements link.Watch.
func (w upWatch) Alive(syncer.Peer) { w.of.Uplink.Heard() }

// Acked implements link.Watch.
func (w upWatch) Acked(have syncer.Have) { w.of.Streams.Acked(have) }

// Heard implements link.Watch; a parent reports of nobody.
func (w upWatch) Heard(syncer.Peer, syncer.Reach) {}

// Stopped implements link.Watch.
func (w upWatch) Stopped(s syncer.Refuse) {
	w.of.Log.Warn("the hub refuses a stream", "stream", s.Stream.String(), "kind", s.Kind.String(), "reason", s.Reason)
}

// Reach implements link.Watch.
func (w upWatch) Reach(to syncer.Peer, all bool) syncer.Reach {
	w.of.Contact.Wrote(w.of.ownHeads())
	return w.of.Contact.Tell(to.Device, all)
}

// News implements link.Watch.
func (w upWatch) News() <-chan struct{} { return w.of.Contact.News() }
