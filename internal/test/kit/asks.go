package kit

import (
	"crypto/ed25519"

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

// Key is the forger's private key.
func (f *Forger) Key() ed25519.PrivateKey { return f.s.Keys.Key() }

func (f *Forger) device() change.DeviceID { return f.s.Keys.Device() }
