package socket

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"tongbu/internal/fault"
)

// Failure is a failure on its way to the command line.
type Failure struct {
	Kind    string `json:"kind"`
	Message string `json:"error"`
	Hint    string `json:"hint,omitempty"`
}

// FailureOf describes an error.
func FailureOf(err error) Failure {
	return Failure{Kind: fault.Of(err).String(), Message: oneLine(err.Error()), Hint: fault.Hint(err)}
}

// Err is the error that the failure describes.
func (f Failure) Err() error {
	return fault.New(fault.Parse(f.Kind), "%s", f.Message).WithHint("%s", f.Hint)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Handle answers with what fn returns, in JSON.
func Handle(fn func(r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer, err := fn(r)
		if err != nil {
			Fail(w, err)
			return
		}
		var b bytes.Buffer // an answer that has no JSON is a failure, not an answer cut short
		if err := json.NewEncoder(&b).Encode(answer); err != nil {
			Fail(w, fault.As(fault.Internal, "write the answer", err))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(b.Bytes()) // the caller is gone when this fails
	}
}

// Fail answers with a failure.
func Fail(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnprocessableEntity)
	_ = json.NewEncoder(w).Encode(FailureOf(err)) // the caller is gone when this fails
}

// Lines answers with JSON Lines, each sent as soon as it is there. A failure
// after the first line becomes the last line, under the key "error".
type Lines struct {
	w     http.ResponseWriter
	count int
}

// NewLines begins an answer of lines.
func NewLines(w http.ResponseWriter) *Lines { return &Lines{w: w} }

// Put sends one line.
func (l *Lines) Put(line any) error {
	if l.count == 0 {
		l.w.Header().Set("Content-Type", "application/x-ndjson")
	}
	l.count++
	if err := json.NewEncoder(l.w).Encode(line); err != nil {
		return fault.As(fault.Canceled, "answer the command line", err)
	}
	if l.count%1000 == 0 {
		l.Flush()
	}
	return nil
}

// Flush sends what is buffered.
func (l *Lines) Flush() {
	if f, ok := l.w.(http.Flusher); ok {
		f.Flush()
	}
}

// Fail ends the answer with a failure.
func (l *Lines) Fail(err error) {
	if l.count == 0 {
		Fail(l.w, err)
		return
	}
	_ = json.NewEncoder(l.w).Encode(FailureOf(err)) // the caller is gone when this fails
}
