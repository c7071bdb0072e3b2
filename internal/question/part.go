package question

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Part is a piece of an answer that has no pages: it comes in parts, all of one
// moment. The first has the columns, then come rows, and the last has the end: an
// answer without it was cut. Their JSON is a contract like that of an answer:
//
//	{"columns":[{"name":"id","type":"text"},{"name":"hardship","type":"set"}]}
//	{"rows":[{"id":"p-1","hardship":["010","050"]},...]}
//	{"end":{"rows":17936,"coverage":{...},"kept":true}}
//
// kept stands there when the line is down, as in an answer.
type Part struct {
	Columns []Column
	Rows    []Row
	End     *End

	Records []change.RecordID // as in Answer
	AskedBy []string          // as in Answer

	// AsReceived is as in Answer.
	AsReceived []byte
}

// End is how an answer in parts ends.
type End struct {
	Rows     int64 // of all parts
	Coverage Coverage
	Kept     bool // as in Answer
}

// Tell takes the next part of an answer. It waits while whoever reads is behind, and
// returns when the context ends.
type Tell func(context.Context, Part) error

var typeNames = []string{Unknown: "unknown", Text: "text", Integer: "integer", Boolean: "boolean", Set: "set"}

// String is the stable name of the type.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return typeNames[Unknown]
}

// AppendRows appends the JSON of rows, each as in an answer, until they have as many
// bytes, and returns how many rows that were: one at least. It returns Internal as
// Answer.MarshalJSON does.
func AppendRows(b []byte, columns []Column, rows []Row, most int) ([]byte, int, error) {
	a := Answer{Columns: columns}
	keys, err := a.keys()
	b = append(b, `{"rows":[`...)
	n := 0
	for ; err == nil && n < len(rows) && (n == 0 || len(b) < most); n++ {
		if n > 0 {
			b = append(b, ',')
		}
		b, err = rows[n].appendTo(b, keys)
	}
	if err != nil {
		return nil, 0, fault.As(fault.Internal, "write rows of an answer", err)
	}
	return append(b, "]}"...), n, nil
}

// maxPart bounds the JSON of a part on its way, in bytes: half of what a message may
// have. One row may be longer.
const maxPart = 256 << 10

// Each calls send for the JSON of a part: its rows may be too many for one piece. The
// columns are those of the first part. It returns Internal for what JSON has no form
// for, and what send returns.
func (p Part) Each(columns []Column, send func(raw []byte) error) error {
	if p.AsReceived != nil {
		return send(p.AsReceived)
	}
	for rows := p.Rows; len(rows) > 0; {
		raw, n, err := AppendRows(nil, columns, rows, maxPart)
		if err == nil {
			err = send(raw)
		}
		if err != nil {
			return err
		}
		rows = rows[n:]
	}
	if p.Rows != nil {
		return nil
	}
	raw, err := p.Bytes()
	if err != nil {
		return err
	}
	return send(raw)
}

// Bytes writes a part that has no rows. Rows are for AppendRows.
func (p Part) Bytes() ([]byte, error) {
	if p.End == nil {
		columns := make([]columnForm, len(p.Columns))
		for i, c := range p.Columns {
			columns[i] = columnForm{Name: c.Name, Type: c.Type.String()}
		}
		raw, err := json.Marshal(map[string]any{"columns": columns})
		if err != nil {
			return nil, fault.As(fault.Internal, "write the columns of an answer", err)
		}
		return raw, nil
	}
	coverage, err := p.End.Coverage.MarshalJSON()
	if err != nil {
		return nil, err
	}
	b := strconv.AppendInt([]byte(`{"end":{"rows":`), p.End.Rows, 10)
	b = append(append(b, `,"coverage":`...), coverage...)
	if p.End.Kept {
		b = append(b, `,"kept":true`...)
	}
	return append(b, "}}"...), nil
}

