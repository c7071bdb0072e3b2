package socket

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// handleQueryAll answers with a line for each part of the answer.
func (s Service) handleQueryAll(w http.ResponseWriter, r *http.Request) {
	handleLines(func(r *http.Request, line func(any) error) error {
		q, err := readQuestion(r)
		if err != nil {
			return err
		}
		out := partWriter{line: line, control: http.NewResponseController(w)}
		return s.AskAll(r.Context(), q, out.tell)
	})(w, r)
}

// partWriter writes parts as lines.
type partWriter struct {
	columns []question.Column
	line    func(any) error
	control *http.ResponseController
}

// tell ends when the context does, also while nobody reads: then the connection can
// be used for nothing more.
func (p *partWriter) tell(ctx context.Context, part question.Part) error {
	defer context.AfterFunc(ctx, func() { _ = p.control.SetWriteDeadline(time.Unix(1, 0)) })() // the write fails anyway
	if part.Columns != nil {
		p.columns = part.Columns
	}
	return part.Each(p.columns, func(raw []byte) error { return p.write(ctx, raw) })
}

func (p *partWriter) write(ctx context.Context, raw []byte) error {
	err := p.line(json.RawMessage(raw))
	if err == nil {
		_ = p.control.Flush() // what is not flushed comes with the rest
	}
	if ctx.Err() != nil {
		return fault.Wrap("answer the command line", ctx.Err())
	}
	return err
}

// Parts calls, and passes on each part of an answer to all of a question. It returns
// what Lines does, and Unavailable when the answer was cut.
func (c *Client) Parts(ctx context.Context, q question.Question, fn func(question.Part) error) error {
	body, err := jsonBody(q)
	if err != nil {
		return err
	}
	var reader question.PartReader
	err = c.Lines(ctx, http.MethodPost, "/query/all", body, func(line []byte) error {
		part, err := reader.Read(append([]byte{}, line...))
		if err != nil {
			return err
		}
		return fn(part)
	})
	switch {
	case fault.Of(err) == fault.Unavailable && !reader.Over():
		return fault.As(fault.Unavailable, "the answer was cut", err).WithHint("what was written is not all there is; ask again")
	case err == nil && !reader.Over():
		return fault.New(fault.Unavailable, "the answer was cut").WithHint("what was written is not all there is; ask again")
	}
	return err
}
