package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"tongbu/internal/fault"
)

// maxObject bounds an object of JSON Lines, in bytes; maxReason is what a rejected one
// may have beside it.
const (
	maxObject = 256 << 10
	maxReason = 64 << 10
)

func openJSON(r io.ReaderAt, size int64) *File {
	s := &source{each: func(fn func(line) error) error { return readObjects(io.NewSectionReader(r, 0, size), fn) }}
	return &File{Format: JSONL, sources: []*source{s}}
}

func readObjects(in io.Reader, fn func(line) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), maxObject+maxReason)
	for n := 1; lines.Scan(); n++ {
		raw := bytes.TrimSpace(lines.Bytes())
		if n == 1 {
			raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
		}
		row := line{number: n, raw: unwrap(raw)}
		switch {
		case len(raw) == 0:
			continue
		case !utf8.Valid(raw):
			row.wrong = fault.New(fault.Invalid, "it is not UTF-8").WithHint("save the file as UTF-8")
		}
		if err := fn(row); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fault.New(fault.Invalid, "a line is longer than %d KiB", maxObject>>10).WithHint("one JSON object a line")
	}
	return fault.Wrap("read the file", lines.Err())
}
