package reconcile

import (
	"bytes"
	"encoding/binary"
	"math"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// ownerTable is kind 0 id -> claim of the unit that holds the record.
const ownerTable = "reconcile.owner"

func ownerKey(c *change.Change) []byte { return append(append([]byte(c.Kind), 0), c.Record...) }

// claim is whose a record is, and since when. Of several claims the one that
// people have acted on first counts: that of the earlier epoch of the city.
// Within one epoch a record is claimed once, by the first unit whose change of it
// stood, so two claims of one epoch differ only when the city has lived that
// epoch twice.
type claim struct {
	unit     change.UnitID
	epoch    uint64 // of the city, in which the unit claimed the record
	recalled bool   // known from words of the city that it had lost
	from     uint64 // arrival from which on changes were judged by it; 0: by any
}

// plain is the form of nearly all claims: the unit alone.
func (c claim) plain() bool { return c.epoch <= 1 && !c.recalled && c.from == 0 }

func (c claim) encode() []byte {
	raw := []byte(c.unit)
	if c.plain() {
		return raw
	}
	recalled := byte(0)
	if c.recalled {
		recalled = 1
	}
	raw = append(raw, 0, recalled)
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
	c.recalled, c.epoch, c.from = rest[0] == 1, binary.BigEndian.Uint64(rest[1:]), binary.BigEndian.Uint64(rest[9:])
	return c, nil
}

// yields reports whether the claim gives way to a recalled one. What the city has
// judged since it was restored yields to all it had said before, what it judged
// earlier only to what is as old.
func (c claim) yields(to claim, restored uint64) bool {
	epoch := c.epoch
	if !c.recalled && c.from > restored {
		epoch = math.MaxUint64
	}
	switch {
	case c.unit == "" || to.epoch != epoch:
		return c.unit == "" || to.epoch < epoch
	case !c.recalled:
		return true
	}
	return to.unit < c.unit
}

// holderOf is the claim to a record: of the first unit whose change of it stood,
// of the city for what it wrote itself; none for a new record. An id that names
// its maker says it.
func (j *judging) holderOf(c *change.Change) (claim, error) {
	if maker, named := c.Record.Maker(); named && !change.Ruled(c.Kind) {
		moved, err := j.holding(c.Kind, c.Record)
		if moved.Moved() {
			maker = moved.Unit
		}
		return claim{unit: maker, epoch: 1}, err
	}
	raw, err := j.w.Table(ownerTable).Get(ownerKey(c))
	if err != nil || raw != nil {
		if err != nil {
			return claim{}, err
		}
		return parseClaim(raw)
	}
	own, err := j.cfg.Records.Get(j.w.Tx, c.Kind, c.Record.Of(c.Kind, j.cfg.Members.Unit().ID))
	if err != nil || own == nil {
		return claim{}, err
	}
	return j.cityClaim(), nil
}

// cityClaim is the city's claim to what it has written itself: of the first
// epoch, as whoever else writes such a record has it from the city.
func (j *judging) cityClaim() claim { return claim{unit: j.cfg.Members.Unit().ID, epoch: 1} }

// claimRecord gives a record that nobody holds to the unit whose change of it
// stands.
func (j *judging) claimRecord(a journal.Arrival, c *change.Change) error {
	by := claim{unit: a.Author, epoch: j.epoch}
	if j.epoch > 1 {
		by.from = a.No
	}
	return j.w.Table(ownerTable).Put(ownerKey(c), by.encode())
}

// adoptClaim gives a record to the unit that a recalled word names, unless a
// better claim is known.
func (j *judging) adoptClaim(of *change.Change, to claim) error {
	if _, named := of.Record.Maker(); named {
		return nil // its id says whose it is
	}
	was, err := j.holderOf(of)
	if err != nil || !was.yields(to, j.restored) {
		return err
	}
	if was.unit == to.unit {
		to.from = was.from // what stood, stands
	} else {
		j.moves.add(of, was)
		if was.unit != "" {
			to.from = min(to.from, was.from) // what stood is judged again by this claim, from there on
		}
	}
	return j.w.Table(ownerTable).Put(ownerKey(of), to.encode())
}
