package root

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/tree"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// ticketTable is id -> ticket in JSON, in the root's journal file.
const ticketTable = "root.tickets"

// Admission keeps the tokens and devices of the network. A device is a record of
// the city, in its stream to the device's unit, so every hub on the way down knows
// it.
type Admission struct{ at *replica.Replica }

// NewAdmission makes the admission of an open city.
func NewAdmission(at *replica.Replica) Admission { return Admission{at: at} }

var _ identity.Registry = Admission{}

// PutTicket implements identity.Registry.
func (a Admission) PutTicket(ctx context.Context, t identity.Ticket) error {
	return a.at.Streams.Write(ctx, func(w *streams.Writer) error { return putTicket(w.Tx, t) })
}

func putTicket(tx *journal.Tx, t identity.Ticket) error {
	raw, err := json.Marshal(t)
	if err != nil {
		return fault.As(fault.Internal, "write a ticket", err)
	}
	return tx.Table(ticketTable).Put(t.ID[:], raw)
}

func getTicket(tx *journal.Tx, id identity.TicketID) (*identity.Ticket, error) {
	raw, err := tx.Table(ticketTable).Get(id[:])
	if err != nil || raw == nil {
		return nil, err
	}
	t, err := readTicket(raw)
	return &t, err
}

func readTicket(raw []byte) (t identity.Ticket, err error) {
	if err := json.Unmarshal(raw, &t); err != nil {
		return t, fault.As(fault.Damaged, "read a ticket", err)
	}
	return t, nil
}

