package socket_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"tongbu/internal/fault"
	"tongbu/node/socket"
)

// handler answers as the tiers do.
func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /echo", socket.Handle(func(r *http.Request) (any, error) {
		raw, err := io.ReadAll(r.Body)
		return map[string]string{"said": string(raw)}, err
	}))
	mux.HandleFunc("GET /fail/{kind}", socket.Handle(func(r *http.Request) (any, error) {
		return nil, fmt.Errorf("in a step:\n %w", fault.New(fault.Parse(r.PathValue("kind")), "it failed").WithHint("try this"))
	}))
	mux.HandleFunc("GET /unsayable", socket.Handle(func(*http.Request) (any, error) { return func() {}, nil }))
	mux.HandleFunc("GET /lines", socket.HandleLines(func(r *http.Request, tell func(any) error) error {
		for n := range 3 {
			switch r.URL.Query().Get("end") {
			case fmt.Sprint("fail", n):
				return fault.New(fault.Full, "no room")
			case fmt.Sprint("cut", n):
				panic(http.ErrAbortHandler)
			}
			if err := tell(fmt.Sprint(n)); err != nil {
				return err
			}
		}
		return nil
	}))
	mux.HandleFunc("GET /alike", socket.HandleLines(func(_ *http.Request, tell func(any) error) error {
		return tell(socket.Failure{Kind: "full", Message: "a record that looks like a failure"})
	}))
	return mux
}

