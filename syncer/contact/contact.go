// Package contact keeps which devices at or below this one are in contact, when
// each was last heard, and how far each is known to have written. Coverage is
// computed from it.
//
// A peer's word is taken of devices that the registry places at or below the
// peer, within what can be true of them, and it is kept under the name of the peer
// that said it: once that one is revoked it is forgotten.
package contact

import (
	"slices"
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// Config of a table. All fields are needed.
type Config struct {
	Self     syncer.Peer // whose table it is
	Registry Registry
	Now      func() time.Time
}

// Table is safe for concurrent use.
type Table struct {
	self     syncer.Peer
	registry Registry // asked under the lock; it knows nothing of the table
	now      func() time.Time

	mu       sync.Mutex                                        // guards all below
	seen     map[change.DeviceID]map[change.DeviceID]*sighting // device -> who reported it -> what
	told     map[change.DeviceID]uint64                        // peer -> version it was told last
	dropped  map[change.DeviceID]uint64                        // devices that are kept no more -> version since when
	lastDrop uint64                                            // version of the last of them
	version  uint64                                            // grows with each change
	news     chan struct{}
}

// nobody is the teller of what was saved without a teller's name.
const nobody = change.DeviceID("")

// sighting is one peer's report of a device.
type sighting struct {
	syncer.DeviceReach
	version uint64
}

// New returns an empty table.
func New(cfg Config) *Table {
	return &Table{self: cfg.Self, registry: cfg.Registry, now: cfg.Now, seen: map[change.DeviceID]map[change.DeviceID]*sighting{},
		told: map[change.DeviceID]uint64{}, dropped: map[change.DeviceID]uint64{}, news: make(chan struct{})}
}

// Wrote records what this device itself has written; it is always in contact
// with itself.
func (t *Table) Wrote(heads []syncer.Head) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.recordLocked(t.self.Device, syncer.DeviceReach{Peer: t.self, Connected: true, Heard: t.now().UnixMilli(), Heads: heads}, false)
}

// Joined records that a device below has a link to this one.
func (t *Table) Joined(peer syncer.Peer) { t.alive(peer, true) }

// Alive records that a linked device sent something.
func (t *Table) Alive(peer syncer.Peer) { t.alive(peer, false) }

func (t *Table) alive(peer syncer.Peer, urgent bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sightingLocked(peer, peer.Device)
	s.Connected, s.Heard = true, t.now().UnixMilli()
	t.changedLocked(s, urgent)
}

// Left records that a link from below ended: no device is connected through it
// any more.
func (t *Table) Left(peer syncer.Peer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, by := range t.seen {
		if s := by[peer.Device]; s != nil && s.Connected {
			s.Connected = false
			t.changedLocked(s, true)
		}
	}
}

// Heard records what a linked device below reports of others. What cannot be true
// is ignored: Heard counts it and says why, for one case.
func (t *Table) Heard(from syncer.Peer, r syncer.Reach) (ignored int, why error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if place, known := t.registry.Place(from.Device); known && place.Revoked {
		return len(r.Devices), fault.New(fault.Denied, "device %s is revoked", from.Device)
	}
	for _, d := range r.Devices {
		d, take, err := t.believe(from, d)
		if err != nil {
			ignored, why = ignored+1, err
		}
		if take {
			t.recordLocked(from.Device, d, true)
		}
	}
	return ignored, why
}

// recordLocked keeps the newest report of a teller. What it said of when a device
// was heard it cannot take back.
func (t *Table) recordLocked(via change.DeviceID, d syncer.DeviceReach, flips bool) {
	s := t.sightingLocked(d.Peer, via)
	urgent := flips && s.Connected != d.Connected
	d.Heard = max(d.Heard, s.Heard)
	s.DeviceReach = d
	t.changedLocked(s, urgent)
}

func (t *Table) sightingLocked(peer syncer.Peer, via change.DeviceID) *sighting {
	by := t.seen[peer.Device]
	if by == nil {
		by = map[change.DeviceID]*sighting{}
		t.seen[peer.Device] = by
		delete(t.dropped, peer.Device)
	}
	if by[via] == nil {
		by[via] = &sighting{DeviceReach: syncer.DeviceReach{Peer: peer}}
	}
	return by[via]
}

func (t *Table) changedLocked(s *sighting, urgent bool) {
	t.version++
	s.version = t.version
	if urgent {
		close(t.news)
		t.news = make(chan struct{})
	}
}

// News is closed when a device was connected or disconnected.
func (t *Table) News() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.news
}

// Tell lists what changed since the last Tell to the peer, or everything.
func (t *Table) Tell(to change.DeviceID, all bool) syncer.Reach {
	t.mu.Lock()
	defer t.mu.Unlock()
	since := t.told[to]
	if all {
		since = 0
	}
	t.told[to] = t.version
	return syncer.Reach{Devices: t.listLocked(since), Now: t.now().UnixMilli()}
}

// All lists every device known.
func (t *Table) All() []syncer.DeviceReach {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.listLocked(0)
}

// Connected reports whether any report on a device says that it is connected.
func (t *Table) Connected(d change.DeviceID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.seen[d] {
		if s.Connected {
			return true
		}
	}
	return false
}

// Since lists the devices that changed after a version, and returns the present
// version. It is for callers that keep a copy; whole: the list is complete, and
// the copy holds devices that are kept here no more.
func (t *Table) Since(version uint64) (devices []syncer.DeviceReach, whole bool, now uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if whole = version < t.lastDrop; whole {
		version = 0
	}
	return t.listLocked(version), whole, t.version
}

func (t *Table) listLocked(since uint64) []syncer.DeviceReach {
	if since >= t.version {
		return nil
	}
	var devices []syncer.DeviceReach
	for _, by := range t.seen {
		if newest(by) > since {
			devices = append(devices, merged(by))
		}
	}
	slices.SortFunc(devices, func(a, b syncer.DeviceReach) int {
		if a.Peer.Device < b.Peer.Device {
			return -1
		}
		return 1
	})
	return devices
}

// newest is the version of the last report on a device.
func newest(by map[change.DeviceID]*sighting) (version uint64) {
	for _, s := range by {
		version = max(version, s.version)
	}
	return version
}

// merged joins the reports on one device: it is connected if any says so, the
// latest time it was heard counts, and of each stream the highest sequence. Its
// unit is that of the newest report.
func merged(by map[change.DeviceID]*sighting) (d syncer.DeviceReach) {
	heads, last := map[change.Stream]uint64{}, newest(by)
	for _, s := range by {
		if s.version == last {
			d.Peer = s.Peer
		}
		d.Connected = d.Connected || s.Connected
		d.Heard = max(d.Heard, s.Heard)
		for _, h := range s.Heads {
			heads[h.Stream] = max(heads[h.Stream], h.Seq)
		}
	}
	for s, seq := range heads {
		d.Heads = append(d.Heads, syncer.Head{Stream: s, Seq: seq})
	}
	slices.SortFunc(d.Heads, func(a, b syncer.Head) int { return a.Stream.Compare(b.Stream) })
	return d
}
