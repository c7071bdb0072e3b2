// Package columns puts the changes of a batch together by column: all values of a
// field beside each other, each column in a form that fits what is in it. That is
// what zstd cannot find by itself: that a record's id is 16 bytes and not 26
// letters, that a date is a number, that the household is the one of the person
// before.
//
// The form describes itself: a reader needs no schema. Its changes are the bytes
// that went in, whatever they were; Encode does not take what would come out
// otherwise. The package is pure and knows of a change only how it is encoded
// (internal/change/DESIGN.md, where the form is written down byte by byte).
package columns

import "bytes"

// Form is a batch's changes by column.
type Form struct {
	Plain []byte // texts and tables: zstd finds more in them
	Bits  []byte // numbers of as many bits as they need, and what is random: zstd finds nothing
}

// Base is what is known of a batch before its payload is read: the stream that it
// stands in, and the time at which it was sealed. What is near to that is written
// small.
type Base struct {
	Device, Audience string // 16 letters each
	Incarnation      uint32
	Sealed           int64 // Unix milliseconds
}

// units are the bytes of the base's device and audience.
func (b Base) units() (device, audience string, ok bool) {
	var d, a [unitBytes]byte
	if len(b.Device) != unitLength || len(b.Audience) != unitLength {
		return "", "", false
	}
	_, err := unitLetters.Decode(d[:], []byte(b.Device))
	_, again := unitLetters.Decode(a[:], []byte(b.Audience))
	return string(d[:]), string(a[:]), err == nil && again == nil
}

// Limits of the form. Changes beyond them stay rows.
const (
	maxColumns = 1024    // fields of all kinds
	maxNames   = 1 << 16 // different ids of records
	maxTable   = 256     // values of a column that has a table, streams, actors, units
	maxText    = 64      // ids of records and actors, in bytes
	maxShort   = 255     // names of kinds and fields, in bytes
)

// Encode puts encoded changes together; false when they are not changes, or beyond
// a limit.
func Encode(base Base, changes [][]byte) (f Form, ok bool) {
	g := gatherer{last: base.Sealed, sealed: base.Sealed}
	if !g.begin(base) {
		return f, false
	}
	for i, raw := range changes {
		if g.left = len(changes) - i; !g.add(raw) {
			return f, false
		}
	}
	f, ok = g.form()
	return f, ok && isSame(base, f, changes)
}

// isSame decodes what was made: nothing that has been signed can be mended.
func isSame(base Base, f Form, changes [][]byte) bool {
	size := headSize(len(changes))
	for _, raw := range changes {
		size += headSize(len(raw)) + len(raw)
	}
	again, ok := Decode(base, f, len(changes), size)
	if !ok {
		return false
	}
	for i := range changes {
		if !bytes.Equal(again[i], changes[i]) {
			return false
		}
	}
	return true
}

// Decode returns the encoded changes, whose list is of size bytes, as parts of one
// piece of memory; false for anything that Encode has not made. It makes sure of
// bounds only: whether a change is one is seen when it is decoded.
func Decode(base Base, f Form, count, size int) ([][]byte, bool) {
	d := decoder{base: base, r: reader{in: f.Plain}, bits: f.Bits, size: size, count: count, time: base.Sealed}
	return d.changes()
}

// headSize is how many bytes the head of an item of CBOR has.
func headSize(n int) int {
	switch {
	case n < 24:
		return 1
	case n < 1<<8:
		return 2
	case n < 1<<16:
		return 3
	}
	return 5
}
