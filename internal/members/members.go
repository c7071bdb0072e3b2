// Package members is what a device knows of the network it belongs to: the
// tree of units, the devices on its path and the programs that may ask, as the city
// last said. It is read from records and kept in memory; every batch, every
// connection and every question of a program is judged by it.
package members

import (
	"cmp"
	"crypto/ed25519"
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"

	"tongbu/internal/change"
	"tongbu/internal/division"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

// Device is an installation, as the city knows it.
type Device struct {
	ID       change.DeviceID `json:"device"`
	Unit     change.UnitID   `json:"-"`
	Code     string          `json:"unit"`
	Level    tree.Level      `json:"level"`
	Name     string          `json:"name,omitempty"`
	Address  string          `json:"address,omitempty"` // host:port of a hub's gRPC
	Web      string          `json:"web,omitempty"`     // host:port of a hub's HTTPS
	Door     string          `json:"door,omitempty"`    // host:port of a hub's renewal
	Enrolled int64           `json:"enrolled_ms"`
	State    string          `json:"state"`
	// Key is the public half of the device's key; nil when its record holds none
	// that is the device's.
	Key ed25519.PublicKey `json:"-"`

	enrolledAt system.HubAddress // where it was when it joined
}

// Members is safe for concurrent use.
type Members struct {
	place   identity.Placement
	granted func() []identity.Parent // the hubs above, as the last grant named them
	current atomic.Pointer[snapshot]
	loading sync.Mutex // held while the records are read
}

type snapshot struct {
	version version         // of the records; zero before they were read
	tree    *tree.Tree      // nil until the city's units have come
	units   []tree.Unit     // that the tree is made of
	steps   []division.Step // what the city has announced of units, also what is in force
	devices map[change.DeviceID]Device
	// addresses are those ever told: device, or prefix and unit -> newest first.
	addresses map[string][]Address
	programs  programs
}

// New makes members that know the device's own place only.
func New(place identity.Placement) *Members {
	r := &Members{place: place, granted: func() []identity.Parent { return place.Parents }}
	r.current.Store(&snapshot{devices: map[change.DeviceID]Device{}})
	return r
}

// Follow has the members read the hubs above from the grant of now, which a renewal
// replaces. It is called before anything else is.
func (r *Members) Follow(granted func() []identity.Parent) { r.granted = granted }

// versionTable counts the changes of units, devices and programs, in the journal's
// file: kind -> how many.
const versionTable = "registry.version"

// version is how much of the city's word on units, devices and programs is known, and
// of the hubs' on where they are.
type version struct{ units, devices, programs, addresses uint64 }

// Touch notes that the transaction changes records of the kinds.
func Touch(tx *journal.Tx, kinds ...string) error {
	for _, kind := range kinds {
		n, err := changeCount(tx, kind)
		if err != nil {
			return err
		}
		if err := tx.Table(versionTable).Put([]byte(kind), binary.BigEndian.AppendUint64(nil, n+1)); err != nil {
			return err
		}
	}
	return nil
}

// changeCount counts from 1.
func changeCount(tx *journal.Tx, kind string) (uint64, error) {
	raw, err := tx.Table(versionTable).Get([]byte(kind))
	if err != nil || len(raw) != 8 {
		return 1, err
	}
	return binary.BigEndian.Uint64(raw), nil
}

func versionOf(tx *journal.Tx) (v version, err error) {
	if v.units, err = changeCount(tx, system.UnitKind); err != nil {
		return v, err
	}
	if v.devices, err = changeCount(tx, system.DeviceKind); err != nil {
		return v, err
	}
	if v.programs, err = changeCount(tx, system.ProgramKind); err != nil {
		return v, err
	}
	v.addresses, err = changeCount(tx, system.HubAddressKind)
	return v, err
}

// newer reports whether v knows more than o of any.
func (v version) newer(o version) bool {
	return v.units > o.units || v.devices > o.devices || v.programs > o.programs || v.addresses > o.addresses
}

// Load reads the records when they are newer than those it knows, and reports
// whether it did and whether the tree is another one. A tree that does not
// hold together leaves the present one in place.
func (r *Members) Load(tx *journal.Tx, store *records.Records) (read, changed bool, err error) {
	r.loading.Lock()
	defer r.loading.Unlock()
	before := r.current.Load()
	next := &snapshot{devices: map[change.DeviceID]Device{}}
	if next.version, err = versionOf(tx); err != nil || !next.version.newer(before.version) {
		return false, false, err
	}
	next.tree, next.units, next.steps = before.tree, before.units, before.steps
	if next.version.units > before.version.units { // many, and they seldom change
		if err = next.readTree(tx, store); err != nil {
			return false, false, err
		}
	}
	if next.addresses, err = readAddresses(tx); err != nil {
		return false, false, err
	}
	if next.version.units > before.version.units || next.version.devices > before.version.devices {
		err = next.readDevices(tx, store)
	} else { // hubs moved, or programs came
		for id, dev := range before.devices {
			next.devices[id] = next.located(dev)
		}
	}
	if err != nil {
		return false, false, err
	}
	if next.programs = before.programs; next.version.programs > before.version.programs {
		if next.programs, err = readPrograms(tx, store); err != nil {
			return false, false, err
		}
	}
	r.current.Store(next)
	return true, !sameTree(before.tree, next.tree), nil
}

// readTree leaves the tree that there was in place while only half of the city's word has
// come: the rest follows.
func (s *snapshot) readTree(tx *journal.Tx, store *records.Records) error {
	var units []tree.Unit
	err := store.Each(tx, system.UnitKind, "", func(u *merge.Record) error {
		units = append(units, system.UnitFrom(u))
		return nil
	})
	if err != nil {
		return err
	}
	steps, err := readSteps(tx, store)
	if err != nil {
		return err
	}
	if next, err := division.Present(units, steps); err == nil {
		s.tree, s.units, s.steps = next, units, steps
	}
	return nil
}

func readSteps(tx *journal.Tx, store *records.Records) (steps []division.Step, err error) {
	err = store.Each(tx, system.DivisionKind, "", func(r *merge.Record) error {
		if s, ok := system.DivisionFrom(r); ok {
			steps = append(steps, s)
		}
		return nil
	})
	return steps, err
}

func (s *snapshot) readDevices(tx *journal.Tx, store *records.Records) error {
	return store.Each(tx, system.DeviceKind, "", func(d *merge.Record) error {
		dev := s.deviceOf(d)
		s.devices[dev.ID] = dev
		return nil
	})
}

func (s *snapshot) deviceOf(r *merge.Record) Device {
	d := system.DeviceFrom(r)
	dev := Device{ID: d.ID, Unit: d.Unit, Level: d.Level, Name: d.Name, Enrolled: d.Enrolled, State: d.State,
		enrolledAt: told(system.HubAddress{Address: d.Address, Web: d.Web, Door: d.Door})}
	if len(d.Key) == ed25519.PublicKeySize && change.DeviceOf(d.Key) == d.ID {
		dev.Key = d.Key
	}
	if s.tree != nil {
		u, _ := s.tree.Unit(dev.Unit)
		dev.Code = u.Code
	}
	return s.located(dev)
}

// located is a device with where it is now, which the hub itself knows best.
func (s *snapshot) located(d Device) Device {
	now := d.enrolledAt
	if said := s.addresses[string(d.ID)]; len(said) > 0 {
		now = said[0].HubAddress
	}
	d.Address, d.Web, d.Door = now.Address, now.Web, now.Door
	return d
}

func sameTree(a, b *tree.Tree) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.Equal(a.Units(a.Root().ID), b.Units(b.Root().ID))
}

