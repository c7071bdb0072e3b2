package operate

import (
	"tongbu/internal/change"
	"tongbu/internal/members"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

// SecondHubs lists the units of which several hubs are active: this device's own
// unit, whose other hub is never heard here, and units below of which several are
// heard.
func (o *Operate) SecondHubs() []SecondHub {
	live := map[change.DeviceID]bool{}
	for _, d := range o.at.Contact.All() {
		live[d.Peer.Device] = d.Connected
	}
	byUnit := map[change.UnitID][]members.Device{}
	var units []change.UnitID // in the order of Devices
	for _, d := range o.at.Members.Devices() {
		own := d.Unit == o.at.Place.Unit
		if d.State != system.Active || d.Level >= tree.Community || !own && !live[d.ID] {
			continue
		}
		if byUnit[d.Unit] == nil {
			units = append(units, d.Unit)
		}
		byUnit[d.Unit] = append(byUnit[d.Unit], d)
	}
	var seconds []SecondHub
	for _, unit := range units {
		if hubs := byUnit[unit]; len(hubs) > 1 {
			seconds = append(seconds, o.secondHub(unit, hubs, live))
		}
	}
	return seconds
}

func (o *Operate) secondHub(unit change.UnitID, hubs []members.Device, live map[change.DeviceID]bool) SecondHub {
	used := hubs[0]
	for _, d := range hubs[1:] {
		if d.Enrolled > used.Enrolled {
			used = d
		}
	}
	s := SecondHub{Unit: o.at.Members.Code(unit), Name: o.at.Members.Name(unit), Used: used.ID}
	for _, d := range hubs {
		if d.ID != used.ID {
			s.Others = append(s.Others, Other{Device: d.ID, Address: d.Address, Live: live[d.ID] || d.ID == o.at.Keys.Device()})
		}
	}
	return s
}
