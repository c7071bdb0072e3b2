// Package change is the vocabulary of replication: changes, the streams they
// are numbered in, the signed batches they travel in, and the city's receipts.
//
// Everything that is hashed or signed is CBOR in the core deterministic form
// (RFC 8949, section 4.2.1). A decoder accepts nothing else: what it accepts
// encodes to the same bytes again. The package is pure: no clock, no socket,
// no file.
package change

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"tongbu/internal/fault"
)

// Limits on names, in bytes.
const (
	MaxRecordID = 64
	MaxKind     = 32
	MaxField    = 32
	MaxActor    = 64
	idLength    = 16
)

// DeviceID names one installation: the first 80 bits of the SHA-256 of its
// Ed25519 public key in lower-case base32. So a key proves its own name.
type DeviceID string

// UnitID names a unit of the tree for ever; the division code of the unit is
// an attribute that may change.
type UnitID string

// RecordID names a record for ever, in all tiers.
type RecordID string

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// DeviceOf returns the name of the device that holds the key.
func DeviceOf(key ed25519.PublicKey) DeviceID {
	sum := sha256.Sum256(key)
	return DeviceID(base32Lower.EncodeToString(sum[:10]))
}

// Inner names the audience of what a unit keeps to itself: it goes up, and never to whom is
// below the unit. That of an inner audience is the unit again.
func (u UnitID) Inner() UnitID {
	id := []byte(u)
	for i, c := range id {
		id[i] = innerLetter(c)
	}
	return UnitID(id)
}

// IsInner reports whether an audience is the inner one of a unit.
func (u UnitID) IsInner(of UnitID) bool {
	for i := range len(u) {
		if i >= len(of) || u[i] != innerLetter(of[i]) {
			return false
		}
	}
	return len(u) == len(of) && u != ""
}

func innerLetter(c byte) byte {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	if at := strings.IndexByte(letters, c); at >= 0 {
		return letters[at^16]
	}
	return c
}

// NewUnitID makes a unit's name from 80 random bits.
func NewUnitID(random [10]byte) UnitID {
	return UnitID(base32Lower.EncodeToString(random[:]))
}

// Validate returns Invalid unless the id has the form DeviceOf makes.
func (d DeviceID) Validate() error { return validBase32("device", string(d)) }

// Validate returns Invalid unless the id has the form NewUnitID makes.
func (u UnitID) Validate() error { return validBase32("unit", string(u)) }

// Validate returns Invalid unless the id is 1 to 64 of a-z, 0-9, '-', '_' and
// '.'.
func (r RecordID) Validate() error { return validName("record id", string(r), MaxRecordID) }

// ValidateName is Validate for the name under which a record is kept (Of), which may
// be an id of before behind its unit.
func (r RecordID) ValidateName() error { return validName("record id", string(r), MaxName) }

func validBase32(what, s string) error {
	if len(s) != idLength {
		return fault.New(fault.Invalid, "%s id has %d characters, not %d", what, len(s), idLength)
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return fault.New(fault.Invalid, "%s id has a character outside a-z and 2-7", what)
		}
	}
	return nil
}

func validName(what, s string, limit int) error {
	if s == "" || len(s) > limit {
		return fault.New(fault.Invalid, "%s has %d characters, not 1 to %d", what, len(s), limit)
	}
	for i := range len(s) {
		if !inName[s[i]] {
			return fault.New(fault.Invalid, "%s may hold a-z, 0-9, '-', '_' and '.' only", what)
		}
	}
	return nil
}

// inName are the bytes that a name may hold.
var inName = func() (in [256]bool) {
	for _, b := range []byte("abcdefghijklmnopqrstuvwxyz0123456789-_.") {
		in[b] = true
	}
	return in
}()
