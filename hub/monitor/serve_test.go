package monitor_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tongbu/hub"
	"tongbu/hub/follow"
	"tongbu/hub/monitor"
	"tongbu/internal/test/figures"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// late is a hub whose view lacks what the test says.
type late struct {
	monitor.Hub
	lag    uint64
	closed error
}

func (l late) Following() (follow.Figures, bool, error) {
	return follow.Figures{Applied: 5, Last: 5 + l.lag}, true, nil
}

func (l late) ViewOpen(context.Context) error { return l.closed }

func mustHub(tb testing.TB, of *replica.Replica) *hub.Hub {
	tb.Helper()
	h, err := hub.Open(tb.Context(), of, kit.OpenView)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = h.Close() }) // the town closes the directory, too
	return h
}

func mustCity(t *testing.T) *hub.Hub {
	t.Helper()
	return mustHub(t, kit.MustTown(t).MustCity(t))
}

func TestReadyWithinTheLimit(t *testing.T) {
	city := mustCity(t)
	for _, test := range []struct {
		at     late
		status int
		says   string
	}{{late{city, 10, nil}, http.StatusOK, "ok"}, {late{city, 11, nil}, http.StatusServiceUnavailable, "lacks 11 arrivals, more than 10"},
		{late{city, 0, context.Canceled}, http.StatusServiceUnavailable, "the view is not open"}} {
		status, text := figures.Get(t, monitor.Config{Replica: city.Replica, Operate: city.Operate, Hub: test.at, MaxLag: 10}, "/readyz")
		if status != test.status || !strings.Contains(text, test.says) || strings.Count(text, "\n") != 1 {
			t.Errorf("%+v: got %d %q, want %d with %q in one line", test.at.lag, status, text, test.status, test.says)
		}
	}
}

// served serves a handler until stop, which reports how that ended.
func served(t *testing.T, h http.Handler) (at string, stop func() error) {
	t.Helper()
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- monitor.Serve(ctx, port, h) }()
	return port.Addr().String(), func() error {
		cancel()
		return <-ended
	}
}

// TestServe: there is nothing but the three, and only to read.
func TestServe(t *testing.T) {
	city := mustCity(t)
	h, err := monitor.Handler(monitor.Config{Replica: city.Replica, Operate: city.Operate, Hub: city, MaxLag: 10})
	if err != nil {
		t.Fatal(err)
	}
	at, stop := served(t, h)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, test := range []struct {
		method, path string
		header       int
		status       int
	}{{"GET", "/metrics", 0, 200}, {"HEAD", "/healthz", 0, 200}, {"GET", "/readyz", 0, 200}, {"POST", "/metrics", 0, 405}, {"GET", "/", 0, 404},
		{"GET", "/debug/pprof/", 0, 404}, {"GET", "/metrics", 64 << 10, 431}} {
		r, err := http.NewRequestWithContext(t.Context(), test.method, "http://"+at+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Long", strings.Repeat("x", test.header))
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != test.status {
			t.Errorf("%s %s with %d bytes of header: got %d, want %d", test.method, test.path, test.header, answer.StatusCode, test.status)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestServeEnds: whoever holds a connection or reads nothing does not hold up the end,
// and who is being answered is joined.
func TestServeEnds(t *testing.T) {
	began, over := make(chan struct{}), make(chan struct{})
	at, stop := served(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		close(over)
	}))
	dial := func(says string) net.Conn {
		conn, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := fmt.Fprint(conn, says); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	for range 15 {
		dial("GET /metrics HTTP/1.1\r\n") // and no more
	}
	dial("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	<-began
	waits := dial("GET / HTTP/1.1\r\nHost: h\r\n\r\n") // there is no place for it
	if err := waits.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(waits).ReadString('\n'); err == nil {
		t.Errorf("one too many is answered: %q", line)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	select {
	case <-over:
	default:
		t.Error("somebody is being answered still")
	}
}
