package socket

import (
	"bytes"
	"encoding/json"
	"io"
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
			fail(w, err)
			return
		}
		var b bytes.Buffer // an answer that has no JSON is a failure, not an answer cut short
		if err := json.NewEncoder(&b).Encode(answer); err != nil {
			fail(w, fault.As(fault.Internal, "write the answer", err))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(b.Bytes()) // the caller is gone when this fails
	}
}

// fail answers with a failure.
func fail(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnprocessableEntity)
	_ = json.NewEncoder(w).Encode(FailureOf(err)) // the caller is gone when this fails
}

// summaryTrailer carries, in JSON, what is said of an answer of bytes behind it: the
// bytes may be encrypted, and an answer without it was cut.
const summaryTrailer = "Tongbu-Summary"

// handleSummed is handleBytes for a function that also returns a summary of what it
// has written.
func handleSummed(fn func(w io.Writer, r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", summaryTrailer)
		handleBytes(func(out io.Writer, r *http.Request) error {
			summary, err := fn(out, r)
			if err != nil {
				return err
			}
			raw, err := json.Marshal(summary)
			if err != nil {
				return fault.As(fault.Internal, "write the summary", err)
			}
			w.Header().Set(summaryTrailer, string(raw))
			return nil
		})(w, r)
	}
}

// handleBytes answers with the bytes that fn writes. A failure before the first of
// them is the answer; after it the answer is aborted, and the caller sees that it
// is cut.
func handleBytes(fn func(w io.Writer, r *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out := &bytesWriter{to: w}
		switch err := fn(out, r); {
		case err == nil:
		case out.begun:
			panic(http.ErrAbortHandler)
		default:
			fail(w, err)
		}
	}
}

type bytesWriter struct {
	to    http.ResponseWriter
	begun bool
}

// Write implements io.Writer.
func (b *bytesWriter) Write(p []byte) (int, error) {
	if !b.begun {
		b.to.Header().Set("Content-Type", "application/octet-stream")
		b.begun = true
	}
	return b.to.Write(p)
}
