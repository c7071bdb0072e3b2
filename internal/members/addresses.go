package members

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/system"
)

// Who told an address.
const (
	ByHub   = "hub"   // the hub itself, in its own stream
	ByCity  = "city"  // the device's record, as of when it joined
	ByGrant = "grant" // the answer to joining or to a renewal
	ByHand  = "hand"  // a person at this directory
)

// Address is where a hub was told to be.
type Address struct {
	Unit   change.UnitID   `json:"unit"`
	Device change.DeviceID `json:"device,omitempty"` // "": of the unit, whichever its device
	system.HubAddress
	By          string `json:"by"`
	Since       int64  `json:"since_ms,omitempty"` // when it was told, by the clock of who told it; Unix milliseconds
	Heard       int64  `json:"heard_ms,omitempty"` // when it came here, by the clock here; 0: with the device's record
	Past        bool   `json:"past,omitempty"`     // another was told since
	Left        int64  `json:"left_ms,omitempty"`  // when that came here; 0: that is not known, or none did
	Incarnation uint32 `json:"incarnation,omitempty"`
	Seq         uint64 `json:"seq,omitempty"` // place in the hub's stream: the later is the newer
}

const (
	// addressTable holds the addresses ever told, in the journal's file: device,
	// or prefix and unit -> JSON, newest first.
	addressTable = "members.addresses"
	// unitPrefix begins the keys of what was told of a unit; no device's name does.
	unitPrefix = "unit:"
	// keptAddresses bounds what is kept of one hub: who tells more loses the oldest.
	keptAddresses = 8
	// KeptFor is how long an address is tried after a newer one came.
	KeptFor = 400 * 24 * time.Hour
)

// HearHub stores what a hub said of itself at a place of its stream. What leads
// nowhere is as if it had not been said.
func HearHub(tx *journal.Tx, in change.Stream, seq uint64, c *change.Change, now time.Time) error {
	a := Address{HubAddress: told(system.HubAddressFrom(c.Fields)), By: ByHub, Since: c.At, Heard: now.UnixMilli(), Incarnation: in.Incarnation, Seq: seq}
	return hear(tx, string(in.Device), a, func(a, b Address) int {
		return cmp.Or(cmp.Compare(b.Incarnation, a.Incarnation), cmp.Compare(b.Seq, a.Seq))
	})
}

// HearUnit stores an address of a unit's hub, told by a grant or by hand.
func HearUnit(tx *journal.Tx, unit change.UnitID, at system.HubAddress, by string, now time.Time) error {
	a := Address{HubAddress: told(at), By: by, Since: now.UnixMilli(), Heard: now.UnixMilli()}
	return hear(tx, unitPrefix+string(unit), a, func(a, b Address) int { return cmp.Compare(b.Heard, a.Heard) })
}

// told is the part of the addresses that may lead somebody to the hub.
func told(a system.HubAddress) system.HubAddress {
	for _, part := range []*string{&a.Address, &a.Web, &a.Door} {
		if !identity.Reachable(*part) {
			*part = ""
		}
	}
	return a
}

// hear adds an address to those under the key, newest first by the order. The same
// one again moves to its newest place and keeps when it was first heard, unless
// others came between.
func hear(tx *journal.Tx, key string, a Address, newest func(a, b Address) int) error {
	if a.Address == "" {
		return nil
	}
	all, err := addressesOf(tx, key)
	if err != nil || len(all) > 0 && all[0].HubAddress == a.HubAddress && newest(all[0], a) == 0 {
		return err
	}
	if len(all) > 0 && all[0].HubAddress == a.HubAddress {
		a.Since, a.Heard = all[0].Since, all[0].Heard
	}
	all = append(all, a)
	slices.SortStableFunc(all, newest)
	kept := unrepeated(all)
	kept = kept[:min(len(kept), keptAddresses)]
	raw, err := json.Marshal(kept)
	if err != nil {
		return fault.As(fault.Internal, "write the addresses of a hub", err)
	}
	if err := tx.Table(addressTable).Put([]byte(key), raw); err != nil {
		return err
	}
	return Touch(tx, system.HubAddressKind)
}

func addressesOf(tx *journal.Tx, key string) (all []Address, err error) {
	raw, err := tx.Table(addressTable).Get([]byte(key))
	if err != nil || raw == nil {
		return nil, err
	}
	if json.Unmarshal(raw, &all) != nil {
		return nil, nil //nolint:nilerr // of a form that this program does not know: they are told again
	}
	return all, nil
}

// Said is what a hub said last of where it is; false: nothing that is known here.
func Said(tx *journal.Tx, hub change.DeviceID) (a Address, said bool, err error) {
	all, err := addressesOf(tx, string(hub))
	if err != nil || len(all) == 0 {
		return a, false, err
	}
	return all[0], true, nil
}

func readAddresses(tx *journal.Tx) (map[string][]Address, error) {
	all := map[string][]Address{}
	err := tx.Table(addressTable).Ascend(nil, nil, func(key, raw []byte) error {
		var of []Address
		if json.Unmarshal(raw, &of) == nil {
			all[string(key)] = of
		}
		return nil
	})
	return all, err
}

