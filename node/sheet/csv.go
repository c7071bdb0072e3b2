package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"tongbu/internal/fault"
)

// dialect is how a CSV file is written.
type dialect struct {
	charset Charset
	mark    bool // it begins with a byte-order mark
	comma   rune
}

// Charset is the encoding of a text file.
type Charset string

// The charsets.
const (
	UTF8    Charset = "utf-8"
	GB18030 Charset = "gb18030"
	utf16le Charset = "utf-16le"
	utf16be Charset = "utf-16be"
)

func (c Charset) encoding() encoding.Encoding {
	switch c {
	case GB18030:
		return simplifiedchinese.GB18030
	case utf16le:
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case utf16be:
		return unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
	}
	return unicode.UTF8BOM
}

// openCSV finds out how a file is written and reads it through once: a quotation
// mark that is not closed takes in the rest of the file, and is found before anything
// of it is used.
func openCSV(r io.ReaderAt, size int64) (*File, error) {
	if size == 0 {
		return nil, refuseForeign(r, size, nil)
	}
	f := &File{Format: CSV}
	var err error
	if f.csv, err = readDialect(io.NewSectionReader(r, 0, size)); err != nil {
		return nil, err
	}
	s := &source{each: func(fn func(line) error) error { return f.csv.read(io.NewSectionReader(r, 0, size), fn) }}
	f.sources = []*source{s}
	return f, s.each(func(line) error { s.lines++; return nil })
}

func readDialect(in io.Reader) (d dialect, err error) {
	all := bufio.NewReaderSize(in, 64<<10)
	begin, err := all.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return d, fault.Wrap("read the file", err)
	}
	switch {
	case bytes.HasPrefix(begin, []byte("\xef\xbb\xbf")):
		d.charset, d.mark = UTF8, true
	case bytes.HasPrefix(begin, []byte("\xff\xfe")):
		d.charset, d.mark = utf16le, true
	case bytes.HasPrefix(begin, []byte("\xfe\xff")):
		d.charset, d.mark = utf16be, true
	case len(begin) == 4 && (begin[1] == 0 || begin[0] == 0):
		return d, fault.New(fault.Invalid, "the file is UTF-16 without its mark").WithHint("save it as CSV UTF-8")
	}
	begin, _ = all.Peek(64 << 10) // what there is of it
	if d.charset == "" {
		if d.charset, err = guessCharset(all); err != nil {
			return d, err
		}
	}
	text, _, _ := bytes.Cut(decode(d.charset, begin), []byte("\n"))
	d.comma = findComma(string(text))
	return d, nil
}

// guessCharset takes a text that is no UTF-8 for GB 18030, which Excel writes.
func guessCharset(all *bufio.Reader) (Charset, error) {
	for {
		r, size, err := all.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return UTF8, nil
		case err != nil:
			return "", fault.Wrap("read the file", err)
		case r == utf8.RuneError && size == 1:
			return GB18030, nil
		}
	}
}

func decode(c Charset, raw []byte) []byte {
	text, err := c.encoding().NewDecoder().Bytes(raw)
	if err != nil {
		return raw
	}
	return bytes.TrimPrefix(text, []byte("\ufeff"))
}

// findComma finds what separates the cells of the first line.
func findComma(first string) rune {
	if named, ok := strings.CutPrefix(strings.TrimSpace(first), "sep="); ok && utf8.RuneCountInString(named) == 1 {
		r, _ := utf8.DecodeRuneInString(named)
		return r
	}
	best, most := ',', 0
	for _, comma := range []rune{',', ';', '\t', '，', '；'} {
		if n := countOutside(first, comma); n > most {
			best, most = comma, n
		}
	}
	return best
}

// countOutside counts a character outside quotation marks.
func countOutside(text string, of rune) (n int) {
	quoted := false
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case r == of && !quoted:
			n++
		}
	}
	return n
}

// read reads the rows. A row whose quotation marks are wrong is passed on with that
// as its reason; one that is never closed is an error of the file.
func (d dialect) read(in io.Reader, fn func(line) error) error {
	text := &recent{from: bufio.NewReaderSize(d.charset.encoding().NewDecoder().Reader(in), 64<<10)}
	r := csv.NewReader(text)
	r.Comma, r.FieldsPerRecord, r.ReuseRecord, r.LazyQuotes = d.comma, -1, true, false
	var row line
	for {
		cells, err := r.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &parse) && errors.Is(err, csv.ErrQuote) && r.InputOffset() > 0 && parse.Line > parse.StartLine:
			return fault.New(fault.Invalid, "line %d: a quotation mark is not closed", parse.StartLine).WithHint("close or double it; nothing was written")
		case errors.As(err, &parse):
			row = line{number: parse.StartLine, cells: d.cells(row.cells[:0], text.split(r.InputOffset(), d.comma)), wrong: errQuotes}
		case err != nil:
			return fault.Wrap("read the file", err)
		default:
			at, _ := r.FieldPos(0)
			row = line{number: at, cells: d.cells(row.cells[:0], cells)}
		}
		text.forget(r.InputOffset())
		if len(cells) > 0 && strings.HasPrefix(cells[0], "sep=") && row.number == 1 {
			continue
		}
		if len(cells) > maxColumns {
			row.wrong = fault.New(fault.Invalid, "there are cells beyond column %d", maxColumns).WithHint("remove what stands there")
			row.cells = row.cells[:maxColumns]
		}
		if err := fn(row); err != nil {
			return err
		}
	}
}

var errQuotes = fault.New(fault.Invalid, "the quotation marks of the row are wrong").WithHint("put the whole cell in quotation marks, and double those within")

func (d dialect) cells(into []Cell, texts []string) []Cell {
	for _, text := range texts {
		if isFormulaError(text) {
			into = append(into, Cell{Sort: Broken, Text: text})
			continue
		}
		into = append(into, textCell(plainCell(text)))
	}
	return into
}

// maxRecord bounds one row, in bytes: a quotation mark may open a text that never
// ends.
const maxRecord = 64 << 20

// recent keeps what was read of the present row, and ends a file in which one goes on
// and on.
type recent struct {
	from io.Reader
	kept []byte
	at   int64 // where kept begins
}

// Read implements io.Reader.
func (t *recent) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	if t.kept = append(t.kept, p[:n]...); len(t.kept) > maxRecord {
		return 0, fault.New(fault.Invalid, "a row has more than %d MiB", maxRecord>>20).WithHint("look whether the file is a table at all")
	}
	return n, err
}

// split is the row that ends at an offset, cut at each comma.
func (t *recent) split(end int64, comma rune) []string {
	row := strings.TrimRight(string(t.kept[:end-t.at]), "\r\n")
	return strings.Split(row, string(comma))
}

// forget drops what stands before an offset.
func (t *recent) forget(end int64) {
	t.kept = append(t.kept[:0], t.kept[end-t.at:]...)
	t.at = end
}
