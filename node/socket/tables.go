package socket

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/operate"
)

// Description is what a program needs to know of a directory to read and write
// tables for it.
type Description struct {
	Unit      string                `json:"unit"` // division code
	Name      string                `json:"name"` // of the unit
	Today     string                `json:"today"`
	Published []operate.Publication `json:"published"` // that the schema has besides the program's own
}

// Schema makes the schema of the directory.
func (d Description) Schema() (*schema.Schema, error) { return operate.SchemaOf(d.Published) }

func (s Service) describe() (d Description, err error) {
	unit, today, err := s.Desk.Place()
	if err != nil {
		return d, err
	}
	d = Description{Unit: unit.Code, Name: unit.Name, Today: today}
	d.Published, err = s.Operate.Documents()
	return d, err
}

// handleImport reads rows, one a line, and answers with a line for each while more
// of them come: neither side has to hold them all.
func (s Service) handleImport(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).EnableFullDuplex() // what cannot, reads and writes at once anyway
	handleLines(func(r *http.Request, tell func(any) error) error {
		q := r.URL.Query()
		how := desk.Importing{Actor: operator(), Run: q.Get("run"), Named: q.Has("named"), DryRun: q.Has("dry")}
		return s.Desk.Import(r.Context(), how, rowsOf(r.Body), func(one desk.Imported) error { return tell(one) })
	})(w, r)
}

func rowsOf(r io.Reader) func() (*desk.Row, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), 2*desk.MaxLine)
	return func() (*desk.Row, error) {
		if !lines.Scan() {
			if err := lines.Err(); err != nil && !errors.Is(err, io.EOF) {
				return nil, fault.As(fault.Canceled, "read the rows", err)
			}
			return nil, io.EOF
		}
		row := new(desk.Row)
		if err := json.Unmarshal(lines.Bytes(), row); err != nil {
			return nil, fault.As(fault.Internal, "read a row", err)
		}
		return row, nil
	}
}

func (s Service) handleExport(r *http.Request, tell func(any) error) error {
	q := r.URL.Query()
	how := desk.Findable
	switch {
	case q.Has("names"):
		how = desk.Named
	case q.Has("numbers"):
		how = desk.Numbered
	}
	return s.Desk.Export(r.Context(), r.PathValue("kind"), q.Get("filter"), q.Get("on"), how, askerOf(r), func(shown *desk.Shown) error { return tell(shown) })
}
