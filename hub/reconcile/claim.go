package reconcile

import (
	"bytes"
	"encoding/binary"
	"math"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// claim is whose a record is, and since when. Of several claims the one that
// people have acted on first counts: that of the earlier epoch of the city.
// In one epoch a record is taken once, by the first unit whose change of it
// was let stand, so that two claims of one epoch differ only when the city
// has lived it twice.
type claim struct {
	unit  change.UnitID
	epoch uint64 // of the city, in which the unit took the record
	heard bool   // the city has it from words of its own that it had lost
	from  uint64 // arrival from which on changes were judged by it; 0: by any
}

// plain is the form of nearly all claims: the unit alone.
func (c claim) plain() bool { return c.epoch <= 1 && !c.heard && c.from == 0 }

func (c claim) encode() []byte {
	raw := []byte(c.unit)
	if c.plain() {
		return raw
	}
	heard := byte(0)
	if c.heard {
		heard = 1
	}
	raw = append(raw, 0, heard)
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(raw, c.epoch), c.from)
}

// parseClaim is the inverse of encode; no bytes are no claim.
func parseClaim(raw []byte) (claim, error) {
	unit, rest, more := bytes.Cut(raw, []byte{0})
	c := claim{unit: change.UnitID(unit), epoch: 1}
	if !more {
		return c, nil
	}
	if len(rest) != 17 {
		return c, fault.New(fault.Damaged, "the holder of a record cannot be read")
	}
	c.heard, c.epoch, c.from = rest[0] == 1, binary.BigEndian.Uint64(rest[1:]), binary.BigEndian.Uint64(rest[9:])
	return c, nil
}

// yields reports whether the claim gives way to one that the city hears of. What
// the city has judged since it was put back yields to all it had said before,
// what it judged earlier only to what is as old.
func (c claim) yields(to claim, putBack uint64) bool {
	epoch := c.epoch
	if !c.heard && c.from > putBack {
		epoch = math.MaxUint64
	}
	switch {
	case c.unit == "" || to.epoch != epoch:
		return c.unit == "" || to.epoch < epoch
	case !c.heard:
		return true
	}
	return to.unit < c.unit
}