// rebaseTickets writes how long those tickets are good that were made while
// the clock here was ahead.
func (a Admission) rebaseTickets(ctx context.Context) error {
	var ahead []identity.Ticket
	err := a.at.Journal.View(func(tx *journal.Tx) error {
		return tx.Table(ticketTable).Ascend(nil, nil, func(_, raw []byte) error {
			t, err := readTicket(raw)
			if err != nil {
				return err
			}
			if rebased, moved := t.Rebased(a.at.Now()); moved {
				ahead = append(ahead, rebased)
			}
			return nil
		})
	})
	if err != nil || len(ahead) == 0 {
		return fault.Wrap("read the tokens", err)
	}
	a.at.Log.Warn("the clock has been set back: the life of tokens made before is counted from now", "tokens", len(ahead))
	return fault.Wrap("write the tokens", a.at.Journal.Update(ctx, func(tx *journal.Tx) error {
		for _, t := range ahead {
			if err := putTicket(tx, t); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Ticket implements identity.Registry.
func (a Admission) Ticket(_ context.Context, id identity.TicketID) (identity.Ticket, error) {
	var found *identity.Ticket
	err := a.at.Journal.View(func(tx *journal.Tx) (err error) {
		found, err = getTicket(tx, id)
		return err
	})
	switch {
	case err != nil:
		return identity.Ticket{}, err
	case found == nil:
		return identity.Ticket{}, fault.New(fault.NotFound, "no ticket %s", id)
	}
	return *found, nil
}

// Admit implements identity.Registry.
func (a Admission) Admit(ctx context.Context, id identity.TicketID, d change.DeviceID, decide identity.Decide) error {
	return a.at.Streams.Write(ctx, func(w *streams.Writer) error {
		ticket, err := getTicket(w.Tx, id)
		if err != nil {
			return err
		}
		known, err := a.readDevice(w.Tx, d)
		if err != nil {
			return err
		}
		t, device, err := decide(ticket, known)
		if err != nil {
			return err
		}
		if device.Unit == a.at.Place.RootUnit && device.ID != a.at.Keys.Device() {
			return errSecondCity // by a token of an older program
		}
		if err := putTicket(w.Tx, t); err != nil {
			return err
		}
		return a.putDevice(w, device)
	})
}

// Device implements identity.Registry.
func (a Admission) Device(_ context.Context, d change.DeviceID) (identity.Device, error) {
	var found *identity.Device
	err := a.at.Journal.View(func(tx *journal.Tx) (err error) {
		found, err = a.readDevice(tx, d)
		return err
	})
	switch {
	case err != nil:
		return identity.Device{}, err
	case found == nil:
		return identity.Device{}, fault.New(fault.NotFound, "device %s never joined", d)
	}
	return *found, nil
}

// Place implements identity.Registry.
func (a Admission) Place(_ context.Context, unit change.UnitID) (identity.Place, error) {
	t := a.at.Members.Tree()
	if t == nil {
		return identity.Place{}, fault.New(fault.NotFound, "the tree has no units yet")
	}
	u, ok := t.Unit(unit)
	if !ok {
		return identity.Place{}, fault.New(fault.NotFound, "no unit %s in the tree", unit)
	}
	place := identity.Place{Level: int(u.Level), RootUnit: t.Root().ID, Parents: []identity.Parent{}}
	hubs := a.at.Members.Devices()
	for _, up := range t.Ancestors(unit) {
		place.Parents = append(place.Parents, hubOf(hubs, up))
	}
	return place, nil
}

// hubOf names the hub of a unit that was enrolled last; its addresses are
// empty while the unit has none.
func hubOf(devices []members.Device, unit change.UnitID) identity.Parent {
	p, latest := identity.Parent{Unit: unit}, int64(-1)
	for _, d := range devices {
		if d.Unit == unit && d.State == system.Active && d.Address != "" && d.Enrolled > latest {
			p.Address, p.Web, p.Door, latest = d.Address, d.Web, d.Door, d.Enrolled
		}
	}
	return p
}

// hubsPerUnit is how many devices of one unit above a grant names, the latest
// first: more than one only while a hub is replaced.
const hubsPerUnit = 16

// Hubs implements identity.Registry.
func (a Admission) Hubs(_ context.Context, unit change.UnitID) ([]identity.Hub, error) {
	t := a.at.Members.Tree()
	if t == nil {
		return nil, fault.New(fault.NotFound, "the tree has no units yet")
	}
	devices := a.at.Members.Devices()
	slices.SortStableFunc(devices, func(x, y members.Device) int { return cmp.Compare(y.Enrolled, x.Enrolled) })
	var hubs []identity.Hub
	for _, up := range t.Ancestors(unit) {
		of := slices.DeleteFunc(slices.Clone(devices), func(d members.Device) bool { return d.Unit != up || d.State != system.Active || len(d.Key) == 0 })
		for _, d := range of[:min(len(of), hubsPerUnit)] {
			hubs = append(hubs, identity.Hub{Unit: up, Key: d.Key})
		}
	}
	return hubs[:min(len(hubs), identity.MaxHubs)], nil
}

func (a Admission) readDevice(tx *journal.Tx, id change.DeviceID) (*identity.Device, error) {
	r, err := a.at.Records.Get(tx, system.DeviceKind, change.RecordID(id))
	if err != nil || r == nil {
		return nil, err
	}
	d := system.DeviceFrom(r)
	if len(d.Key) != ed25519.PublicKeySize {
		return nil, fault.New(fault.Damaged, "the key of device %s cannot be read", id)
	}
	return &identity.Device{ID: id, Unit: d.Unit, Key: d.Key, Address: d.Address, Web: d.Web, Door: d.Door, Name: d.Name,
		Enrolled: d.Enrolled, Revoked: d.State == system.Revoked}, nil
}

func (a Admission) putDevice(w *streams.Writer, d identity.Device) error {
	u, ok := a.at.Members.Tree().Unit(d.Unit)
	if !ok {
		return fault.New(fault.NotFound, "no unit %s in the tree", d.Unit)
	}
	device := system.Device{ID: d.ID, Unit: d.Unit, Level: u.Level, Key: d.Key, Name: d.Name, Address: d.Address, Web: d.Web, Door: d.Door,
		Enrolled: d.Enrolled, State: system.Active}
	return a.writeRecord(w, d.Unit, system.DeviceKind, change.RecordID(d.ID), device.Fields())
}

// PutUnits writes the tree into the city's stream to all, parents first.
func (a Admission) PutUnits(ctx context.Context, units []tree.Unit) error {
	return a.at.Streams.Write(ctx, func(w *streams.Writer) error {
		for _, u := range units {
			if err := a.writeRecord(w, units[0].ID, system.UnitKind, change.RecordID(u.ID), system.UnitFields(u)); err != nil {
				return err
			}
		}
		return nil
	})
}

// revoke ends a device's rights. The record reaches every hub on the device's
// path, and its links end there.
func (a Admission) revoke(ctx context.Context, d identity.Device, reason string) error {
	return a.at.Streams.Write(ctx, func(w *streams.Writer) error {
		return a.writeRecord(w, d.Unit, system.DeviceKind, change.RecordID(d.ID), system.Revocation(reason))
	})
}

func (a Admission) writeRecord(w *streams.Writer, audience change.UnitID, kind string, id change.RecordID, fields map[string]change.Value) error {
	own, err := w.Own(audience)
	if err != nil {
		return err
	}
	edit := records.Edit{Kind: kind, ID: id, Fields: fields, Actor: "city", At: a.at.Now().UnixMilli()}
	if _, err = a.at.Records.Put(w.Tx, own, a.at.Place.Unit, edit); err != nil {
		return err
	}
	return members.Touch(w.Tx, kind)
}
