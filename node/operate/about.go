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
