package contact

import (
	"tongbu/internal/change"
	"tongbu/syncer"
)

// Saved is what is saved of a device: as older builds read it, all reports joined;
// and for this one, who said what.
type Saved struct {
	syncer.DeviceReach
	Said []Saying `json:",omitempty"` // empty: written by an older build
}

// Saying is what one device reported of another, or of itself.
type Saying struct {
	By    change.DeviceID
	Heard int64
	Heads []syncer.Head `json:",omitempty"`
}

// Unsaved lists the devices that changed after a version and those that are kept
// no more, and returns the version to ask with when they are saved.
func (t *Table) Unsaved(version uint64) (changed []Saved, gone []change.DeviceID, now uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range t.listLocked(version) {
		saved := Saved{DeviceReach: d}
		for teller, s := range t.seen[d.Peer.Device] {
			saved.Said = append(saved.Said, Saying{By: teller, Heard: s.Heard, Heads: s.Heads})
		}
		changed = append(changed, saved)
	}
	for d, at := range t.dropped {
		if at > version {
			gone = append(gone, d)
		}
	}
	return changed, gone, t.version
}

// Recall restores what was known of a device before a restart; it is not connected
// yet. It reports false when nothing is kept of it: the registry does not know it,
// or it does not stand below.
func (t *Table) Recall(saved Saved) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.registry.Size(t.self.Unit) == 0 {
		return true // the tree has not come: nobody can be placed yet
	}
	id := saved.Peer.Device
	place, known := t.registry.Place(id)
	if !known || !t.registry.Below(t.self.Unit, place.Unit) {
		return false
	}
	if len(saved.Said) == 0 {
		saved.Said = []Saying{{By: nobody, Heard: saved.Heard, Heads: saved.Heads}}
	}
	for _, said := range saved.Said {
		d := syncer.DeviceReach{Peer: syncer.Peer{Unit: place.Unit, Device: id}, Heard: said.Heard, Heads: said.Heads}
		d, _ = t.bounded(place, d) // what cannot be true is forgotten
		t.recordLocked(said.By, d, false)
	}
	t.forgetLocked(id, t.seen[id])
	return true
}
