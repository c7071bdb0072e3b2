package merge

import (
	"unicode/utf8"

	"tongbu/internal/change"
)

// canonical reports whether the value is one that change.Value accepts. Most
// values are texts, and a text is judged here in place: it would cost half of
// Decode otherwise.
func canonical(v change.Value) bool {
	if text, ok := shortText(v); ok {
		return utf8.ValidString(text)
	}
	return v.Validate() == nil
}

// shortText returns the content of a text of up to 255 bytes whose head is the
// shortest possible, as CBOR's deterministic form wants it.
func shortText(v change.Value) (string, bool) {
	const text, oneByte = 0x60, 24
	switch {
	case len(v) > 0 && v[0] >= text && v[0] < text+oneByte:
		return string(v[1:]), len(v) == 1+int(v[0]-text)
	case len(v) > 1 && v[0] == text+oneByte && v[1] >= oneByte:
		return string(v[2:]), len(v) == 2+int(v[1])
	}
	return "", false
}
