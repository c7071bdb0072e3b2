package kit

import (
	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/syncer"
)

// Member is who the forger is on a line.
func (f *Forger) Member() identity.Member {
	return identity.Member{Unit: f.Unit.ID, Device: f.device()}
}

// Peer is the forger as a device that is heard.
func (f *Forger) Peer() syncer.Peer { return syncer.Peer{Unit: f.Unit.ID, Device: f.device()} }

func (f *Forger) device() change.DeviceID { return f.s.Keys.Device() }