// mustServe serves a directory until the test ends.
func mustServe(t *testing.T, dir string) {
	t.Helper()
	listener, err := socket.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- socket.Serve(ctx, listener, handler()) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// clients are the two ways to ask.
func clients(t *testing.T) map[string]*socket.Client {
	t.Helper()
	dir := t.TempDir()
	mustServe(t, dir)
	dialed, err := socket.Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*socket.Client{"socket": dialed, "direct": socket.Direct(handler(), func() {})}
	t.Cleanup(func() {
		for _, c := range all {
			c.Close()
		}
	})
	return all
}

func TestJSON(t *testing.T) {
	for name, c := range clients(t) {
		t.Run(name, func(t *testing.T) {
			var got map[string]string
			if err := c.JSON(t.Context(), http.MethodPost, "/echo", []int{1, 2}, &got); err != nil || got["said"] != "[1,2]" {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestFailuresKeepKindAndHint(t *testing.T) {
	for name, c := range clients(t) {
		t.Run(name, func(t *testing.T) {
			for kind := fault.Internal; kind.Known(); kind++ {
				err := c.JSON(t.Context(), http.MethodGet, "/fail/"+kind.String(), nil, new(any))
				if fault.Of(err) != kind || fault.Hint(err) != "try this" || err.Error() != "in a step: it failed" {
					t.Errorf("%v: got %v, %q, %q", kind, fault.Of(err), err, fault.Hint(err))
				}
			}
			err := c.JSON(t.Context(), http.MethodGet, "/unsayable", nil, new(any))
			if fault.Of(err) != fault.Internal || !strings.HasPrefix(err.Error(), "write the answer: ") {
				t.Errorf("an answer that has no JSON: got %v, want internal, as the server says it", err)
			}
			err = c.JSON(t.Context(), http.MethodPost, "/nowhere", nil, new(any))
			if fault.Of(err) != fault.Unsupported {
				t.Errorf("what the tier does not answer: got %v (%v), want unsupported", fault.Of(err), err)
			}
		})
	}
}

func TestLines(t *testing.T) {
	tests := map[string]struct {
		path string
		want int // lines
		kind fault.Kind
	}{
		"all":                       {"/lines", 3, fault.OK},
		"fails at first":            {"/lines?end=fail0", 0, fault.Full},
		"fails later":               {"/lines?end=fail2", 2, fault.Full},
		"cut before the first":      {"/lines?end=cut0", 0, fault.Unavailable},
		"cut after some":            {"/lines?end=cut2", 2, fault.Unavailable},
		"a line alike to a failure": {"/alike", 1, fault.OK},
	}
	for name, c := range clients(t) {
		for what, test := range tests {
			t.Run(name+" "+what, func(t *testing.T) {
				got := 0
				err := c.Lines(t.Context(), http.MethodGet, test.path, nil, func([]byte) error {
					got++
					return nil
				})
				if fault.Of(err) != test.kind {
					t.Errorf("got %v, want %v", err, test.kind)
				}
				// What was cut may have been on its way still.
				if got != test.want && (test.kind != fault.Unavailable || got > test.want) {
					t.Errorf("got %d lines, want %d", got, test.want)
				}
			})
		}
	}
}

func TestNobodyServes(t *testing.T) {
	dir := t.TempDir()
	if _, err := socket.Dial(t.Context(), dir); fault.Of(err) != fault.NotFound {
		t.Errorf("without a socket: got %v, want not-found", err)
	}
	listener, err := socket.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := socket.Dial(t.Context(), dir); fault.Of(err) != fault.NotFound {
		t.Errorf("when it has ended: got %v, want not-found", err)
	}
	mustServe(t, dir) // in the place of what an ended one leaves
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := socket.Dial(ctx, dir); fault.Of(err) != fault.Canceled {
		t.Errorf("canceled: got %v, want canceled", err)
	}
}

// TestDeepDirectory: a path longer than an address can hold.
func TestDeepDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 120))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/proc/self/fd"); runtime.GOOS != "windows" && errors.Is(err, os.ErrNotExist) {
		t.Skip("this system has no /proc/self/fd to reach a deep directory by")
	}
	mustServe(t, dir)
	c, err := socket.Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var got map[string]string
	if err := c.JSON(t.Context(), http.MethodPost, "/echo", 1, &got); err != nil || got["said"] != "1" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestListenWhereThereIsNoDirectory(t *testing.T) {
	if _, err := socket.Listen(filepath.Join(t.TempDir(), "gone")); fault.Of(err) != fault.NotFound {
		t.Errorf("got %v, want not-found", err)
	}
}

func TestUnknownFailure(t *testing.T) {
	f := socket.Failure{Kind: "of-tomorrow", Message: "x"}
	if got := fault.Of(f.Err()); got != fault.Internal {
		t.Errorf("got %v, want internal", got)
	}
	if got := socket.FailureOf(errors.New("a\n b")); got.Message != "a b" || got.Kind != "internal" {
		t.Errorf("got %+v, want one line of an internal failure", got)
	}
}

// TestDirectStreams: an answer is read while the handler still writes it, one
// that is broken off is seen to be, and one that is left is gone on with.
func TestDirectStreams(t *testing.T) {
	read, ended := make(chan struct{}), make(chan struct{})
	c := socket.Direct(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		_, _ = io.WriteString(w, "first ")
		<-read
		if r.URL.Path == "/broken" {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "second")
	}), func() {})
	call := func(path string) io.ReadCloser {
		t.Helper()
		body, err := c.Call(t.Context(), http.MethodGet, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		begun := make([]byte, 6)
		if _, err := io.ReadFull(body, begun); err != nil || string(begun) != "first " {
			t.Fatalf("got %q %v", begun, err)
		}
		return body
	}
	for path, want := range map[string]error{"/whole": nil, "/broken": io.ErrUnexpectedEOF} {
		read, ended = make(chan struct{}), make(chan struct{})
		body := call(path)
		close(read)
		if _, err := io.ReadAll(body); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", path, err, want)
		}
		if err := body.Close(); err != nil {
			t.Error(err)
		}
	}
	read, ended = make(chan struct{}), make(chan struct{})
	body := call("/left")
	close(read)
	if err := body.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-ended:
	default:
		t.Error("the handler goes on behind its caller's back")
	}
}
