package change

import "unicode/utf8"

// The major types of CBOR that the canonical form uses (RFC 8949, section 3.1).
const (
	majorUint = iota
	majorNegative
	majorBytes
	majorText
	majorArray
	majorMap
	majorTag
	majorSimple
)

const (
	simpleFalse = 0xf4
	simpleTrue  = 0xf5
	simpleNull  = 0xf6
	maxItems    = 4096 // of a set: what a decoder may be made to hold
)

// reader reads canonical bytes and accepts nothing else: each head must be the
// shortest possible. What it returns are parts of in. After a defect it reads
// nothing more, so that callers check once, at the end.
type reader struct {
	in  string
	at  int
	bad bool
}

func (r *reader) fail() {
	r.bad = true
	r.at = len(r.in)
}

// ended reports whether all was read and nothing was wrong.
func (r *reader) ended() bool { return !r.bad && r.at == len(r.in) }

// next reads the head of an item of any major type and its argument.
func (r *reader) next() (major byte, n uint64) {
	if r.at >= len(r.in) {
		r.fail()
		return 0, 0
	}
	first := r.in[r.at]
	r.at++
	major, n = first>>5, uint64(first&31)
	if n < 24 {
		return major, n
	}
	return major, r.argument(major, int(n)-24)
}

// argument reads 1, 2, 4 or 8 bytes and refuses what fits into fewer.
func (r *reader) argument(major byte, form int) uint64 {
	if form > 3 || major == majorSimple || len(r.in)-r.at < 1<<form {
		r.fail()
		return 0
	}
	var n uint64
	for range 1 << form {
		n = n<<8 | uint64(r.in[r.at])
		r.at++
	}
	if least := [...]uint64{24, 1 << 8, 1 << 16, 1 << 32}; n < least[form] {
		r.fail()
		return 0
	}
	return n
}

// head reads the head of an item of the major type.
func (r *reader) head(want byte) uint64 {
	major, n := r.next()
	if major != want {
		r.fail()
		return 0
	}
	return n
}

// list reads the head of an array of exactly n items.
func (r *reader) list(n uint64) {
	if r.head(majorArray) != n {
		r.fail()
	}
}

// span reads the content of a text or byte string of n bytes.
func (r *reader) span(n uint64) string {
	if n > uint64(len(r.in)-r.at) {
		r.fail()
		return ""
	}
	part := r.in[r.at : r.at+int(n)]
	r.at += int(n)
	return part
}

// short reads a text of fewer than 24 bytes, as most are, where one stands.
func (r *reader) short() (string, bool) {
	rest := r.in[r.at:]
	if rest == "" || rest[0]>>5 != majorText {
		return "", false
	}
	end := int(rest[0]&31) + 1
	if end > 24 || end > len(rest) {
		return "", false
	}
	r.at += end
	return rest[1:end], true
}

func (r *reader) text() string {
	text, ok := r.short()
	if !ok {
		text = r.span(r.head(majorText))
	}
	if !utf8.ValidString(text) {
		r.fail()
	}
	return text
}

// integer reads a signed 64-bit integer.
func (r *reader) integer() int64 {
	major, n := r.next()
	switch {
	case n > 1<<63-1 || major > majorNegative:
		r.fail()
		return 0
	case major == majorNegative:
		return -1 - int64(n)
	}
	return int64(n)
}

// set reads n texts in ascending order without repeats; fn may be nil.
func (r *reader) set(n uint64, fn func(string)) {
	if n > maxItems {
		r.fail()
	}
	last := ""
	for i := uint64(0); i < n && !r.bad; i++ {
		item := r.text()
		if i > 0 && item <= last {
			r.fail()
		}
		if last = item; fn != nil {
			fn(item)
		}
	}
}

// value steps over one value of a field, MaxValue bytes long at most, and
// returns its bytes.
func (r *reader) value() Value {
	start := r.at
	if text, ok := r.short(); ok {
		if !utf8.ValidString(text) {
			r.fail()
		}
		return Value(r.in[start:r.at])
	}
	major, n := r.next()
	switch major {
	case majorUint, majorNegative:
		if n > 1<<63-1 {
			r.fail()
		}
	case majorText:
		if !utf8.ValidString(r.span(n)) {
			r.fail()
		}
	case majorArray:
		r.set(n, nil)
	case majorSimple:
		if n < simpleFalse&31 || n > simpleNull&31 {
			r.fail()
		}
	default:
		r.fail()
	}
	if r.bad || r.at-start > MaxValue {
		r.fail()
		return ""
	}
	return Value(r.in[start:r.at])
}
