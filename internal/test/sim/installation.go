package sim

import (
	"crypto/ed25519"
	"encoding/binary"
	"strings"

	"tongbu/internal/change"
	"tongbu/syncer"
)

// Installation is a made-up device of a unit.
type Installation struct {
	syncer.Peer
	Key ed25519.PrivateKey
}

// NewInstallation makes the n-th device; the same number, the same key.
func NewInstallation(n int, unit change.UnitID) Installation {
	seed := make([]byte, ed25519.SeedSize)
	binary.LittleEndian.PutUint64(seed, uint64(n))
	key := ed25519.NewKeyFromSeed(seed)
	return Installation{Key: key, Peer: syncer.Peer{Unit: unit, Device: change.DeviceOf(key.Public().(ed25519.PublicKey))}}
}

// Public is the key that others know.
func (d Installation) Public() ed25519.PublicKey { return d.Key.Public().(ed25519.PublicKey) }

// Stream is what the device says to an audience in its first incarnation.
func (d Installation) Stream(audience change.UnitID) change.Stream {
	return change.Stream{Device: d.Device, Incarnation: 1, Audience: audience}
}

// Certificate is what stands for a certificate here: the unit and the key.
// The city's signature is a list of the devices enrolled (enrolled).
func (d Installation) Certificate() []byte { return append([]byte(d.Unit+"/"), d.Public()...) }

// ReadCertificate is the inverse of Certificate.
func ReadCertificate(raw []byte) (syncer.Peer, ed25519.PublicKey) {
	unit, key, _ := strings.Cut(string(raw), "/")
	return syncer.Peer{Unit: change.UnitID(unit), Device: change.DeviceOf(ed25519.PublicKey(key))}, ed25519.PublicKey(key)
}
