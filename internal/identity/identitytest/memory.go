// Package identitytest holds a registry in memory and the suite that every
// identity.Registry must pass. Only tests import it.
package identitytest

import (
	"context"
	"sync"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
)

// Memory is an identity.Registry in memory. Fail, when set, is asked before
// each call and can return an error instead.
type Memory struct {
	Fail func(call string) error

	mu      sync.Mutex // guards the maps
	tickets map[identity.TicketID]identity.Ticket
	devices map[change.DeviceID]identity.Device
	places  map[change.UnitID]identity.Place
}

var _ identity.Registry = (*Memory)(nil)

// NewMemory returns an empty registry.
func NewMemory() *Memory {
	return &Memory{
		tickets: map[identity.TicketID]identity.Ticket{},
		devices: map[change.DeviceID]identity.Device{},
		places:  map[change.UnitID]identity.Place{},
	}
}

func (m *Memory) fail(call string) error {
	if m.Fail == nil {
		return nil
	}
	return m.Fail(call)
}

// SetPlace puts a unit into the tree.
func (m *Memory) SetPlace(unit change.UnitID, p identity.Place) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.places[unit] = p
}

// Revoke marks a device as revoked.
func (m *Memory) Revoke(id change.DeviceID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.devices[id]
	d.Revoked = true
	m.devices[id] = d
}

// PutTicket implements identity.Registry.
func (m *Memory) PutTicket(_ context.Context, t identity.Ticket) error {
	if err := m.fail("PutTicket"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tickets[t.ID] = t
	return nil
}

// Ticket implements identity.Registry.
func (m *Memory) Ticket(_ context.Context, id identity.TicketID) (identity.Ticket, error) {
	if err := m.fail("Ticket"); err != nil {
		return identity.Ticket{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tickets[id]
	if !ok {
		return t, fault.New(fault.NotFound, "no ticket %s", id)
	}
	return t, nil
}

// Admit implements identity.Registry.
func (m *Memory) Admit(_ context.Context, id identity.TicketID, device change.DeviceID, decide identity.Decide) error {
	if err := m.fail("Admit"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t, d, err := decide(lookup(m.tickets, id), lookup(m.devices, device))
	if err != nil {
		return err
	}
	m.tickets[id], m.devices[device] = t, d
	return nil
}

// Device implements identity.Registry.
func (m *Memory) Device(_ context.Context, id change.DeviceID) (identity.Device, error) {
	if err := m.fail("Device"); err != nil {
		return identity.Device{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.devices[id]
	if !ok {
		return d, fault.New(fault.NotFound, "no device %s", id)
	}
	return d, nil
}

// Place implements identity.Registry.
func (m *Memory) Place(_ context.Context, unit change.UnitID) (identity.Place, error) {
	if err := m.fail("Place"); err != nil {
		return identity.Place{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.places[unit]
	if !ok {
		return p, fault.New(fault.NotFound, "no unit %s", unit)
	}
	return p, nil
}

// Hubs implements identity.Registry: devices of the parents of the unit's place.
func (m *Memory) Hubs(_ context.Context, unit change.UnitID) ([]identity.Hub, error) {
	if err := m.fail("Hubs"); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var hubs []identity.Hub
	for _, p := range m.places[unit].Parents {
		for _, d := range m.devices {
			if d.Unit == p.Unit && !d.Revoked && len(hubs) < identity.MaxHubs {
				hubs = append(hubs, identity.Hub{Unit: d.Unit, Key: d.Key})
			}
		}
	}
	return hubs, nil
}

func lookup[K comparable, V any](m map[K]V, key K) *V {
	if v, ok := m[key]; ok {
		return &v
	}
	return nil
}