// Edition grows whenever the units, the devices, the programs or the addresses were
// read again.
func (r *Members) Edition() uint64 {
	v := r.current.Load().version
	return v.units + v.devices + v.programs + v.addresses
}

// Tree is the tree of units, nil before the city's units have come.
func (r *Members) Tree() *tree.Tree { return r.current.Load().tree }

// TreeOn is the tree of a day that is over, and of one that is to come as far as it is
// announced; nil where there is none. The tree of today is Tree.
func (r *Members) TreeOn(day string) *tree.Tree {
	now := r.current.Load()
	if now.tree == nil || len(now.steps) == 0 {
		return now.tree
	}
	then, err := division.Tree(now.units, now.steps, day)
	if err != nil {
		return nil
	}
	return then
}

// KnowsUnits reports whether the tree is made of the units that a transaction has.
func (r *Members) KnowsUnits(tx *journal.Tx) (bool, error) {
	n, err := changeCount(tx, system.UnitKind)
	return n == r.current.Load().version.units, err
}

// Divisions are what the city has announced of units: what is to come, and what was.
func (r *Members) Divisions() []division.Step { return slices.Clone(r.current.Load().steps) }

// Unit is the device's own unit; before the tree came, without code and name.
func (r *Members) Unit() tree.Unit {
	if t := r.Tree(); t != nil {
		if u, ok := t.Unit(r.place.Unit); ok {
			return u
		}
	}
	return tree.Unit{ID: r.place.Unit, Level: tree.Level(r.place.Level)}
}

