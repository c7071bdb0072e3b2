package merge

import "encoding/binary"

// appender writes canonical CBOR (RFC 8949, section 4.2.1): each head is the
// shortest there is.
type appender []byte

// The major types, in the upper three bits of a head.
const (
	majorNegative = 1 << 5
	majorText     = 3 << 5
	majorList     = 4 << 5
)

func (a *appender) head(major byte, n uint64) {
	switch {
	case n < 24:
		*a = append(*a, major|byte(n))
	case n < 1<<8:
		*a = append(*a, major|24, byte(n))
	case n < 1<<16:
		*a = binary.BigEndian.AppendUint16(append(*a, major|25), uint16(n))
	case n < 1<<32:
		*a = binary.BigEndian.AppendUint32(append(*a, major|26), uint32(n))
	default:
		*a = binary.BigEndian.AppendUint64(append(*a, major|27), n)
	}
}

func (a *appender) list(n int)    { a.head(majorList, uint64(n)) }
func (a *appender) uint(n uint64) { a.head(0, n) }

func (a *appender) int(n int64) {
	if n < 0 {
		a.head(majorNegative, uint64(-1-n))
		return
	}
	a.uint(uint64(n))
}

func (a *appender) text(s string) {
	a.head(majorText, uint64(len(s)))
	*a = append(*a, s...)
}
