package plain

import (
	"io"
	"unicode/utf8"
)

// Writer writes Text to another writer: the last guard before a terminal, under
// whatever each command has made plain itself. A character that is written in two
// parts is held until it is whole.
type Writer struct {
	to   io.Writer
	half []byte
}

// NewWriter makes a writer before w.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w} }

// Write implements io.Writer. A carriage return is a line feed.
func (w *Writer) Write(p []byte) (int, error) {
	all := append(w.half, p...)
	whole := len(all)
	for back := 1; back < utf8.UTFMax && back <= len(all); back++ {
		if i := len(all) - back; utf8.RuneStart(all[i]) {
			if !utf8.FullRune(all[i:]) {
				whole = i
			}
			break
		}
	}
	w.half = append([]byte(nil), all[whole:]...)
	if _, err := io.WriteString(w.to, Text(string(all[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}
