package socket

import (
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// Direct returns a client that calls the handler in this process; end runs at
// Close. Answers stream: the handler works while its answer is read, and is
// over when the answer's body is closed.
func Direct(h http.Handler, end func()) *Client {
	return &Client{http: &http.Client{Transport: direct{h}}, end: end, here: true}
}

type direct struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	body, out := io.Pipe()
	a := &answer{header: http.Header{}, trailer: http.Header{}, status: http.StatusOK, out: out, begun: make(chan struct{})}
	over := make(chan struct{})
	go func() {
		defer close(over)
		a.finish(d.call(a, r))
	}()
	<-a.begun
	return &http.Response{StatusCode: a.status, Status: http.StatusText(a.status), Header: a.sent,
		Trailer: a.trailer, Body: &reading{PipeReader: body, over: over}, ContentLength: -1, Request: r}, nil
}

// call runs the handler; one that aborts its answer does so by panic.
func (d direct) call(a *answer, r *http.Request) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			err = io.ErrUnexpectedEOF
		default:
			panic(p)
		}
	}()
	d.handler.ServeHTTP(a, r)
	return nil
}

// reading is the answer's body.
type reading struct {
	*io.PipeReader
	over chan struct{}
}

// Close lets the handler go to its end: what it does is not undone by a
// caller that has read enough.
func (r *reading) Close() error {
	_, _ = io.Copy(io.Discard, r.PipeReader) // its failure is the handler's
	<-r.over
	return r.PipeReader.Close()
}

// answer passes on what a handler writes.
type answer struct {
	header  http.Header // the handler's
	sent    http.Header // as it was when the status was sent
	trailer http.Header // what the handler announced; filled before the body ends
	status  int
	out     *io.PipeWriter
	once    sync.Once
	begun   chan struct{} // closed when the status stands
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	a.once.Do(func() {
		a.status, a.sent = status, a.header.Clone()
		close(a.begun)
	})
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.out.Write(p)
}

// SetWriteDeadline is what http.ResponseController calls. A time that is past ends the
// writing, also one that waits for its reader; another one does nothing.
func (a *answer) SetWriteDeadline(at time.Time) error {
	if at.Before(time.Now()) {
		_ = a.out.CloseWithError(os.ErrDeadlineExceeded) // it has no other error
	}
	return nil
}

// finish ends the body, with the trailers that the handler announced. A reader
// sees them only after the end of the body, so they are set before.
func (a *answer) finish(err error) {
	a.WriteHeader(http.StatusOK)
	for _, name := range a.sent.Values("Trailer") {
		a.trailer[http.CanonicalHeaderKey(name)] = a.header.Values(name)
	}
	_ = a.out.CloseWithError(err) // nil ends the answer
}
