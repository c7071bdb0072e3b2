package merge

import (
	"bytes"
	"strings"
	"testing"

	"tongbu/internal/change"
)

// The short cut and the long way judge alike, for every length and each damage.
func TestCanonicalAgreesWithValidate(t *testing.T) {
	check := func(v change.Value) {
		if want, got := v.Validate() == nil, canonical(v); want != got {
			t.Errorf("%x: want %v, got %v", string(v), want, got)
		}
	}
	for n := range 300 {
		v := change.Text(strings.Repeat("x", n))
		check(v)
		check(v + "x")
		check(v[:len(v)-1])
		check(change.Value(bytes.ReplaceAll([]byte(v), []byte("x"), []byte{0xff})))
	}
	for _, v := range []change.Value{"", "\x78", "\x78\x05hello", "\x79\x00\x05hello", change.Null, change.Int(-1), change.Bool(true),
		change.Set([]string{"a", "b"}), change.Set(nil), "\x82\x61b\x61a", "\xff", "\x41a", "\xa0", "\x65\xed\xa0\x80ab"} {
		check(v)
	}
}

// The same of every first byte, with as many bytes behind it as any short text has: what
// looks like a text's length and is none deceives the short cut in nothing.
func TestCanonicalOfEveryHead(t *testing.T) {
	for head := range 256 {
		for n := range 300 {
			v := change.Value(append([]byte{byte(head)}, strings.Repeat("x", n)...))
			if want, got := v.Validate() == nil, canonical(v); want != got {
				t.Errorf("%#x and %d bytes: want %v, got %v", head, n, want, got)
			}
		}
	}
}
