package socket_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/report"
	"tongbu/internal/test/kit"
	"tongbu/node/reports"
	"tongbu/node/socket"
)

// endless is a body without an end, of spaces behind its beginning.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	copy(b, bytes.Repeat([]byte(" "), len(b)))
	return len(b), nil
}

// TestReportRoutes: a report is made, listed, shown, counted again by its id and as it is,
// and compared; what is none is answered by its kind.
func TestReportRoutes(t *testing.T) {
	w := kit.MustTown(t)
	city := w.MustCity(t)
	c := socket.Direct(socket.Service{Reports: reports.New(city, reports.Config{})}.Routes(), func() {})
	t.Cleanup(c.Close)
	s := served{t, c}
	var made report.Signed
	if err := c.JSON(t.Context(), http.MethodPost, "/reports", reports.Order{Period: "2026-12"}, &made); err != nil {
		t.Fatal(err)
	}
	if list := get[[]reports.Line](s, "/reports"); len(list) != 1 || list[0].Report != made.ID() {
		t.Errorf("got %+v, want the report", list)
	}
	if shown := get[report.Signed](s, "/reports/"+made.ID()[:8]); shown.ID() != made.ID() {
		t.Errorf("got %s", shown.ID())
	}
	for what, of := range map[string]socket.GivenReport{"its id": {ID: made.ID()}, "as it is": {Signed: &made}} {
		var out report.Recount
		if err := c.JSON(t.Context(), http.MethodPost, "/reports/recount", of, &out); err != nil || out.Result != report.Equal {
			t.Errorf("%s: got %+v, %v", what, out, err)
		}
		var found []report.Difference
		if err := c.JSON(t.Context(), http.MethodPost, "/reports/diff", socket.Compared{Report: of, Against: &of}, &found); err != nil || len(found) != 0 {
			t.Errorf("%s: got %+v, %v", what, found, err)
		}
	}
	for path, want := range map[string]fault.Kind{"/reports/0123456789": fault.NotFound, "/reports/x": fault.NotFound, "/reports/" + made.ID() + "0": fault.NotFound} {
		kit.WantKind(t, c.JSON(t.Context(), http.MethodGet, path, nil, &report.Signed{}), want)
	}
}

// TestHostileReports: a body that is no report, or has no end, is refused.
func TestHostileReports(t *testing.T) {
	w := kit.MustTown(t)
	c := socket.Direct(socket.Service{Reports: reports.New(w.MustCity(t), reports.Config{})}.Routes(), func() {})
	t.Cleanup(c.Close)
	for what, body := range map[string]func() io.Reader{
		"nothing":    func() io.Reader { return strings.NewReader("") },
		"no JSON":    func() io.Reader { return strings.NewReader("{") },
		"a list":     func() io.Reader { return strings.NewReader("[]") },
		"no end":     func() io.Reader { return io.MultiReader(strings.NewReader(`{"signed":`), endless{}) },
		"not signed": func() io.Reader { return strings.NewReader(`{"signed":{"report":{},"key":"AA==","signature":""}}`) },
	} {
		for _, path := range []string{"/reports/recount", "/reports/diff"} {
			if what == "no end" && path == "/reports/diff" {
				continue // the same, of twice the size
			}
			in := body()
			if path == "/reports/diff" {
				in = io.MultiReader(strings.NewReader(`{"report":`), in, strings.NewReader("}"))
			}
			err := c.Lines(t.Context(), http.MethodPost, path, in, func([]byte) error { return nil })
			if fault.Of(err) != fault.Invalid {
				t.Errorf("%s to %s: got %v, want Invalid", what, path, err)
			}
		}
	}
}
