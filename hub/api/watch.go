package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"tongbu/hub/api/rows"
	"tongbu/hub/watch"
	"tongbu/internal/change"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/query/v1"
)

// Watch implements pb.QueryServiceServer.
func (s *service) Watch(r *pb.WatchRequest, to pb.QueryService_WatchServer) error {
	ctx := to.Context()
	k, err := s.kindOf(ctx, r.GetKind())
	if err != nil {
		return toStatus(err)
	}
	watched, err := s.watched(ctx, r)
	if err != nil {
		return toStatus(err)
	}
	return toStatus(s.hub.Watch(ctx, programOf(ctx), watched, func(_ context.Context, c watch.Changed) error {
		all, err := rows.Of(c.Rows)
		if err != nil {
			return err
		}
		m := &pb.WatchResponse{Rows: all, Gone: texts(c.Gone), Subjects: texts(c.Subjects), Position: c.Position}
		if c.Columns != nil {
			m.Columns = rows.Columns(c.Columns, k)
		}
		if c.Coverage != nil {
			m.Coverage = rows.CoverageOf(*c.Coverage)
		}
		return s.send(ctx, func() error { return to.Send(m) })
	}))
}

func (s *service) watched(ctx context.Context, r *pb.WatchRequest) (Watched, error) {
	q, err := s.question(ctx, question.Question{Kind: r.GetKind(), Filter: r.GetFilter(), Select: r.GetSelect(), Purpose: r.GetPurpose()}, r.GetScope())
	return Watched{Question: q, Position: r.GetPosition(), UntilNow: r.GetUntilNow()}, err
}

func texts(ids []change.RecordID) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = string(id)
	}
	return all
}

// changedForm is a part of what has changed, as a line of JSON.
type changedForm struct {
	Rows     []json.RawMessage  `json:"rows,omitempty"`
	Gone     []change.RecordID  `json:"gone,omitempty"`
	Subjects []change.RecordID  `json:"subjects,omitempty"`
	Position string             `json:"position"`
	Coverage *question.Coverage `json:"coverage,omitempty"`
}

// serveWatch is Watch over HTTP: a line of JSON for each part.
func (s *service) serveWatch(w http.ResponseWriter, r *http.Request) {
	req := &pb.WatchRequest{}
	err := readBody(r, req)
	var watched Watched
	if err == nil {
		req.Kind = r.PathValue("kind")
		if _, err = s.kindOf(r.Context(), req.GetKind()); err == nil {
			watched, err = s.watched(r.Context(), req)
		}
	}
	if err != nil {
		writeProblem(w, statusOf(err))
		return
	}
	control, begun := http.NewResponseController(w), false
	_ = control.SetReadDeadline(time.Time{}) // it lasts as long as the caller listens
	var columns []question.Column
	err = s.hub.Watch(r.Context(), programOf(r.Context()), watched, func(_ context.Context, c watch.Changed) error {
		if c.Columns != nil {
			columns = c.Columns
		}
		form := changedForm{Gone: c.Gone, Subjects: c.Subjects, Position: c.Position, Coverage: c.Coverage}
		for _, row := range c.Rows {
			raw, err := question.AppendLines(nil, columns, []question.Row{row})
			if err != nil {
				return err
			}
			form.Rows = append(form.Rows, raw)
		}
		raw, err := encode(form)
		if err != nil {
			return err
		}
		if !begun {
			begun = true
			w.Header().Set("Content-Type", linesType)
		}
		_ = control.SetWriteDeadline(time.Now().Add(s.partTime)) // where the line has none, the hub bounds who reads
		if _, err := w.Write(append(raw, '\n')); err != nil {
			return err
		}
		return control.Flush()
	})
	out := &download{w: w, begun: begun}
	out.end(err)
}
