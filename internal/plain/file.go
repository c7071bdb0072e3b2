package plain

import (
	"bytes"
	"unicode/utf8"
)

// Encoding is what a file of text is written in, as far as its bytes tell.
type Encoding int

// The encodings that editors of ours write.
const (
	UTF8  Encoding = iota
	UTF16          // with a byte-order mark, or with the zero bytes that only it has
	Other          // something else: on old PCs it is GB 18030
)

// byteOrder is the mark that some editors put before UTF-8.
var byteOrder = []byte("\xef\xbb\xbf")

// File returns the text of a file without a byte-order mark, and what it is
// written in. The text is good for use only when that is UTF8.
func File(raw []byte) ([]byte, Encoding) {
	text := bytes.TrimPrefix(raw, byteOrder)
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}), bytes.HasPrefix(raw, []byte{0xfe, 0xff}), bytes.IndexByte(raw, 0) >= 0:
		return raw, UTF16
	case !utf8.Valid(text):
		return raw, Other
	}
	return text, UTF8
}
