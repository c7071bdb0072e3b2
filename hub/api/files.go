package api

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/internal/show"
	pb "tongbu/proto/tongbu/query/v1"
)

// Forms of a file.
const (
	linesType = "application/x-ndjson"
	csvType   = "text/csv"
)

// partTime is how long a part of a file may take to be written.
const partTime = 70 * time.Second

// serveStream sends all rows of a question that stands in the body, as JSON Lines or,
// where the caller accepts that first, as CSV. A stream that fails is cut off, so that
// whoever reads it sees no proper end; JSON Lines end with {"end":...} besides.
func (s *service) serveStream(w http.ResponseWriter, r *http.Request) {
	req := &pb.StreamRequest{}
	if err := readBody(r, req); err != nil {
		writeProblem(w, statusOf(err))
		return
	}
	req.Kind = r.PathValue("kind")
	s.sendFile(w, r, req, wantsCSV(r.Header.Get("Accept")), nil)
}

// serveFile sends KIND.csv or KIND.ndjson, asked for by an address alone, as a
// spreadsheet does: an address is kept in many places, so nothing that tells persons
// apart may stand in it.
func (s *service) serveFile(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead { // it would be the whole question
		writeMethod(w, http.MethodGet)
		return
	}
	file, in := r.PathValue("file"), r.URL.Query()
	ending := path.Ext(file)
	if ending != ".csv" && ending != ".ndjson" {
		writeProblem(w, statusOf(fault.New(fault.NotFound, "there is no such file").WithHint("ask for KIND.csv or KIND.ndjson")))
		return
	}
	req := &pb.StreamRequest{Kind: strings.TrimSuffix(file, ending), Filter: in.Get("filter"), OrderBy: in.Get("order_by"), Select: list(in.Get("select")),
		GroupBy: list(in.Get("group_by")), Labels: in.Get("labels") == "true" || in.Get("labels") == "1", Scope: in.Get("scope"), Purpose: in.Get("purpose")}
	s.sendFile(w, r, req, ending == ".csv", func(part question.Part) error {
		if len(part.AskedBy) > 0 {
			return fault.New(fault.Denied, "the address asks by %s, which tells persons apart", strings.Join(part.AskedBy, ", ")).
				WithHint("send the question as a body: POST /v1/stream/KIND")
		}
		return nil
	})
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// sendFile sends all rows of a question; check looks at the first part before anything
// is sent.
func (s *service) sendFile(w http.ResponseWriter, r *http.Request, req *pb.StreamRequest, csv bool, check func(question.Part) error) {
	ctx := r.Context()
	k, err := s.kindOf(ctx, req.GetKind())
	var q question.Question
	if err == nil {
		q, err = s.streamed(ctx, k, req)
	}
	if err != nil {
		writeProblem(w, statusOf(err))
		return
	}
	out := &download{w: w, control: http.NewResponseController(w), partTime: s.partTime, kind: k, csv: csv}
	err = s.hub.AskAll(ctx, programOf(ctx), q, func(ctx context.Context, part question.Part) error {
		if part.Columns != nil && check != nil {
			if err := check(part); err != nil {
				return err
			}
		}
		return out.part(ctx, part)
	})
	out.end(err)
}

// download is a file on its way.
type download struct {
	w       http.ResponseWriter
	control *http.ResponseController
	kind    *schema.Kind
	csv     bool
	columns []question.Column
	sheet   *show.CSV
	begun   bool

	partTime time.Duration
}

func (d *download) part(_ context.Context, part question.Part) error {
	_ = d.control.SetWriteDeadline(time.Now().Add(d.partTime)) // where the line has none, who reads is bounded by the hub
	switch {
	case part.Columns != nil:
		return d.begin(part.Columns)
	case part.End != nil:
		return d.finish(part.End)
	case d.csv:
		return d.sheet.Rows(part.Rows)
	}
	raw, err := question.AppendLines(nil, d.columns, part.Rows)
	if err == nil {
		_, err = d.w.Write(raw)
	}
	return err
}

func (d *download) begin(columns []question.Column) error {
	d.begun, d.columns = true, columns
	kind, ending := linesType, ".ndjson"
	if d.csv {
		kind, ending = csvType+"; charset=utf-8", ".csv"
	}
	h := d.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.kind.Name + ending}))
	h.Set("Trailer", "Tongbu-Rows, Tongbu-Coverage")
	if !d.csv {
		return nil
	}
	d.sheet = show.NewCSV(d.w)
	d.sheet.Sheet = true
	return d.sheet.Begin(columns)
}

// finish says how many rows there were and how complete they are: JSON Lines in their
// last line, and both in the trailers, since CSV has no place for it.
func (d *download) finish(end *question.End) error {
	raw, err := encode(end.Coverage)
	if err != nil {
		return err
	}
	rows, err := encode(end.Rows)
	if err != nil {
		return err
	}
	d.w.Header().Set("Tongbu-Rows", string(rows))
	d.w.Header().Set("Tongbu-Coverage", string(raw))
	if d.csv {
		return nil
	}
	last, err := json.Marshal(map[string]any{"end": map[string]json.RawMessage{"rows": rows, "coverage": raw}})
	if err == nil {
		_, err = d.w.Write(append(last, '\n'))
	}
	return err
}

// end ends the answer: one that failed half way is cut off.
func (d *download) end(err error) {
	switch {
	case err == nil:
	case d.begun:
		panic(http.ErrAbortHandler) // the server's own way to cut an answer; it says nothing in the log
	default:
		writeProblem(d.w, statusOf(err))
	}
}

// wantsCSV reports whether CSV is what a caller accepts first.
func wantsCSV(accept string) bool {
	first, _, _ := strings.Cut(accept, ",")
	kind, _, err := mime.ParseMediaType(first)
	return err == nil && kind == csvType
}

// readBody reads a message of a request. Nothing at all is an empty one.
func readBody(r *http.Request, into proto.Message) error {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return errBody(err)
	}
	if len(raw) > 0 {
		err = protojson.Unmarshal(raw, into)
	}
	if err != nil {
		return fault.New(fault.Invalid, "the body cannot be read as JSON of the request: %s", line(err.Error())).WithHint("GET /v1/openapi.json says what it has")
	}
	return nil
}
