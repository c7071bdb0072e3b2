package operate

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/members"
	"tongbu/internal/system"
)

// Address is where a hub was told to be, and how the last attempt there ended.
type Address struct {
	Unit    string          `json:"unit"` // division code
	Tier    string          `json:"tier,omitempty"`
	Device  change.DeviceID `json:"device,omitempty"` // "": of the unit, whichever its device
	Address string          `json:"address"`
	Web     string          `json:"web,omitempty"`
	Door    string          `json:"door,omitempty"`
	By      string          `json:"by"`               // hub, city, grant or hand: who told it
	Since   time.Time       `json:"since,omitzero"`   // when it was told, by the clock of who told it
	Heard   time.Time       `json:"heard,omitzero"`   // when it came here
	Left    time.Time       `json:"left,omitzero"`    // when a newer one came here
	Present bool            `json:"present"`          // false: it is tried after the present ones
	Tried   time.Time       `json:"tried,omitzero"`   // last, since the start
	Result  string          `json:"result,omitempty"` // of that: "answered", or what failed
}

// Addresses lists where the hubs above were told to be, as they are preferred, and
// where this hub has said that it is.
func (o *Operate) Addresses() []Address {
	now := o.at.Now()
	all := []Address{}
	if o.at.IsHub() {
		for _, a := range o.at.Members.Addresses(o.at.Place.Unit, now) {
			if a.Device == o.at.Keys.Device() {
				all = append(all, o.shown(a))
			}
		}
	}
	for _, a := range o.at.Members.Parents(now) {
		all = append(all, o.shown(a))
	}
	return all
}

func (o *Operate) shown(a members.Address) Address {
	shown := Address{Unit: o.at.Members.Code(a.Unit), Device: a.Device, Address: a.Address, Web: a.Web, Door: a.Door, By: a.By,
		Since: timeOf(a.Since), Heard: timeOf(a.Heard), Left: timeOf(a.Left), Present: !a.Past}
	if t := o.at.Members.Tree(); t != nil {
		if u, ok := t.Unit(a.Unit); ok {
			shown.Tier = u.Level.String()
		}
	}
	if try, ok := o.at.Uplink.Tried(a.Unit, a.Address); ok {
		shown.Tried, shown.Result = try.At, "answered"
		if try.Err != nil {
			shown.Result = strings.Join(strings.Fields(try.Err.Error()), " ")
		}
	}
	return shown
}

func timeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// SetAddress notes by hand where the hub of a unit above is, and lists what is
// known then. It returns NotFound for a unit that is not known, Invalid for one
// that is not above or an address that leads nowhere.
func (o *Operate) SetAddress(ctx context.Context, unit string, at system.HubAddress) ([]Address, error) {
	id := change.UnitID(unit)
	if !slices.Contains(o.at.Members.Above(), id) { // before the tree came, a unit has no code
		var err error
		if id, err = o.at.Members.UnitOf(unit); err != nil {
			return nil, err
		}
	}
	if err := o.at.SetAddress(ctx, id, at); err != nil {
		return nil, err
	}
	return o.Addresses(), nil
}

// Moved is a hub that others have to find elsewhere than where it joined.
type Moved struct {
	Address string    `json:"address"`
	Since   time.Time `json:"since"`
	Unheard []Unheard `json:"unheard"` // devices below that are not known to have heard
	More    int       `json:"more"`    // how many of them are not listed
}

// Unheard is a device that is not known to have heard where the hub is.
type Unheard struct {
	Unit   string          `json:"unit"`
	Device change.DeviceID `json:"device"`
	Heard  time.Time       `json:"heard,omitzero"` // when it was last heard from
}

// moved says where this hub is and who has not heard; nil while it is where it was
// when it joined. A device says itself what it has heard. A hub that keeps no view
// cannot read that: there who was heard from since counts, as everybody is told at
// once when a line is up.
func (o *Operate) moved(ctx context.Context) (*Moved, error) {
	self, _ := o.at.Members.Device(o.at.Keys.Device())
	own := o.at.Members.Addresses(o.at.Place.Unit, o.at.Now())
	i := slices.IndexFunc(own, func(a members.Address) bool { return a.Device == self.ID && a.By == members.ByHub && !a.Past })
	if i < 0 {
		return nil, nil
	}
	m := &Moved{Address: own[i].Address, Since: timeOf(own[i].Since), Unheard: []Unheard{}}
	mark := system.HeardHub{Hub: self.ID, Incarnation: own[i].Incarnation, Seq: own[i].Seq}
	seen := o.lastSeen()
	for _, d := range o.at.Members.Devices() {
		below := d.State == system.Active && d.Unit != o.at.Place.Unit && o.at.Members.Below(o.at.Place.Unit, d.Unit)
		if !below {
			continue
		}
		heard, err := o.hasHeard(ctx, d, mark, seen[d.ID], own[i].Heard)
		switch {
		case err != nil:
			return nil, err
		case heard:
		case len(m.Unheard) == maxListed:
			m.More++
		default:
			m.Unheard = append(m.Unheard, Unheard{Unit: d.Code, Device: d.ID, Heard: timeOf(seen[d.ID])})
		}
	}
	return m, nil
}

// lastSeen is when each device below was last heard from, in Unix milliseconds.
func (o *Operate) lastSeen() map[change.DeviceID]int64 {
	seen := map[change.DeviceID]int64{}
	for _, d := range o.at.Contact.All() {
		seen[d.Peer.Device] = d.Heard
	}
	return seen
}

// hasHeard reports whether a device is known to have heard where this hub is.
func (o *Operate) hasHeard(ctx context.Context, d members.Device, mark system.HeardHub, seen, since int64) (bool, error) {
	if o.beyond.Record == nil {
		return seen > since, nil
	}
	if o.told.has(mark, d.ID) {
		return true, nil
	}
	said, err := o.beyond.Record(ctx, system.DeviceStateKind, change.RecordID(d.ID))
	if kind := fault.Of(err); kind == fault.NotFound || kind == fault.Unavailable { // it has said nothing, or the view is away
		return false, nil
	}
	if err != nil {
		return false, fault.Wrap("read what the devices have heard", err)
	}
	heard := mark.CoveredBy(system.DeviceStateFrom(said).Addresses)
	if heard {
		o.told.add(d.ID)
	}
	return heard, nil
}

// told remembers who has heard: they need not be read again.
type told struct {
	mu    sync.Mutex // guards all below
	mark  system.HeardHub
	heard map[change.DeviceID]bool
}

// has reports whether a device is known to have heard up to the mark, and begins
// again with another one.
func (t *told) has(mark system.HeardHub, d change.DeviceID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mark != mark {
		t.mark, t.heard = mark, map[change.DeviceID]bool{}
	}
	return t.heard[d]
}

func (t *told) add(d change.DeviceID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard[d] = true
}
