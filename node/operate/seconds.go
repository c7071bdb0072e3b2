package operate

import (
	"tongbu/internal/change"
	"tongbu/internal/members"
)

// SecondHubs lists the units of which several hubs are active: this device's own
// unit, whose other hub is never heard here, and units below of which several are
// heard. It is asked whenever a device links or leaves.
func (o *Operate) SecondHubs() []SecondHub {
	byUnit := map[change.UnitID][]members.Device{}
	var units []change.UnitID // in the order of Hubs
	for _, d := range o.at.Members.Hubs() {
		if d.Unit != o.at.Place.Unit && !o.at.Contact.Connected(d.ID) {
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
			seconds = append(seconds, o.secondHub(unit, hubs))
		}
	}
	return seconds
}

func (o *Operate) secondHub(unit change.UnitID, hubs []members.Device) SecondHub {
	used := hubs[0]
	for _, d := range hubs[1:] {
		if d.Enrolled > used.Enrolled {
			used = d
		}
	}
	s := SecondHub{Unit: o.at.Members.Code(unit), Name: o.at.Members.Name(unit), Used: used.ID}
	for _, d := range hubs {
		if d.ID != used.ID {
			s.Others = append(s.Others, Other{Device: d.ID, Address: d.Address, Live: d.ID == o.at.Keys.Device() || o.at.Contact.Connected(d.ID)})
		}
	}
	return s
}
