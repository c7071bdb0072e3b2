package change

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// A record's id names the unit that made it: `<unit>.<name>`. The name is 26
// characters for a record that the program numbered, and 27 with a letter
// before it for one that its maker can name again.
const (
	nameLength = 26
	byNumber   = 'n' // own number of the maker
	byRun      = 'r' // a line of an import
)

var base32Name = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// NewRecordID names a new record of the unit. A UUID of version 7 (RFC 9562)
// makes ids sort by the time they were made.
func NewRecordID(maker UnitID, uuid [16]byte) RecordID {
	return maker.record(base32Name.EncodeToString(uuid[:]))
}

// Timed reports whether the id is one of NewRecordID, which no other unit's has the name of.
func (r RecordID) Timed() bool { return r.Formed() && len(r) == idLength+1+nameLength }

// NumberedRecordID names the record of a kind that carries the maker's own
// number: whichever of its devices says it, it is the same record. White space
// around the number and the form of its characters (Unicode NFC) do not matter.
func NumberedRecordID(maker UnitID, kind, number string) RecordID {
	return maker.record(string(byNumber) + hashName("n", kind, PlainNumber(number)))
}

// PlainNumber is the form in which an own number is kept and hashed.
func PlainNumber(number string) string { return norm.NFC.String(strings.TrimSpace(number)) }

// LineRecordID names the record of a line, from 1, of an import's run.
func LineRecordID(maker UnitID, kind, run string, line int) RecordID {
	return maker.record(string(byRun) + hashName("r", kind, run, line))
}

func (u UnitID) record(name string) RecordID { return RecordID(string(u) + "." + name) }

// hashName is the first 128 bits of the SHA-256 of the parts as canonical CBOR.
func hashName(parts ...any) string {
	raw, err := encMode.Marshal(parts)
	if err != nil {
		return "" // texts and a number only: cannot happen
	}
	sum := sha256.Sum256(raw)
	return base32Name.EncodeToString(sum[:16])
}

// Maker is the unit that an id names as the maker of its record; false for an id
// of before ids did.
func (r RecordID) Maker() (UnitID, bool) {
	unit, name, named := strings.Cut(string(r), ".")
	if !named || name == "" || UnitID(unit).Validate() != nil {
		return "", false
	}
	return UnitID(unit), true
}

// Formed reports whether the program forms such ids today.
func (r RecordID) Formed() bool {
	if _, named := r.Maker(); !named {
		return false
	}
	name := string(r[idLength+1:])
	if len(name) == nameLength+1 && (name[0] == byNumber || name[0] == byRun) {
		name = name[1:]
	}
	raw, err := base32Name.DecodeString(name)
	return err == nil && len(raw) == 16 && base32Name.EncodeToString(raw) == name
}

// NumberedAt is the id of the record that another unit calls by the same number; false
// when the id is not of a number.
func (r RecordID) NumberedAt(unit UnitID) (RecordID, bool) {
	if !r.Formed() || len(r) != idLength+1+nameLength+1 || r[idLength+1] != byNumber {
		return "", false
	}
	return unit.record(string(r[idLength+1:])), true
}

// MaxName is the length of the longest name of a record: an id of before, and
// the unit that is put before it.
const MaxName = MaxRecordID + idLength + 1

// Ruled reports whether ids of the kind follow a rule of their own: they name
// units, devices, places of streams or what is said.
func Ruled(kind string) bool {
	switch kind {
	case "unit", "division", "device", "refusal", "network", "publication", "program", "device_state", "audit_head", "hub_address", "released", ForwardKind, "custody":
		return true
	}
	return false
}

// Of is the name under which every tier keeps the record of a kind whose id was
// written by its holder, or by the city in an order to it. An id of before says
// nothing of a unit, so two units may have chosen the same one: then they are two
// records.
func (r RecordID) Of(kind string, holder UnitID) RecordID {
	if _, named := r.Maker(); named || Ruled(kind) {
		return r
	}
	return holder.record(string(r))
}

// Named is the change as one of the record of the name: itself, or a copy.
func (c *Change) Named(name RecordID) *Change {
	if c.Record == name {
		return c
	}
	named := *c
	named.Record = name
	return &named
}

// Written is the id as changes of the record carry it: that of before alone,
// where the name was not formed by the program.
func (r RecordID) Written() RecordID {
	if _, named := r.Maker(); !named || r.Formed() {
		return r
	}
	return r[idLength+1:]
}
