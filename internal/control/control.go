// Package control is how the command line talks to the process that serves a
// directory: HTTP over a Unix socket in that directory, which the file system
// guards (mode 0600). It carries JSON and knows nothing of what is asked.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tongbu/internal/fault"
)

// SocketFile is the socket's name in a directory.
const SocketFile = "tongbu.sock"

// maxPath is what a Unix socket's address can hold, in bytes.
const maxPath = 100

// Listen opens the socket of a directory. The caller holds the directory's
// lock, so a socket that is there is a dead process's.
func Listen(dir string) (net.Listener, error) {
	path := filepath.Join(dir, SocketFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fault.Wrap("remove an old socket", err)
	}
	var listener net.Listener
	err := shortly(dir, func(path string) (err error) {
		listener, err = net.Listen("unix", path)
		return err
	})
	if err != nil {
		return nil, fault.Wrap("open the socket for the command line", err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	return listener, fault.Wrap("guard the socket", os.Chmod(path, 0o600))
}

// shortly calls fn with a path of the socket that fits into an address: a
// deep directory is reached through the descriptor of its open file.
func shortly(dir string, fn func(path string) error) error {
	path := filepath.Join(dir, SocketFile)
	if len(path) <= maxPath {
		return fn(path)
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // only read
	return fn(filepath.Join("/proc/self/fd", strconv.Itoa(int(d.Fd())), SocketFile))
}

// Client asks a server.
type Client struct {
	http *http.Client
	end  func()
}

// Dial returns a client of the process that serves the directory; NotFound
// when none does.
func Dial(ctx context.Context, dir string) (*Client, error) {
	dial := func(ctx context.Context, _, _ string) (conn net.Conn, err error) {
		err = shortly(dir, func(path string) (err error) {
			var d net.Dialer
			conn, err = d.DialContext(ctx, "unix", path)
			return err
		})
		return conn, err
	}
	probe, err := dial(ctx, "", "")
	if err != nil {
		return nil, fault.New(fault.NotFound, "no process serves this directory").WithHint("start tongbu serve")
	}
	_ = probe.Close()
	transport := &http.Transport{DialContext: dial}
	return &Client{http: &http.Client{Transport: transport}, end: transport.CloseIdleConnections}, nil
}

// Direct returns a client that calls the handler in this process; end runs at
// Close.
func Direct(h http.Handler, end func()) *Client {
	return &Client{http: &http.Client{Transport: direct{h}}, end: end}
}

type direct struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &answer{header: http.Header{}, status: http.StatusOK}
	d.handler.ServeHTTP(w, r)
	return &http.Response{StatusCode: w.status, Status: http.StatusText(w.status), Header: w.header,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r}, nil
}

// answer collects what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// Close frees what the client holds.
func (c *Client) Close() { c.end() }

// Call sends a request and returns the answer's body, to be closed. A failure
// of the server comes back with its kind and hint.
func (c *Client) Call(ctx context.Context, method, path string, body io.Reader) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://tongbu"+path, body)
	if err != nil {
		return nil, fault.As(fault.Internal, "make a request", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fault.As(fault.Unavailable, "talk to the serving process", err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	var f Failure
	if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&f); err != nil {
		return nil, fault.New(fault.Internal, "the serving process answered %s", resp.Status)
	}
	return nil, f.Err()
}

// JSON calls and decodes the answer into out.
func (c *Client) JSON(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return fault.As(fault.Internal, "make a request", err)
		}
		body = bytes.NewReader(raw)
	}
	answer, err := c.Call(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer answer.Close() //nolint:errcheck // only read
	if err := json.NewDecoder(answer).Decode(out); err != nil {
		return fault.As(fault.Internal, "read the answer", err)
	}
	return nil
}

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
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // the caller is gone when this fails
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

// Serve answers on the listener until the context ends.
func Serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fault.Wrap("serve the command line", err)
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(limit); err != nil {
		_ = server.Close()
	}
	_ = <-served // closed on request
	return nil
}
