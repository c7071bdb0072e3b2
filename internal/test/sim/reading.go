package sim

import (
	"crypto/ed25519"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

var errEmpty = fault.New(fault.Damaged, "nothing where something signed should be")

// reading is a batch that was parsed once. Devices hand on the same bytes, so
// form, signature and changes are looked at once for all of them: that is what
// makes a virtual month cheap. Other bytes, of equal content even, are parsed
// and verified again.
type reading struct {
	*change.Batch
	verified bool
	genuine  error
	opened   bool
	changes  []*change.Change
	numbers  []uint64 // what the truth calls the changes; 0: nothing it made
	broken   error
}

// readings are known by the place of their first byte.
type readings map[*byte]*reading

func (r readings) parse(raw []byte) (*reading, error) {
	if len(raw) == 0 {
		return nil, errEmpty
	}
	if known := r[&raw[0]]; known != nil && len(known.Bytes()) == len(raw) {
		return known, nil
	}
	b, err := change.ParseBatch(raw)
	if err != nil {
		return nil, err
	}
	x := &reading{Batch: b}
	r[&raw[0]] = x
	return x, nil
}

// oneIn is how many signatures made here are checked for each that is: bytes
// that were signed in this process and never touched are known to be good.
const oneIn = 16

// addSealed takes in a batch that was sealed just now.
func (r readings) addSealed(b *change.Batch) *reading {
	hash := b.Hash()
	x := &reading{Batch: b, verified: hash[0]%oneIn != 0}
	r[&b.Bytes()[0]] = x
	return x
}

func (x *reading) verify(key ed25519.PublicKey) error {
	if !x.verified {
		x.verified, x.genuine = true, x.Batch.Verify(key)
	}
	return x.genuine
}

// read returns the changes, or why there are none to be read.
func (x *reading) read() ([]*change.Change, error) {
	if !x.opened {
		x.opened = true
		x.changes, x.broken = x.Batch.Changes()
		for _, c := range x.changes {
			x.numbers = append(x.numbers, numberOf(c))
		}
	}
	return x.changes, x.broken
}

// signature is a receipt that was parsed once, and verified once.
type signature struct {
	*change.SignedReceipt
	verified bool
	genuine  error
}

// signatures are known by the place of their first byte.
type signatures map[*byte]*signature

func (s signatures) parse(raw []byte) (*signature, error) {
	if len(raw) == 0 {
		return nil, errEmpty
	}
	if known := s[&raw[0]]; known != nil && len(known.Bytes()) == len(raw) {
		return known, nil
	}
	r, err := change.ParseReceipt(raw)
	if err != nil {
		return nil, err
	}
	x := &signature{SignedReceipt: r}
	s[&raw[0]] = x
	return x, nil
}

// addSigned takes in a receipt that was signed just now.
func (s signatures) addSigned(r *change.SignedReceipt) {
	s[&r.Bytes()[0]] = &signature{SignedReceipt: r, verified: r.Hash[0]%oneIn != 0}
}

func (x *signature) verify(key ed25519.PublicKey) error {
	if !x.verified {
		x.verified, x.genuine = true, x.SignedReceipt.Verify(key)
	}
	return x.genuine
}
