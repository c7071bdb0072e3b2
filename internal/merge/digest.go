package merge

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

const digestDomain = "tongbu/digest/1\n"

// Digest sums the states of many records, so that two tiers can prove with 32
// bytes that they hold the same.
type Digest struct {
	sum   hash.Hash
	kind  string
	id    change.RecordID
	begun bool
}

// NewDigest returns the digest of no records.
func NewDigest() *Digest {
	d := &Digest{sum: sha256.New()}
	d.sum.Write([]byte(digestDomain))
	return d
}

// Add takes in a record's state as Encode returns it. Records come in
// ascending order of the bytes of kind, then id; anything else (a database
// that sorts by language, say) returns Internal, and the sum is worth nothing.
func (d *Digest) Add(kind string, id change.RecordID, state []byte) error {
	if d.begun && cmp.Or(cmp.Compare(d.kind, kind), cmp.Compare(d.id, id)) >= 0 {
		return fault.New(fault.Internal, "records come to the digest out of order")
	}
	d.kind, d.id, d.begun = kind, id, true
	d.writeSized([]byte(kind))
	d.writeSized([]byte(id))
	d.writeSized(state)
	return nil
}

// Sum returns the digest of the records added so far.
func (d *Digest) Sum() change.Hash { return change.Hash(d.sum.Sum(nil)) }

// writeSized writes the length too, so that no two lists of records look alike.
func (d *Digest) writeSized(p []byte) {
	d.sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
	d.sum.Write(p)
}