// Device returns what is known of a device.
func (r *Members) Device(id change.DeviceID) (Device, bool) {
	d, ok := r.current.Load().devices[id]
	return d, ok
}

// Code is the division code of a unit, as people know it; its id while the tree
// does not know it.
func (r *Members) Code(unit change.UnitID) string {
	if t := r.Tree(); t != nil {
		if u, ok := t.Unit(unit); ok {
			return u.Code
		}
	}
	return string(unit)
}

// Codes are the division codes of the device's own unit, those of before too.
func (r *Members) Codes() []string {
	if t := r.Tree(); t != nil {
		return t.Codes(r.place.Unit)
	}
	return nil
}

// HolderCode is the code of the unit that holds what a unit has made: its own, or that of
// its heir.
func (r *Members) HolderCode(unit change.UnitID) string { return r.Code(r.Heir(unit)) }

// Name is what people call a unit; "" while the tree does not know it.
func (r *Members) Name(unit change.UnitID) string {
	if t := r.Tree(); t != nil {
		u, _ := t.Unit(unit)
		return u.Name
	}
	return ""
}

// UnitOf resolves a division code or a unit's id. It returns Unavailable before
// the tree has come, NotFound for a unit that is not in it.
func (r *Members) UnitOf(text string) (change.UnitID, error) {
	t := r.Tree()
	if t == nil {
		return "", fault.New(fault.Unavailable, "the tree of units has not arrived here yet")
	}
	if u, ok := t.ByCode(text); ok {
		return u.ID, nil
	}
	if u, ok := t.Unit(change.UnitID(text)); ok {
		return u.ID, nil
	}
	return "", fault.New(fault.NotFound, "no unit %q in the tree", text)
}

// Banned reports a device that the city revoked.
func (r *Members) Banned(id change.DeviceID) bool {
	d, ok := r.Device(id)
	return ok && d.State == system.Revoked
}

// Devices lists the devices known, by unit code and id.
func (r *Members) Devices() []Device {
	devices := make([]Device, 0, len(r.current.Load().devices))
	for _, d := range r.current.Load().devices {
		devices = append(devices, d)
	}
	sortDevices(devices)
	return devices
}

// Hubs lists the devices of tiers that serve others which are not revoked, as Devices
// orders them: a city has few of them, and thousands of others.
func (r *Members) Hubs() []Device {
	var hubs []Device
	for _, d := range r.current.Load().devices {
		if d.Level < tree.Community && d.State == system.Active {
			hubs = append(hubs, d)
		}
	}
	sortDevices(hubs)
	return hubs
}

func sortDevices(devices []Device) {
	slices.SortFunc(devices, func(a, b Device) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.ID, b.ID)) })
}

// hubsOf lists the hubs of a unit that may serve others, the latest enrolled first.
func (s *snapshot) hubsOf(unit change.UnitID) []Device {
	var hubs []Device
	for _, d := range s.devices {
		if d.Unit == unit && d.State == system.Active && d.Address != "" {
			hubs = append(hubs, d)
		}
	}
	slices.SortFunc(hubs, func(a, b Device) int { return cmp.Or(cmp.Compare(b.Enrolled, a.Enrolled), cmp.Compare(a.ID, b.ID)) })
	return hubs
}
