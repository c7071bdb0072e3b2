package columns

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
)

// Forms of an id. With the flag its 16 bytes are a UUID of version 7.
const (
	nameText   = iota // as it is
	nameBare          // <unit>.<26 letters>
	nameNumber        // <unit>.n<26 letters>
	nameLine          // <unit>.r<26 letters>
	nameUUID          // as a UUID is written
	nameOwn           // <unit>.n, and the hash of the own number in the same change
	nameForms         // how many there are
	nameTimed  = 8    // flag
)

const (
	unitLength = 16 // letters
	unitBytes  = 10
	nameLength = 26 // letters
	nameBytes  = 16
	timedBits  = 74 // of a UUID of version 7: all but time, version and variant
	uuidLength = 36
	ownNumber  = "own_no" // the field with the own number
	ownEncoded = "\x66" + ownNumber
)

var (
	unitLetters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	nameLetters = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)
)

// recordName is an id taken apart.
type recordName struct {
	form uint8
	unit string // its 10 bytes
	raw  [nameBytes]byte
	text string // of nameText
}

// parseName takes an id apart.
func parseName(s []byte) recordName {
	var n recordName
	switch {
	case len(s) == uuidLength:
		if uuid, ok := parseUUID(s); ok {
			n = recordName{form: nameUUID, raw: uuid}
		}
	case len(s) > unitLength && s[unitLength] == '.':
		n = parseFormed(s[:unitLength], s[unitLength+1:])
	}
	if n.form == nameText {
		return recordName{text: string(s)}
	}
	if n.raw[6]>>4 == 7 && n.raw[8]>>6 == 2 {
		n.form |= nameTimed
	}
	return n
}

func parseFormed(unit, rest []byte) (n recordName) {
	form := uint8(nameBare)
	if len(rest) == nameLength+1 {
		switch rest[0] {
		case 'n':
			form = nameNumber
		case 'r':
			form = nameLine
		default:
			return n
		}
		rest = rest[1:]
	}
	if len(rest) != nameLength {
		return n
	}
	var u [unitBytes]byte
	if _, err := unitLetters.Decode(u[:], unit); err != nil {
		return n
	}
	if _, err := nameLetters.Decode(n.raw[:], rest); err != nil {
		return n
	}
	n.form, n.unit = form, string(u[:])
	var again [nameLength]byte
	if nameLetters.Encode(again[:], n.raw[:]); string(again[:]) != string(rest) { // two bits are left over
		return recordName{}
	}
	return n
}

func parseUUID(s []byte) (uuid [16]byte, ok bool) {
	at := 0
	for _, length := range [...]int{8, 4, 4, 4, 12} {
		if at > 0 {
			if s[0] != '-' {
				return uuid, false
			}
			s = s[1:]
		}
		if n, err := hex.Decode(uuid[at:], s[:length]); err != nil || n != length/2 {
			return uuid, false
		}
		for _, c := range s[:length] {
			if c >= 'A' && c <= 'F' {
				return uuid, false
			}
		}
		at, s = at+length/2, s[length:]
	}
	return uuid, true
}

// appendName appends an id as text.
func appendName(out []byte, form uint8, unit []byte, raw *[nameBytes]byte) []byte {
	switch form &^ nameTimed {
	case nameUUID:
		out = append(out, majorText<<5|24, uuidLength)
		for i, b := range raw {
			if i == 4 || i == 6 || i == 8 || i == 10 {
				out = append(out, '-')
			}
			out = append(out, "0123456789abcdef"[b>>4], "0123456789abcdef"[b&15])
		}
		return out
	case nameNumber:
		out = append(append(append(out, majorText<<5|24, unitLength+2+nameLength), unit...), ".n"...)
	case nameLine:
		out = append(append(append(out, majorText<<5|24, unitLength+2+nameLength), unit...), ".r"...)
	default:
		out = append(append(append(out, majorText<<5|24, unitLength+1+nameLength), unit...), '.')
	}
	return appendLetters(out, raw)
}

// appendLetters appends 16 bytes in base32hex.
func appendLetters(out []byte, raw *[nameBytes]byte) []byte {
	const letters = "0123456789abcdefghijklmnopqrstuv"
	hi, lo := binary.BigEndian.Uint64(raw[:8]), binary.BigEndian.Uint64(raw[8:])
	for range 12 { // 60 bits of the first 64
		out = append(out, letters[hi>>59])
		hi <<= 5
	}
	mid := hi>>60<<1 | lo>>63
	out = append(out, letters[mid])
	lo <<= 1
	for range 12 {
		out = append(out, letters[lo>>59])
		lo <<= 5
	}
	return append(out, letters[lo>>59])
}

// hashOwn is what the program makes of a record's own number; the kind is encoded.
func hashOwn(kind, number []byte) (raw [nameBytes]byte) {
	var part [256]byte
	in := append(part[:0], 0x83, 0x61, 'n')
	sum := sha256.Sum256(appendText(append(in, kind...), number))
	return [nameBytes]byte(sum[:nameBytes])
}

// nameTable are the ids of a batch in the order in which they come first. A place
// in it is written as 0: the next new one; 1: the one before in the same column;
// above: as many places back from the end, plus one.
type nameTable struct {
	places map[string]int
	names  []recordName
	units  []string
	at     map[string]int // of units
}

// place is how the id is written, and where it stands in the table.
func (t *nameTable) place(s []byte, last int) (code uint64, at int) {
	at, known := t.places[string(s)]
	switch {
	case !known:
		return 0, t.add(s)
	case at == last:
		return 1, at
	}
	return uint64(len(t.names)-at) + 1, at
}

func (t *nameTable) add(s []byte) int {
	if t.places == nil {
		t.places = map[string]int{}
	}
	n := parseName(s)
	t.places[string(s)] = len(t.names)
	t.names = append(t.names, n)
	if n.form != nameText && n.form&^nameTimed != nameUUID {
		t.unit(n.unit)
	}
	return len(t.names) - 1
}

// unit is the place of a unit in the table of units.
func (t *nameTable) unit(u string) int {
	if t.at == nil {
		t.at = map[string]int{}
	}
	at, known := t.at[u]
	if !known {
		at = len(t.units)
		t.at[u] = at
		t.units = append(t.units, u)
	}
	return at
}

func (n *recordName) hasUnit() bool { return hasUnit(n.form) }

func hasUnit(form uint8) bool { return form != nameText && form&^nameTimed != nameUUID }

// bigEndian48 are the milliseconds of a UUID of version 7.
func bigEndian48(raw *[nameBytes]byte) uint64 { return binary.BigEndian.Uint64(raw[:8]) >> 16 }

func halves(raw *[nameBytes]byte) (hi, lo uint64) {
	return binary.BigEndian.Uint64(raw[:8]), binary.BigEndian.Uint64(raw[8:])
}
