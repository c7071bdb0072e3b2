package network

import (
	"cmp"
	"context"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/system"
	"tongbu/internal/today"
)

// Device is an active device and what it reads.
type Device struct {
	ID      change.DeviceID `json:"device"`
	Unit    string          `json:"unit"` // division code
	Tier    string          `json:"tier"`
	Said    bool            `json:"said"`              // it has said what it reads; else it is taken to read what every program does
	Program string          `json:"program,omitempty"` // version
	Reads   system.Formats  `json:"reads"`
	Heard   uint64          `json:"heard"` // publication that it had heard when it last started
}

// Survey is what the network's active devices read, and what is published.
type Survey struct {
	Publication uint64         `json:"publication"` // number of the newest; 0: none
	Published   system.Formats `json:"published"`
	Read        system.Formats `json:"read"`     // by every active device
	Readable    system.Formats `json:"readable"` // by this program
	Devices     []Device       `json:"devices"`
	Zone        string         `json:"zone"` // in which today is a day
}

// Survey asks the view, when it has all that is here.
func (k *Keeper) Survey(ctx context.Context) (Survey, error) {
	s := Survey{Read: system.Readable, Readable: system.Readable, Devices: []Device{}}
	published, last, err := k.published()
	if err != nil {
		return s, err
	}
	s.Publication, s.Published, s.Zone = published.Publication, published.Formats, cmp.Or(published.Zone, today.Default)
	if err := k.cfg.Await(ctx, last); err != nil {
		return s, fault.Wrap("wait for the view", err)
	}
	for _, known := range k.cfg.Members.Devices() {
		if known.State != system.Active {
			continue
		}
		d, err := k.ask(ctx, known)
		if err != nil {
			return s, fault.Wrap("read what the devices say", err)
		}
		s.Devices = append(s.Devices, d)
		s.Read = s.Read.Common(d.Reads)
	}
	return s, nil
}

// published is what is published, and the newest arrival.
func (k *Keeper) published() (n system.Network, last uint64, err error) {
	err = k.cfg.Streams.View(func(tx *journal.Tx) error {
		last = tx.LastArrival()
		said, err := k.cfg.Records.Get(tx, system.NetworkKind, system.NetworkID)
		n = system.NetworkFrom(said)
		return err
	})
	return n, last, err
}

func (k *Keeper) ask(ctx context.Context, known members.Device) (Device, error) {
	d := Device{ID: known.ID, Unit: known.Code, Tier: known.Level.String(), Reads: system.Before}
	said, err := k.cfg.View.Record(ctx, system.DeviceStateKind, change.RecordID(known.ID))
	switch {
	case fault.Of(err) == fault.NotFound:
	case err != nil:
		return d, err
	default:
		state := system.DeviceStateFrom(said)
		d.Said, d.Program, d.Reads, d.Heard = true, state.Program, state.Reads, state.Heard
	}
	if known.ID == k.cfg.Device { // whatever was said last
		d.Reads = system.Readable
	}
	return d, nil
}
