package operate

import (
	"time"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/system"
	"tongbu/syncer"
)

// below is what is known of the devices below, while their streams are counted.
type below struct {
	heard   []syncer.DeviceReach
	heads   map[change.Stream]uint64 // as far as a device has said it has written
	counted map[change.DeviceID]*Progress
}

func (o *Operate) below() *below {
	b := &below{heads: map[change.Stream]uint64{}, counted: map[change.DeviceID]*Progress{}}
	for _, d := range o.at.Contact.All() {
		if d.Peer.Device == o.at.Keys.Device() {
			continue
		}
		b.heard = append(b.heard, d)
		b.counted[d.Peer.Device] = &Progress{}
		for _, h := range d.Heads {
			b.heads[h.Stream] = h.Seq
		}
	}
	return b
}

// countBelow counts a stream of a device below.
func (o *Operate) countBelow(tx *journal.Tx, info journal.StreamInfo, b *below) error {
	p := b.counted[info.Stream.Device]
	if p == nil {
		return nil
	}
	r, err := o.at.Streams.Reached(tx, info.Stream)
	if err != nil {
		return err
	}
	a, err := o.against(tx, info.Stream, r.City)
	p.add(max(r.Head, b.heads[info.Stream]), r.Head, r.City, a)
	delete(b.heads, info.Stream)
	return err
}

// childStates lists the devices below; what they have said of streams that have not
// begun to come is on its way.
func (o *Operate) childStates(b *below) []Child {
	for stream, head := range b.heads {
		if p := b.counted[stream.Device]; p != nil {
			p.add(head, 0, 0, against{})
		}
	}
	children := []Child{}
	for _, d := range b.heard {
		known, _ := o.at.Members.Device(d.Peer.Device)
		children = append(children, Child{Unit: o.at.Members.Code(d.Peer.Unit), Name: o.at.Members.Name(d.Peer.Unit), Device: d.Peer.Device,
			Connected: d.Connected, Revoked: known.State == system.Revoked, Heard: time.UnixMilli(d.Heard).UTC(), Changes: *b.counted[d.Peer.Device]})
	}
	return children
}