type columnForm struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// PartReader reads the parts of one answer, which may be another version's, in their
// order. It takes nothing on trust, as ParseAnswer does.
type PartReader struct {
	columns []Column
	begun   bool
	rows    int64
	over    bool
}

// Read reads the next part. It returns Invalid for what is none, or not in its place.
func (r *PartReader) Read(raw []byte) (Part, error) {
	part, err := r.read(raw)
	if err != nil {
		return Part{}, fault.Wrap("read a part of an answer", err)
	}
	part.AsReceived = raw
	return part, nil
}

// Over reports whether the end was read.
func (r *PartReader) Over() bool { return r.over }

func (r *PartReader) read(raw []byte) (part Part, err error) {
	if len(raw) > maxBytes || r.over {
		return part, malformed("a part is too long, or follows the end")
	}
	p := newParser(raw)
	err = p.members(func(name string) error {
		switch {
		case name == "columns" && !r.begun:
			r.begun = true
			return r.readColumns(p, &part)
		case name == "rows" && r.begun:
			return p.array(maxRows, "rows", func() error { return r.readRow(p, &part) })
		case name == "end" && r.begun:
			return r.readEnd(p, &part)
		case name == "columns" || name == "rows" || name == "end":
			return malformed("a part is not in its place")
		}
		return p.skip()
	})
	if err == nil {
		err = p.end()
	}
	return part, err
}

func (r *PartReader) readColumns(p *parser, part *Part) error {
	err := p.array(maxColumns, "columns", func() error {
		var c columnForm
		err := p.members(func(name string) error {
			switch name {
			case "name":
				return p.text(&c.Name)
			case "type":
				return p.text(&c.Type)
			}
			return p.skip()
		})
		if err != nil {
			return err
		}
		if c.Name == "" || len(c.Name) > change.MaxField || slices.ContainsFunc(r.columns, func(o Column) bool { return o.Name == c.Name }) {
			return malformed("a column has no name, a long one, or is there twice")
		}
		r.columns = append(r.columns, Column{Name: c.Name, Type: Type(max(slices.Index(typeNames, c.Type), 0))})
		return nil
	})
	part.Columns = r.columns
	return err
}

func (r *PartReader) readRow(p *parser, part *Part) error {
	row := make(Row, len(r.columns))
	seen := make([]bool, len(r.columns))
	at := 0
	err := p.object(func(name string) error {
		for at < len(r.columns) && r.columns[at].Name != name {
			at++
		}
		if at == len(r.columns) || seen[at] {
			return malformed("a row has a column that is unknown, or not in its place")
		}
		seen[at] = true
		value, kind, err := p.value()
		if err != nil {
			return err
		}
		if want := r.columns[at].Type; kind != want && kind != Unknown && want != Unknown {
			return malformed("column %q holds two types", name)
		}
		row[at] = value
		return nil
	})
	r.rows++
	part.Rows = append(part.Rows, row)
	return err
}

func (r *PartReader) readEnd(p *parser, part *Part) error {
	r.over = true
	end := &End{}
	part.End = end
	err := p.members(func(name string) error {
		switch name {
		case "rows":
			return p.decode(&end.Rows, "a count")
		case "coverage":
			return p.coverage(&end.Coverage)
		case "kept":
			return p.decode(&end.Kept, "a yes or no")
		}
		return p.skip()
	})
	if err == nil && end.Rows != r.rows {
		return malformed("%d rows have come of %d", r.rows, end.Rows)
	}
	return err
}

// AppendLines appends rows as JSON Lines: an object and a line feed each, as in an
// answer. It returns Internal as Answer.MarshalJSON does.
func AppendLines(b []byte, columns []Column, rows []Row) ([]byte, error) {
	a := Answer{Columns: columns}
	keys, err := a.keys()
	for i := 0; err == nil && i < len(rows); i++ {
		if b, err = rows[i].appendTo(b, keys); err == nil {
			b = append(b, '\n')
		}
	}
	if err != nil {
		return nil, fault.As(fault.Internal, "write rows of an answer", err)
	}
	return b, nil
}
