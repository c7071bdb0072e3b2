package contact

import (
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// Registry is what the city has said of units and devices.
type Registry interface {
	// Place is where a device belongs; false: nobody admitted it.
	Place(change.DeviceID) (Place, bool)
	access.Tree
	// Size counts the units at or below one.
	Size(change.UnitID) int
}

// Place is where a device belongs, by the city's word.
type Place struct {
	Unit     change.UnitID
	Enrolled int64 // Unix milliseconds
	Revoked  bool
}

// believe checks what a linked device below reports of a device, and returns what
// of it can be true; take: there is anything. A device tells of itself, and a hub of
// those below it; there are none but those that the city admitted.
func (t *Table) believe(from syncer.Peer, d syncer.DeviceReach) (kept syncer.DeviceReach, take bool, err error) {
	place, known := t.registry.Place(d.Peer.Device)
	if d.Peer == from && !known {
		place, known = Place{Unit: from.Unit}, true // its certificate proves it; the record is on its way
	}
	switch {
	case !known:
		return d, false, fault.New(fault.Denied, "nobody admitted device %s", d.Peer.Device)
	case place.Unit != d.Peer.Unit:
		return d, false, fault.New(fault.Denied, "device %s is not of unit %s", d.Peer.Device, d.Peer.Unit)
	case d.Peer != from && (place.Unit == from.Unit || !access.Report(t.registry, from.Unit, place.Unit)):
		return d, false, fault.New(fault.Denied, "device %s is not below unit %s", d.Peer.Device, from.Unit)
	case place.Revoked:
		return d, false, fault.New(fault.Denied, "device %s is revoked", d.Peer.Device)
	}
	kept, err = t.bounded(place, d)
	return kept, true, err
}

// bounded keeps of a report what can be true of the device: it was heard between
// its enrolment and now, by its hub's clock and not by ours, and it has written in
// streams of its own.
func (t *Table) bounded(place Place, d syncer.DeviceReach) (syncer.DeviceReach, error) {
	d.Heard = max(min(d.Heard, t.now().UnixMilli()), place.Enrolled, 0)
	most := syncer.MaxStreams(t.registry.Size(place.Unit))
	var heads []syncer.Head
	var refused error
	for _, h := range d.Heads {
		if err := t.checkHead(place, d.Peer.Device, h); err != nil {
			refused = err
			continue
		}
		heads = append(heads, h)
	}
	if extra := len(heads) - most; extra > 0 {
		refused = fault.New(fault.Exhausted, "device %s has %d streams, more than %d", d.Peer.Device, len(heads), most)
		heads = heads[extra:] // those of the newest incarnations, as reports are ordered
	}
	d.Heads = heads
	return d, refused
}

func (t *Table) checkHead(place Place, device change.DeviceID, h syncer.Head) error {
	switch {
	case h.Stream.Device != device, !t.registry.Below(place.Unit, h.Stream.Audience) && h.Stream.Audience != place.Unit.Inner():
		return fault.New(fault.Denied, "stream %s is not one that device %s can write", h.Stream, device)
	case h.Stream.Incarnation > syncer.MaxIncarnation, h.Seq > syncer.MaxHead:
		return fault.New(fault.Invalid, "stream %s cannot have got as far as %d", h.Stream, h.Seq)
	}
	return nil
}

// Review forgets what the registry takes away: what revoked devices have said of
// others, and devices that do not stand below this one any more. What others said
// stays.
func (t *Table) Review() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.registry.Size(t.self.Unit) == 0 {
		return // the tree has not come
	}
	for d, by := range t.seen {
		if d == t.self.Device {
			continue
		}
		place, known := t.registry.Place(d)
		linked := by[d] != nil // by its certificate
		if !known && !linked || known && !t.registry.Below(t.self.Unit, place.Unit) {
			t.dropLocked(d)
			continue
		}
		t.forgetLocked(d, by)
	}
}

// forgetLocked drops what revoked devices said of another. A device that nobody
// else has spoken of stands as one that was never heard.
func (t *Table) forgetLocked(d change.DeviceID, by map[change.DeviceID]*sighting) {
	peer := merged(by).Peer
	changed := false
	for teller := range by {
		if place, known := t.registry.Place(teller); teller != d && known && place.Revoked {
			delete(by, teller)
			changed = true
		}
	}
	if !changed {
		return
	}
	if len(by) == 0 {
		place, _ := t.registry.Place(d)
		by[nobody] = &sighting{DeviceReach: syncer.DeviceReach{Peer: peer, Heard: place.Enrolled}}
	}
	for _, s := range by {
		t.changedLocked(s, false)
		break // one is enough to have the device told again
	}
}

func (t *Table) dropLocked(d change.DeviceID) {
	delete(t.seen, d)
	t.version++
	t.dropped[d] = t.version
	t.lastDrop = t.version
}
