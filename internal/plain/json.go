package plain

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// JSON escapes in a JSON text what Line would not show: the text says the same,
// and can be printed. Outside of its strings JSON is ASCII, so that whatever is
// escaped stands in a string. What is not UTF-8 becomes Instead, as readers of
// JSON would have it. The line feeds and tabs between values are kept.
func JSON(raw []byte) []byte {
	if bytes.IndexFunc(raw, escaped) < 0 {
		return raw
	}
	var b bytes.Buffer
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		switch {
		case !escaped(r):
			b.Write(raw[:n])
		case r == utf8.RuneError:
			b.WriteRune(Instead)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		raw = raw[n:]
	}
	return b.Bytes()
}

// escaped also has RuneError: it may stand for what is no UTF-8.
func escaped(r rune) bool {
	return r != '\n' && r != '\t' && r != '\r' && (r == utf8.RuneError || Hidden(r))
}
