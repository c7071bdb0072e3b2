package sheet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// Refused is told of a record that the file cannot hold: its number in the order of
// the export, and why.
type Refused func(number int, why error) error

// line says in one line what a printed list is.
func (l Layout) line() string {
	return l.Name + l.Kind.Label.Zh + "，单位：" + l.Name + "（" + l.Unit + "），截至：" + l.Day
}

// WriteCSV writes records as CSV, a printed list with a line above it that says whose it
// is and of which day. UTF-8 begins with the mark by which Excel knows it.
// A record with a character that the charset does not have is refused whole: a
// character in its place would be believed.
func WriteCSV(w io.Writer, l Layout, charset Charset, records Records, refused Refused) error {
	out := bufio.NewWriterSize(w, 64<<10)
	e := newEncoder(charset)
	if charset != GB18030 {
		out.WriteString("\ufeff") //nolint:errcheck // the flush says it
	}
	if l.Print {
		if err := e.writeRecord(out, []string{l.line()}, ','); err != nil {
			return err
		}
	}
	columns := l.columns()
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = schema.Under(c.head, c.title, "")
	}
	if err := e.writeRecord(out, titles, ','); err != nil {
		return err
	}
	number := 0
	cells := make([]string, len(columns))
	err := records(func(r *Record) error {
		number++
		for i, c := range columns {
			s, err := l.show(c, r, number)
			if err != nil {
				return refused(number, err)
			}
			if cells[i] = s.text; s.sort == Text {
				cells[i] = l.guard(s.text)
			}
		}
		if err := e.writeRecord(out, cells, ','); fault.Of(err) == fault.Invalid {
			return refused(number, err)
		} else if err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	return fault.Wrap("write", out.Flush())
}

// encoder writes rows in a charset.
type encoder struct {
	charset Charset
	row     strings.Builder
}

func newEncoder(c Charset) *encoder { return &encoder{charset: c} }

// writeRecord writes a row, or nothing of it. It also quotes what programs of other
// countries take for the end of a cell, or it would begin a cell that nobody has
// looked at.
func (e *encoder) writeRecord(w io.Writer, cells []string, comma rune) error {
	e.row.Reset()
	for i, cell := range cells {
		if i > 0 {
			e.row.WriteRune(comma)
		}
		if strings.ContainsAny(cell, "\",;|\t\r\n") || strings.ContainsRune(cell, comma) || cell != strings.TrimSpace(cell) || cell == "" && len(cells) == 1 {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		e.row.WriteString(cell)
	}
	e.row.WriteString("\r\n")
	raw, err := e.encode(e.row.String())
	if err != nil {
		return err
	}
	_, err = w.Write(raw)
	return fault.Wrap("write", err)
}

func (e *encoder) encode(text string) ([]byte, error) {
	switch {
	case !utf8.ValidString(text):
		return nil, errNoText
	case e.charset == "" || e.charset == UTF8:
		return []byte(text), nil
	case e.charset != GB18030:
		raw, err := e.charset.encoding().NewEncoder().Bytes([]byte(text))
		return bytes.TrimPrefix(bytes.TrimPrefix(raw, []byte("\xff\xfe")), []byte("\xfe\xff")), fault.Wrap("write", err)
	}
	raw, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return nil, errNoCharacter
	}
	back, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	if err != nil || string(back) != text { // where two characters share a place
		return nil, errNoCharacter
	}
	return raw, nil
}

var (
	errNoText      = fault.New(fault.Invalid, "a character of it is broken").WithHint("correct the record")
	errNoCharacter = fault.New(fault.Invalid, "GB 18030 does not have a character of it").WithHint("export it as UTF-8")
)

// WriteJSON writes records as JSON Lines, as put takes them: flat, with references by
// what records are called, and the version in a form that is to be filled in.
func WriteJSON(w io.Writer, l Layout, records Records) error {
	out := bufio.NewWriterSize(w, 64<<10)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	columns := l.columns()
	err := records(func(r *Record) error {
		if l.Map != nil {
			raw, err := l.appendMapped(nil, columns, r)
			if err == nil {
				_, err = out.Write(raw)
			}
			return fault.Wrap("write", err)
		}
		object := map[string]any{"id": r.ID, "unit": r.Unit}
		if l.Template {
			object["version"] = r.Version
		}
		for _, c := range columns {
			if c.use != ofField {
				continue
			}
			if item, said := r.Fields[c.field.Name]; said {
				object[c.field.Name] = item
			}
			if called := r.Called[c.field.Name]; called != "" {
				object[c.field.Name] = called
			}
		}
		return fault.Wrap("write", e.Encode(object))
	})
	if err != nil {
		return err
	}
	return fault.Wrap("write", out.Flush())
}