// ofDevice lists the addresses of a hub, newest first: what it said itself, then
// what the city says of it since it joined.
func (s *snapshot) ofDevice(d Device) []Address {
	all := slices.Clone(s.addresses[string(d.ID)])
	for i := range all {
		all[i].Unit, all[i].Device = d.Unit, d.ID
	}
	enrolled := Address{Unit: d.Unit, Device: d.ID, HubAddress: d.enrolledAt, By: ByCity, Since: d.Enrolled}
	if enrolled.Address != "" && !slices.ContainsFunc(all, func(a Address) bool { return a.HubAddress == enrolled.HubAddress }) {
		all = append(all, enrolled)
	}
	return leaving(all)
}

// leaving notes when each of the addresses, newest first, was followed by another.
func leaving(all []Address) []Address {
	for i := range all[min(1, len(all)):] {
		all[i+1].Past, all[i+1].Left = true, all[i].Heard
	}
	return all
}

// ofUnit lists the addresses of a unit's hubs, those to be preferred first: the
// present ones, of the latest hub first, then what they were before. One set by
// hand is the present one until a hub says another; one of a grant while no hub of
// the unit is known.
func (s *snapshot) ofUnit(unit change.UnitID, granted []Address) []Address {
	var hubs []Address
	heard := int64(-1) // when the newest of a hub came; -1: none did
	for _, d := range s.hubsOf(unit) {
		of := s.ofDevice(d)
		heard = max(heard, of[0].Heard)
		hubs = append(hubs, of...)
	}
	others := append(granted, s.addresses[unitPrefix+string(unit)]...)
	slices.SortStableFunc(others, func(a, b Address) int {
		return cmp.Or(cmp.Compare(a.source(), b.source()), cmp.Compare(b.Heard, a.Heard))
	})
	others = unrepeated(others)
	if len(others) > 0 && heard >= 0 && (others[0].By != ByHand || others[0].Heard <= heard) {
		others[0].Past, others[0].Left = true, heard
	}
	all := append(leaving(others), hubs...)
	for i := range all {
		all[i].Unit = unit
	}
	slices.SortStableFunc(all, func(a, b Address) int { return cmp.Compare(a.age(), b.age()) })
	return unrepeated(all)
}

// age is 0 of a present address.
func (a Address) age() int {
	if a.Past {
		return 1
	}
	return 0
}

// source is 0 of what was set by hand.
func (a Address) source() int {
	if a.By == ByHand {
		return 0
	}
	return 1
}

// unrepeated leaves out what stands before.
func unrepeated(all []Address) (kept []Address) {
	for _, a := range all {
		if !slices.ContainsFunc(kept, func(b Address) bool { return a.HubAddress == b.HubAddress }) {
			kept = append(kept, a)
		}
	}
	return kept
}

// Addresses lists where the hubs of a unit were told to be, those to be preferred
// first, without those that were left longer ago than they are kept. What the
// present grant names is kept as long as it does.
func (r *Members) Addresses(unit change.UnitID, now time.Time) []Address {
	s := r.current.Load()
	var granted []Address
	for _, p := range r.granted() {
		a := Address{HubAddress: told(system.HubAddress{Address: p.Address, Web: p.Web, Door: p.Door}), By: ByGrant, Heard: now.UnixMilli()}
		for _, stored := range s.addresses[unitPrefix+string(unit)] {
			if stored.HubAddress == a.HubAddress {
				a = stored
			}
		}
		if p.Unit == unit && a.Address != "" {
			granted = append(granted, a)
		}
	}
	present := func(a Address) bool {
		return slices.ContainsFunc(granted, func(g Address) bool { return g.HubAddress == a.HubAddress })
	}
	return slices.DeleteFunc(s.ofUnit(unit, slices.Clone(granted)), func(a Address) bool {
		return a.Past && a.Left > 0 && now.Sub(time.UnixMilli(a.Left)) > KeptFor && !present(a)
	})
}

// Parents lists the addresses of the hubs above that may serve this device: of the
// nearest unit first, and of one unit those to be preferred first.
func (r *Members) Parents(now time.Time) (parents []Address) {
	for _, up := range r.Above() {
		parents = append(parents, r.Addresses(up, now)...)
	}
	return parents
}

// Above lists the units above this device, the nearest first.
func (r *Members) Above() []change.UnitID {
	var ups []change.UnitID
	if t := r.Tree(); t != nil {
		ups = t.Ancestors(r.place.Unit)
	}
	for _, p := range r.granted() {
		if !slices.Contains(ups, p.Unit) {
			ups = append(ups, p.Unit)
		}
	}
	return ups
}

// Heard names what this device has heard of the hubs above it where they moved,
// for the record in which it says so: device=incarnation.place, in order.
func (r *Members) Heard() string {
	s := r.current.Load()
	var marks []system.HeardHub
	for _, up := range r.Above() {
		for _, d := range s.hubsOf(up) {
			if of := s.addresses[string(d.ID)]; len(of) > 0 {
				marks = append(marks, system.HeardHub{Hub: d.ID, Incarnation: of[0].Incarnation, Seq: of[0].Seq})
			}
		}
	}
	slices.SortFunc(marks, func(a, b system.HeardHub) int { return strings.Compare(string(a.Hub), string(b.Hub)) })
	return system.FormatHeard(marks)
}
