// Package relay serves the links from the tiers below: it admits who may
// connect, runs their links, and ends those of a device that the city
// revoked. What passes through it stays sealed; it looks into nothing.
package relay

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/syncer"
	"tongbu/syncer/contact"
	"tongbu/syncer/link"
)

// Config of a relay. All fields are needed.
type Config struct {
	Self change.UnitID
	// Tree is the tree of units; nil: a new hub, which has not received it.
	Tree    func() access.Tree
	Banned  func(change.DeviceID) bool
	Contact *contact.Table
	// Link makes what a link to a child needs.
	Link func(child syncer.Peer, watch link.Watch) link.Config
	// Fetching returns Unavailable while what others have of a unit is still on its way here
	// from above; nil: nobody is kept waiting for that.
	Fetching func(change.UnitID) error
	// Met is told the offset of a child's clock, theirs less the one here; nil: nobody is.
	Met func(child syncer.Peer, offset time.Duration)
	Now func() time.Time
	Log *slog.Logger
}

// perDevice is how many links one device may have at a time: one, and one
// that has not noticed its end.
const perDevice = 2

// ingest bounds what all links together have received and not yet stored, in
// bytes.
const ingest = 256 << 20

// Relay is safe for concurrent use.
type Relay struct {
	cfg  Config
	room *link.Room
	mu   sync.Mutex                    // guards all below
	live map[change.DeviceID][]*served // the oldest first
	met  map[change.DeviceID]*met      // every device that has had a link since the start

	turned atomic.Uint64 // calls of those who have no place here
	said   lines
}

type served struct{ end context.CancelCauseFunc }

// New makes a relay.
func New(cfg Config) *Relay {
	return &Relay{cfg: cfg, room: link.NewRoom(ingest), live: map[change.DeviceID][]*served{}, met: map[change.DeviceID]*met{}, said: newLines(cfg)}
}

// Greet decides at the handshake. A hub that does not know the tree yet lets every
// member of the network in: a refusal would mean to a child that it has no place
// here, while Admit makes it wait.
func (r *Relay) Greet(who identity.Member) error {
	if r.cfg.Tree() == nil {
		return nil
	}
	return r.Admit(who)
}

// Admit lets in who stands below this hub and is not revoked. It is called for
// every call.
func (r *Relay) Admit(who identity.Member) error {
	err := access.Connect(r.cfg.Tree(), r.cfg.Self, r.partyOf(who))
	if err != nil {
		r.turned.Add(1)
		r.said.refused(who, err)
	}
	return err
}

func (r *Relay) partyOf(who identity.Member) access.Party {
	return access.Party{Unit: who.Unit, Device: who.Device, Revoked: r.cfg.Banned(who.Device)}
}

// Sync runs the link of a device below until it ends.
func (r *Relay) Sync(ctx context.Context, who identity.Peer, conn link.Conn) error {
	if err := r.Admit(who.Member); err != nil {
		return err
	}
	if r.cfg.Fetching != nil {
		if err := r.cfg.Fetching(who.Unit); err != nil {
			return err
		}
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	peer := syncer.Peer{Unit: who.Unit, Device: who.Device}
	s := &served{end: end}
	meter := r.addLink(peer, s)
	defer r.removeLink(peer, s)
	// A revocation between the question above and here found no link to end.
	if err := r.Admit(who.Member); err != nil {
		return err
	}
	w := &watch{Relay: r, host: who.Host}
	cfg := r.cfg.Link(peer, w)
	cfg.Until, cfg.Room, cfg.Meter, cfg.Right = who.Expires, r.room, meter, func() error { return r.checkRight(who) }
	err := link.Run(ctx, conn, cfg)
	if cause := context.Cause(ctx); cause != nil && fault.Of(cause) == fault.Denied {
		err = cause
	}
	r.said.ended(peer, err, w.ignored)
	return err
}

// checkRight decides whether the link of a device may stay open: by the rule of
// its admission, and by the end of its certificate.
func (r *Relay) checkRight(who identity.Peer) error {
	party := r.partyOf(who.Member)
	party.Expired = r.cfg.Now().After(who.Expires)
	return access.Connect(r.cfg.Tree(), r.cfg.Self, party)
}

// addLink adds a link; the oldest ones of the device are ended to make room.
func (r *Relay) addLink(peer syncer.Peer, s *served) *link.Meter {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := peer.Device
	for len(r.live[d]) >= perDevice {
		r.live[d][0].end(fault.New(fault.Canceled, "the device has a newer link"))
		r.live[d] = r.live[d][1:]
	}
	r.live[d] = append(r.live[d], s)
	m := r.met[d]
	if m == nil {
		m = &met{meter: &link.Meter{}}
		r.met[d] = m
	}
	m.unit = peer.Unit
	return m.meter
}

func (r *Relay) removeLink(peer syncer.Peer, s *served) {
	r.mu.Lock()
	r.live[peer.Device] = slices.DeleteFunc(r.live[peer.Device], func(other *served) bool { return other == s })
	last := len(r.live[peer.Device]) == 0
	if last {
		delete(r.live, peer.Device)
	}
	r.mu.Unlock()
	if last {
		r.cfg.Contact.Left(peer)
		r.said.left(peer)
	}
}

// Recheck ends the links of devices that are revoked now.
func (r *Relay) Recheck() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for d, links := range r.live {
		err := access.Active(access.Party{Device: d, Revoked: r.cfg.Banned(d)})
		if err == nil {
			continue
		}
		for _, s := range links {
			s.end(err)
		}
	}
}

// watch follows what happens on the link to a child.
type watch struct {
	*Relay
	host    string // where it calls from
	ignored int    // reports that cannot be true; of the link's goroutine
}

// Met implements link.Watch.
func (w *watch) Met(peer syncer.Peer, offset time.Duration) {
	w.cfg.Contact.Joined(peer)
	if w.cfg.Met != nil {
		w.cfg.Met(peer, offset)
	}
	w.said.linked(peer, w.host, offset)
}

// Alive implements link.Watch.
func (w *watch) Alive(peer syncer.Peer) { w.cfg.Contact.Alive(peer) }

// Acked implements link.Watch; what a child has is its own business.
func (w *watch) Acked(syncer.Have) {}

// Heard implements link.Watch: a child reports of itself and of those below it, of
// nobody else. What cannot be true is logged once a link, and counted.
func (w *watch) Heard(from syncer.Peer, r syncer.Reach) {
	ignored, why := w.cfg.Contact.Heard(from, r)
	if ignored > 0 && w.ignored == 0 {
		w.cfg.Log.Warn("reports of contacts are ignored", "from", string(from.Device), "unit", string(from.Unit), "count", ignored, "reason", why.Error())
	}
	w.ignored += ignored
}

// Stopped implements link.Watch.
func (w *watch) Stopped(refuse syncer.Refuse) {
	w.cfg.Log.Warn("a child refuses a stream", "stream", refuse.Stream.String(), "kind", refuse.Kind.String(), "reason", refuse.Reason)
}

// Reach implements link.Watch: downward it is a heartbeat only.
func (w *watch) Reach(syncer.Peer, bool) syncer.Reach {
	return syncer.Reach{Now: w.cfg.Now().UnixMilli()}
}

// News implements link.Watch.
func (w *watch) News() <-chan struct{} { return nil }
