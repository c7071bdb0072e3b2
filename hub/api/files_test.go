package api_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// TestLines: a stream as JSON Lines: rows as in a page, then the end, which the trailers
// say as well.
func TestLines(t *testing.T) {
	p := open(t)
	a := pageOf()
	rows, err := question.AppendLines(nil, a.Columns, a.Rows)
	must(t, err)
	want := string(rows) + `{"end":{"coverage":` + jsonOf(t, covered()) + `,"rows":2}}` + "\n"
	for path, got := range map[string]said{
		"/v1/stream/person":       p.call(http.MethodPost, "/v1/stream/person", `{"filter":"sex = \"1\"","select":["id"],"labels":true,"purpose":"why"}`),
		"/v1/files/person.ndjson": p.call(http.MethodGet, "/v1/files/person.ndjson?filter=sex+%3D+%221%22&select=id&labels=true&purpose=why", ""),
	} {
		must(t, got.err)
		if diff := cmp.Diff(want, string(got.body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if got.Header.Get("Content-Type") != "application/x-ndjson" || got.Trailer.Get("Tongbu-Rows") != "2" || got.Trailer.Get("Tongbu-Coverage") != jsonOf(t, covered()) {
			t.Errorf("%s: got %v, trailers %v", path, got.Header, got.Trailer)
		}
		if q := p.last(); q.Kind != "person" || q.Filter != `sex = "1"` || len(q.Select) != 1 || !q.Labels || q.Purpose != "statistics: why" {
			t.Errorf("%s: asked %+v", path, q)
		}
	}
}

// TestCSV: a file for a spreadsheet: with a mark that it is UTF-8, texts that are no
// formulas, and the end in the trailers.
func TestCSV(t *testing.T) {
	p := open(t)
	for path, got := range map[string]said{
		"POST":     p.call(http.MethodPost, "/v1/stream/person", "{}", "Accept", "text/csv"),
		"GET":      p.call(http.MethodGet, "/v1/files/person.csv", ""),
		"password": p.do(p.web(), http.MethodGet, "/v1/files/person.csv", "", "Authorization", basic(token)),
	} {
		must(t, got.err)
		if got.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(got.Header.Get("Content-Disposition"), "person.csv") {
			t.Errorf("%s: %v", path, got.Header)
		}
		if got.Trailer.Get("Tongbu-Rows") != "2" || got.Trailer.Get("Tongbu-Coverage") == "" {
			t.Errorf("%s: trailers %v", path, got.Trailer)
		}
		text, marked := strings.CutPrefix(string(got.body), "\ufeff")
		if !marked {
			t.Errorf("%s: no mark of UTF-8", path)
		}
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		must(t, err)
		if len(rows) != 3 || rows[0][0] != "id" || !strings.HasPrefix(rows[1][1], "张三 <a&b> \"\\\n") {
			t.Errorf("%s: got %q", path, rows)
		}
	}
}

// TestCutOff: an answer that fails half way ends so that every client sees it: over
// gRPC with the failure, over HTTP unexpectedly, whatever the form and the version.
func TestCutOff(t *testing.T) {
	p := open(t)
	p.set(func(h *hub) {
		h.askAll = func(ctx context.Context, _ question.Question, tell question.Tell) error {
			a := pageOf()
			if err := tell(ctx, question.Part{Columns: a.Columns}); err != nil {
				return err
			}
			for range 2000 { // more than any buffer holds
				if err := tell(ctx, question.Part{Rows: a.Rows}); err != nil {
					return err
				}
			}
			return fault.New(fault.Unavailable, "the view is damaged")
		}
	})
	err := p.client().QueryAll(t.Context(), question.Question{Kind: "person"}, func(context.Context, question.Part) error { return nil })
	if fault.Of(err) != fault.Unavailable || !strings.Contains(err.Error(), "the view is damaged") {
		t.Errorf("over gRPC: got %v", err)
	}
	two := p.web()
	two.Transport.(*http.Transport).ForceAttemptHTTP2 = true
	for name, web := range map[string]*http.Client{"HTTP/1.1": p.web(), "HTTP/2": two} {
		for _, path := range []string{"/v1/files/person.csv", "/v1/files/person.ndjson"} {
			got := p.do(web, http.MethodGet, path, "", "Authorization", "Bearer "+token)
			if got.Proto[:6] != name[:6] {
				t.Fatalf("%s: spoken over %s", name, got.Proto)
			}
			if got.err == nil || errors.Is(got.err, io.EOF) {
				t.Errorf("%s %s: %d bytes were read to a proper end (%v)", name, path, len(got.body), got.err)
			}
			if got.Trailer.Get("Tongbu-Rows") != "" || strings.Contains(string(got.body), `{"end"`) {
				t.Errorf("%s %s: it says that it is whole", name, path)
			}
		}
	}
}

// TestCutWithoutEnd: a stream that ends without saying so is an error to our own client.
func TestCutWithoutEnd(t *testing.T) {
	p := open(t)
	p.set(func(h *hub) {
		h.askAll = func(ctx context.Context, _ question.Question, tell question.Tell) error {
			return tell(ctx, question.Part{Columns: pageOf().Columns, Rows: pageOf().Rows})
		}
	})
	err := p.client().QueryAll(t.Context(), question.Question{Kind: "person"}, func(context.Context, question.Part) error { return nil })
	if fault.Of(err) != fault.Unavailable {
		t.Errorf("got %v, want unavailable", err)
	}
	got := p.call(http.MethodGet, "/v1/files/person.ndjson", "")
	if got.err == nil && got.Trailer.Get("Tongbu-Rows") == "" && got.StatusCode == http.StatusOK {
		var last map[string]json.RawMessage
		lines := strings.Split(strings.TrimSpace(string(got.body)), "\n")
		if json.Unmarshal([]byte(lines[len(lines)-1]), &last) == nil && last["end"] == nil {
			t.Error("over HTTP it ends properly")
		}
	}
}

// TestNothingBegun: what fails before the first row is told as a failure.
func TestNothingBegun(t *testing.T) {
	p := open(t)
	p.set(func(h *hub) {
		h.askAll = func(context.Context, question.Question, question.Tell) error {
			return fault.New(fault.Invalid, "no field %q", "x").WithHint("fields are ...")
		}
	})
	for _, path := range []string{"/v1/files/person.csv", "/v1/files/person.ndjson"} {
		got := wantProblem(t, path, p.call(http.MethodGet, path, ""), http.StatusBadRequest, fault.Invalid)
		if got.Hint == "" {
			t.Error("no hint")
		}
	}
}

// TestAddressTellsNobodyApart: nothing that tells persons apart stands in an address.
func TestAddressTellsNobodyApart(t *testing.T) {
	p := open(t)
	told := 0
	p.set(func(h *hub) {
		h.askAll = func(ctx context.Context, _ question.Question, tell question.Tell) error {
			told++
			err := tell(ctx, question.Part{Columns: pageOf().Columns, AskedBy: []string{"id_number", "name"}})
			if err == nil {
				err = tell(ctx, question.Part{Rows: pageOf().Rows})
			}
			return err
		}
	})
	got := p.call(http.MethodGet, "/v1/files/person.csv?filter=name%3D%22%E7%8E%8B%22", "")
	said := wantProblem(t, "a name", got, http.StatusForbidden, fault.Denied)
	if !strings.Contains(said.Detail, "id_number, name") {
		t.Errorf("got %s", got.body)
	}
	for name, path := range map[string]string{"no part": "/v1/files/person.csv?fliter=x", "a page": "/v1/files/person.csv?page_size=5"} {
		wantProblem(t, name, p.call(http.MethodGet, path, ""), http.StatusBadRequest, fault.Invalid)
	}
	if told != 1 {
		t.Errorf("%d questions were asked, want 1", told)
	}
}
