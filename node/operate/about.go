package operate

import "tongbu/internal/change"

// Machine is what a page says of the computer a directory is on. Nothing of it takes
// longer than a look at what is kept in memory.
type Machine struct {
	Unit        string // division code
	Name        string
	Device      change.DeviceID
	Program     string
	Certificate Certificate
	Clock       Clock
	Disk        Disk
	Journal     int64 // bytes that the records take
	Nightly     Nightly
	Parent      *Parent // nil: there is none
}

// Machine reads it.
func (o *Operate) Machine() Machine {
	unit := o.at.Members.Unit()
	return Machine{Unit: unit.Code, Name: unit.Name, Device: o.at.Keys.Device(), Program: o.at.Program(), Certificate: o.certificate(), Clock: o.clockState(),
		Disk: o.Disk(), Journal: o.at.Journal.Size(), Nightly: o.Nightly(), Parent: o.parentState()}
}

// Pages is where a node shows its pages; "" where it does not.
type Pages struct {
	Address string   `json:"address"`       // on this computer
	LAN     []string `json:"lan,omitempty"` // for other computers of the station
}

// ShowsPages says where the pages are shown while they are.
func (o *Operate) ShowsPages(at Pages) { o.pages.Store(&at) }

// Pages is where they are shown; the zero value: nowhere.
func (o *Operate) Pages() Pages {
	if at := o.pages.Load(); at != nil {
		return *at
	}
	return Pages{}
}
