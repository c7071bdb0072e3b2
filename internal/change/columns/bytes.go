package columns

import "encoding/binary"

// writer makes both parts of the form.
type writer struct {
	out  []byte
	bits bitWriter
}

func (w *writer) byte(b byte)      { w.out = append(w.out, b) }
func (w *writer) uvarint(v uint64) { w.out = binary.AppendUvarint(w.out, v) }

// text writes a text as a change has it.
func (w *writer) text(s string) {
	w.out = append(appendHead(w.out, majorText, uint64(len(s))), s...)
}

// reader reads plain bytes. After a defect it reads nothing more, so that callers
// check once, at the end.
type reader struct {
	in  []byte
	at  int
	bad bool
}

func (r *reader) fail() {
	r.bad = true
	r.at = len(r.in)
}

func (r *reader) byte() byte {
	if r.at >= len(r.in) {
		r.fail()
		return 0
	}
	r.at++
	return r.in[r.at-1]
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.in[r.at:])
	if n <= 0 {
		r.fail()
		return 0
	}
	r.at += n
	return v
}

// upTo reads a count of most at most.
func (r *reader) upTo(most int) int {
	n := r.uvarint()
	if n > uint64(most) {
		r.fail()
		return 0
	}
	return int(n)
}

// items reads how many items follow, of a byte at least each: most at most, and no
// more than there are bytes.
func (r *reader) items(most int) int { return r.upTo(min(most, len(r.in)-r.at)) }

// ended reports whether all was read and nothing was wrong.
func (r *reader) ended() bool { return !r.bad && r.at == len(r.in) }

// span reads n bytes, as a part of what is read.
func (r *reader) span(n uint64) []byte {
	if n > uint64(len(r.in)-r.at) {
		r.fail()
		return nil
	}
	part := r.in[r.at : r.at+int(n)]
	r.at += int(n)
	return part
}

// text reads a text of most bytes at most, and returns it with its head.
func (r *reader) text(most int) []byte {
	from := r.at
	if len(r.string()) > most {
		r.fail()
	}
	if r.bad {
		return nil
	}
	return r.in[from:r.at]
}

// The major types of CBOR that a change has.
const (
	majorUint, majorNegative, majorText, majorArray, majorMap, majorSimple = 0, 1, 3, 4, 5, 7
)

// head reads the head of an item of CBOR.
func (r *reader) head() (major byte, n uint64) {
	first := r.byte()
	major, n = first>>5, uint64(first&31)
	if n < 24 {
		return major, n
	}
	if n > 27 {
		r.fail()
		return major, 0
	}
	n = 0
	for _, b := range r.span(1 << (first&31 - 24)) {
		n = n<<8 | uint64(b)
	}
	return major, n
}

// item reads the head of an item of a type.
func (r *reader) item(want byte) uint64 {
	major, n := r.head()
	if major != want {
		r.fail()
		return 0
	}
	return n
}

func (r *reader) string() []byte { return r.span(r.item(majorText)) }

func (r *reader) integer() int64 {
	major, n := r.head()
	switch major {
	case majorUint:
		return int64(n)
	case majorNegative:
		return -1 - int64(n)
	}
	r.fail()
	return 0
}

// value steps over a value of a field and returns its bytes.
func (r *reader) value() []byte {
	from := r.at
	switch major, n := r.head(); major {
	case majorUint, majorNegative, majorSimple:
	case majorText:
		r.span(n)
	case majorArray:
		for ; n > 0 && !r.bad; n-- {
			r.string()
		}
	default:
		r.fail()
	}
	if r.bad {
		return nil
	}
	return r.in[from:r.at]
}

// appendHead appends the shortest head of an item.
func appendHead(out []byte, major byte, n uint64) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(out, major|byte(n))
	case n < 1<<8:
		return append(out, major|24, byte(n))
	case n < 1<<16:
		return append(out, major|25, byte(n>>8), byte(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(out, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(out, major|27), n)
}

func appendInteger(out []byte, v int64) []byte {
	if v < 0 {
		return appendHead(out, majorNegative, uint64(-1-v))
	}
	return appendHead(out, majorUint, uint64(v))
}

func appendText(out, text []byte) []byte {
	return append(appendHead(out, majorText, uint64(len(text))), text...)
}
