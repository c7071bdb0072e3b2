package root

import (
	"context"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/internal/vault"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// Founding is what a new network is made of.
type Founding struct {
	Dir    string      // must not hold a network yet
	Units  []tree.Unit // parents first, the root first of all
	Listen identity.Listen
	Schema *schema.Schema
	Vault  *vault.Vault // of the directory
	Now    func() time.Time
}

func (f *Founding) options() identity.Options {
	return identity.Options{Key: f.Vault.Key(vault.Identity), Now: f.Now}
}

// Found makes a network in a directory: its authority, its root device, and the
// tree of units as the city's first records. It returns the network's name and the
// fingerprint by which joiners know it.
func Found(ctx context.Context, f Founding) (identity.Network, identity.Fingerprint, error) {
	if len(f.Units) == 0 {
		return "", identity.Fingerprint{}, fault.New(fault.Invalid, "a network has one unit at least")
	}
	root := f.Units[0]
	network, err := identity.NewNetwork(root.Code, nil)
	if err != nil {
		return "", identity.Fingerprint{}, err
	}
	authority, err := identity.Found(f.Dir, network, f.options())
	if err != nil {
		return "", identity.Fingerprint{}, err
	}
	first := &founder{root: root}
	if err := admitRoot(ctx, f, authority, first); err != nil {
		return "", identity.Fingerprint{}, err
	}
	return network, authority.Fingerprint(), firstRecords(ctx, f, first.device)
}

func admitRoot(ctx context.Context, f Founding, a *identity.Authority, first *founder) error {
	keys, err := identity.Create(f.Dir, f.options())
	if err != nil {
		return err
	}
	registrar := identity.NewRoot(a, first, f.options())
	token, err := registrar.Invite(ctx, first.root.ID, time.Hour)
	if err != nil {
		return err
	}
	return identity.Join(ctx, keys, token, registrar, f.Listen)
}

// firstRecords writes the units and the root's own device. Units go first: a
// device is placed by them.
func firstRecords(ctx context.Context, f Founding, device identity.Device) (err error) {
	r, err := replica.Open(replica.Config{Dir: f.Dir, Vault: f.Vault, Hub: true, New: true, Schema: f.Schema, Now: f.Now})
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := r.Close(); err == nil {
			err = closeErr
		}
	}()
	a := NewAdmission(r)
	if err := a.PutUnits(ctx, f.Units); err != nil {
		return fault.Wrap("write the units", err)
	}
	return r.Streams.Write(ctx, func(w *streams.Writer) error { return a.putDevice(w, device) })
}

// founder admits the first device, before there is a journal.
type founder struct {
	root   tree.Unit
	ticket identity.Ticket
	device identity.Device
}

var _ identity.Registry = (*founder)(nil)

// PutTicket implements identity.Registry.
func (f *founder) PutTicket(_ context.Context, t identity.Ticket) error {
	f.ticket = t
	return nil
}

// Ticket implements identity.Registry.
func (f *founder) Ticket(context.Context, identity.TicketID) (identity.Ticket, error) {
	return f.ticket, nil
}

// Admit implements identity.Registry.
func (f *founder) Admit(_ context.Context, _ identity.TicketID, _ change.DeviceID, decide identity.Decide) (err error) {
	f.ticket, f.device, err = decide(&f.ticket, nil)
	return err
}

// Device implements identity.Registry.
func (f *founder) Device(context.Context, change.DeviceID) (identity.Device, error) {
	return f.device, nil
}

// Place implements identity.Registry.
func (f *founder) Place(context.Context, change.UnitID) (identity.Place, error) {
	return identity.Place{Level: int(f.root.Level), RootUnit: f.root.ID, Parents: []identity.Parent{}}, nil
}

// Hubs implements identity.Registry.
func (f *founder) Hubs(context.Context, change.UnitID) ([]identity.Hub, error) { return nil, nil }
