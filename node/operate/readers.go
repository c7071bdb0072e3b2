package operate

import (
	"cmp"
	"encoding/json"
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/syncer/carry"
)

// carriedReaders lists the devices that may read a file for a unit below, or for
// the hubs above when to is empty, and counts those that are too many. Where the
// city has not said yet which hubs there are, those named at enrolment stand in.
func (o *Operate) carriedReaders(to change.UnitID) (readers []carry.Reader, left int) {
	var devices []members.Device
	for _, d := range o.at.Members.Devices() {
		if o.mayRead(to, d.Unit, d.ID) {
			devices = append(devices, d)
		}
	}
	for _, h := range o.at.Keys.Hubs() {
		d := members.Device{ID: change.DeviceOf(h.Key), Unit: h.Unit, Key: h.Key}
		if _, known := o.at.Members.Device(d.ID); !known && o.mayRead(to, d.Unit, d.ID) {
			devices = append(devices, d)
		}
	}
	devices = latestOfEach(devices)
	for _, d := range devices[:min(len(devices), carry.MaxReaders)] {
		readers = append(readers, carry.Reader{Device: d.ID, Key: d.Key})
	}
	return readers, len(devices) - len(readers)
}

func (o *Operate) mayRead(to, unit change.UnitID, device change.DeviceID) bool {
	return access.CarryReader(o.at.Members, o.at.Place.Unit, to, access.Party{Unit: unit, Device: device, Revoked: o.at.Members.Banned(device)})
}

// latestOfEach orders devices so that the one that each unit enrolled last comes
// before any other: where there are too many, no unit is left without a reader.
func latestOfEach(devices []members.Device) []members.Device {
	slices.SortFunc(devices, func(a, b members.Device) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(b.Enrolled, a.Enrolled), cmp.Compare(a.ID, b.ID))
	})
	rank := map[change.DeviceID]int{}
	for i, d := range devices {
		if i > 0 && devices[i-1].Unit == d.Unit {
			rank[d.ID] = rank[devices[i-1].ID] + 1
		}
	}
	slices.SortStableFunc(devices, func(a, b members.Device) int { return cmp.Compare(rank[a.ID], rank[b.ID]) })
	return devices
}

// carriedFiles is device -> the last file of it that was taken in, and under this
// device's own name the last one it wrote: its Header's order, in JSON.
const carriedFiles = "station.carried.files"

// numberFile gives a file that is written here the number after the last one. A
// directory that was restored counts from an older number, under a new incarnation.
func (o *Operate) numberFile(tx *journal.Tx, h *carry.Header) (err error) {
	if h.Incarnation, err = o.at.Streams.Incarnation(); err != nil {
		return err
	}
	last, err := lastFile(tx, h.Device)
	if err != nil {
		return err
	}
	h.Number = last.Number + 1
	return saveFile(tx, *h)
}

func lastFile(tx *journal.Tx, of change.DeviceID) (h carry.Header, err error) {
	raw, err := tx.Table(carriedFiles).Get([]byte(of))
	if err != nil || raw == nil {
		return h, err
	}
	if err := json.Unmarshal(raw, &h); err != nil {
		return h, fault.As(fault.Damaged, "read which file was carried last", err)
	}
	return h, nil
}

func saveFile(tx *journal.Tx, h carry.Header) error {
	raw, err := json.Marshal(carry.Header{Format: h.Format, Incarnation: h.Incarnation, Number: h.Number})
	if err != nil {
		return fault.As(fault.Internal, "save which file was carried last", err)
	}
	return tx.Table(carriedFiles).Put([]byte(h.Device), raw)
}

// isLatest reports whether no later file of the writer has been taken in, and
// remembers this one: what an old file says that its writer has may have been lost
// there since.
func isLatest(tx *journal.Tx, h carry.Header) (bool, error) {
	last, err := lastFile(tx, h.Device)
	if err != nil || h.Older(last) {
		return false, err
	}
	return true, saveFile(tx, h)
}
