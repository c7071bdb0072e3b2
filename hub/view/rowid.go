package view

import (
	"bytes"
	"encoding/base32"
	"slices"
	"strings"

	"tongbu/internal/change"
)

// Forms of an id's key; the last byte of it.
const (
	keyTimed    = 0 // `<unit>.<name>`, the name 16 bytes
	keyNumbered = 1 // likewise, with a letter before the name: n or r
	keyOther    = 2 // `<unit>.<text>`
	keyWhole    = 3 // any other text
)

// Sizes of the parts of a key, in bytes.
const (
	unitSize     = 10 // the 80 bits that 16 characters spell
	timedSize    = 16 // the 128 bits that 26 characters spell
	numberedSize = 17 // the 135 bits of 27 characters, and an empty one
	unitLength   = 16
)

// Alphabets in the order of their characters, so that keys are in the order of the
// texts. The numbers that a unit's id spells are others; nobody needs them here.
var (
	unitSpelling = base32.NewEncoding("234567abcdefghijklmnopqrstuvwxyz").WithPadding(base32.NoPadding)
	nameSpelling = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)
)

// IDKey is an id as engines keep it, less than two thirds as long as the text: the
// unit's 80 bits, the name's 128 and its letter, and a byte for the form. Ids that the
// program did not form keep their text. Keys are in the order of their ids, except
// that those of another form come before or after; ties are in the order of keys, in
// every engine.
func IDKey(id change.RecordID) []byte { return AppendIDKey(nil, id) }

// AppendIDKey appends the key of an id.
func AppendIDKey(key []byte, id change.RecordID) []byte {
	maker, named := id.Maker()
	if !named {
		return append(append(key, id...), keyWhole)
	}
	var unit [unitLength]byte
	copy(unit[:], maker)
	out, err := unitSpelling.AppendDecode(key, unit[:])
	if err != nil || len(out) != len(key)+unitSize {
		return append(append(key, id...), keyWhole)
	}
	name := id[unitLength+1:]
	if formed, ok := appendName(out, string(name)); ok {
		return formed
	}
	return append(append(out, name...), keyOther)
}

// appendName appends a name that the program formed, and its form; false for any
// other.
func appendName(key []byte, name string) ([]byte, bool) {
	if name == "" || strings.IndexByte(lastCharacters, name[len(name)-1]) < 0 {
		return key, false
	}
	var spelled [28]byte
	n, size, form := copy(spelled[:], name), timedSize, byte(keyTimed)
	switch {
	case len(name) == 27 && (name[0] == 'n' || name[0] == 'r'):
		size, form = numberedSize, keyNumbered
		spelled[n] = '0' // base32 knows no 27 characters; one more says nothing
		n++
	case len(name) != 26:
		return key, false
	}
	out, err := nameSpelling.AppendDecode(key, spelled[:n])
	if err != nil || len(out) != len(key)+size {
		return key, false
	}
	return append(out, form), true
}

// lastCharacters may end a name: 26 characters have two bits more than 16 bytes.
const lastCharacters = "048cgkos"

// IDOf is the inverse of IDKey; false for bytes that it does not make.
func IDOf(key []byte) (change.RecordID, bool) {
	if len(key) == 0 {
		return "", false
	}
	form, body := key[len(key)-1], key[:len(key)-1]
	if form == keyWhole {
		return change.RecordID(body), true
	}
	if len(body) < unitSize {
		return "", false
	}
	text := append(unitSpelling.AppendEncode(make([]byte, 0, 64), body[:unitSize]), '.')
	switch name := body[unitSize:]; {
	case form == keyTimed && len(name) == timedSize:
		text = nameSpelling.AppendEncode(text, name)
	case form == keyNumbered && len(name) == numberedSize:
		text = nameSpelling.AppendEncode(text, name)
		text = text[:len(text)-1]
	case form == keyOther:
		text = append(text, name...)
	default:
		return "", false
	}
	return change.RecordID(text), true
}

// KeysOf bounds the keys of all ids that a unit has made: they are above from and below
// to. An id that names no unit is within no such bounds.
func KeysOf(unit change.UnitID) (from, to []byte) {
	from, err := unitSpelling.AppendDecode(nil, []byte(unit))
	if err != nil || len(from) != unitSize {
		return nil, nil
	}
	to = slices.Clone(from)
	for i := len(to) - 1; i >= 0; i-- {
		if to[i]++; to[i] != 0 {
			return from, to
		}
	}
	return from, append(slices.Clone(from), bytes.Repeat([]byte{0xff}, MaxKey)...) // the last unit of all
}

// MaxKey is the length of the longest key, in bytes.
const MaxKey = change.MaxName + 1

// CompareIDs puts ids in the order of their keys.
func CompareIDs(a, b change.RecordID) int { return bytes.Compare(IDKey(a), IDKey(b)) }
