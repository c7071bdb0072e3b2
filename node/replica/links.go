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

// sayLine says in the log that the line to the hub above has come or gone: once each,
// and counted when it goes and comes.
func (r *Replica) sayLine(l uplink.Line) {
	at := []any{"path", "uplink", "unit", string(l.Parent.Unit), "address", l.Parent.Address}
	if l.Connected {
		r.Log.Info("the line up is there", append(at, "device", string(r.Keys.Device()))...)
		return
	}
	r.Log.Warn("the line up is down", append(at, "kind", fault.Of(l.Err).String(), "reason", identity.OneLine(l.Err.Error()))...)
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
