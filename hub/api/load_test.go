package api_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tongbu/hub/api"
	"tongbu/hub/watch"
	"tongbu/internal/question"
	"tongbu/internal/test/report"
	pb "tongbu/proto/tongbu/query/v1"
)

// TestStopsReading: a client that stops reading holds up nobody else, and when it goes
// its call ends.
func TestStopsReading(t *testing.T) {
	p := open(t)
	stuck, ended := make(chan struct{}), make(chan error, 2)
	p.set(func(h *hub) {
		h.askAll = func(ctx context.Context, _ question.Question, tell question.Tell) error {
			a := pageOf()
			rows := make([]question.Row, 500)
			for i := range rows {
				rows[i] = a.Rows[0]
			}
			err := tell(ctx, question.Part{Columns: a.Columns})
			for n := 0; err == nil; n++ {
				if n == 1 {
					close(stuck)
				}
				err = tell(ctx, question.Part{Rows: rows}) // until nobody reads
			}
			ended <- err
			return err
		}
	})
	stub, _ := p.stub()
	ctx, cancel := context.WithCancel(with(t.Context(), "Bearer "+token))
	defer cancel()
	s, err := stub.Stream(ctx, &pb.StreamRequest{Kind: "person"})
	must(t, err)
	_, err = s.Recv()
	must(t, err)
	<-stuck
	for range 20 {
		if got := p.call(http.MethodPost, "/v1/kinds/person:query", "{}"); got.StatusCode != http.StatusOK {
			t.Fatalf("another call: %d %s", got.StatusCode, got.body)
		}
	}
	if _, err := stub.Query(with(t.Context(), "Bearer "+token), &pb.QueryRequest{Kind: "person"}); err != nil {
		t.Errorf("another call on the same line: %v", err)
	}
	cancel()
	wantEnded(t, ended)

	stuck = make(chan struct{})
	raw := p.raw("GET /v1/files/person.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n")
	<-stuck
	if got := p.call(http.MethodGet, "/v1/coverage", ""); got.StatusCode != http.StatusOK {
		t.Errorf("beside a file: %d", got.StatusCode)
	}
	must(t, raw.Close())
	wantEnded(t, ended)
}

// wantEnded waits for a call that nobody listens to any more.
func wantEnded(t testing.TB, ended <-chan error) {
	t.Helper()
	if err := <-ended; err == nil {
		t.Error("it ended as if it were whole")
	}
}

// raw is a connection over TLS on which something was said.
func (p *port) raw(text string) net.Conn {
	p.t.Helper()
	c, err := tls.Dial("tcp", p.address, &tls.Config{RootCAs: p.pool, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12})
	must(p.t, err)
	_, err = c.Write([]byte(text))
	must(p.t, err)
	return c
}

// TestManyConnections: connections of strangers in numbers, that say nothing or half of
// something, and calls in numbers: everybody gets a clear answer or is closed, and who is
// in is served.
func TestManyConnections(t *testing.T) {
	many := report.Scale(300, 10000)
	p := open(t)
	from := func(address string) *http.Client {
		c := p.web()
		c.Transport.(*http.Transport).DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}).DialContext
		return c
	}
	web := from("127.0.0.2")
	ask := func() (time.Duration, said) {
		begun := time.Now()
		got := p.do(web, http.MethodPost, "/v1/kinds/person:query", "{}", "Authorization", "Bearer "+token)
		return time.Since(begun), got
	}
	if _, got := ask(); got.StatusCode != http.StatusOK {
		t.Fatalf("got %d", got.StatusCode)
	}
	var open []net.Conn
	defer func() {
		for _, c := range open {
			_ = c.Close()
		}
	}()
	slowest := time.Duration(0)
	for i := range many {
		c, err := net.Dial("tcp", p.address)
		if err != nil {
			continue // no more of them on this machine
		}
		open = append(open, c)
		if i%3 == 0 {
			_, _ = c.Write([]byte("\x16\x03\x01"))
		}
		if i%(many/20) == 0 {
			took, got := ask()
			if got.StatusCode != http.StatusOK {
				t.Errorf("with %d connections: %d %s", i, got.StatusCode, got.body)
			}
			slowest = max(slowest, took)
		}
	}
	t.Logf("%d connections; the slowest answer took %v", len(open), slowest)
	for _, address := range []string{"127.0.0.2", "127.0.0.3"} {
		if got := p.do(from(address), http.MethodGet, "/v1/coverage", "", "Authorization", "Bearer "+token); got.StatusCode != http.StatusOK {
			t.Errorf("somebody at another address: %d", got.StatusCode)
		}
	}
}

// TestManyCalls: calls in numbers on one line: each is answered, or told to wait.
func TestManyCalls(t *testing.T) {
	p := open(t)
	stub, _ := p.stub()
	got := map[codes.Code]int{}
	var mu sync.Mutex // guards got
	var all sync.WaitGroup
	for range report.Scale(400, 10000) {
		all.Go(func() {
			_, err := stub.Query(with(t.Context(), "Bearer "+token), &pb.QueryRequest{Kind: "person"})
			mu.Lock()
			defer mu.Unlock()
			got[status.Code(err)]++
		})
	}
	all.Wait()
	if got[codes.OK] == 0 || len(got) > 2 || len(got) == 2 && got[codes.ResourceExhausted] == 0 {
		t.Errorf("got %v, want answers and calls that are to wait alone", got)
	}
}

// TestStops: a server that stops ends watches and streams, and nothing of it is left.
func TestStops(t *testing.T) {
	p := open(t)
	begun := make(chan struct{}, 4)
	p.watch = func(ctx context.Context, _ api.Watched, tell watch.Tell) error {
		if err := tell(ctx, watch.Changed{Position: "p"}); err != nil {
			return err
		}
		begun <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	stub, _ := p.stub()
	s, err := stub.Watch(with(t.Context(), "Bearer "+token), &pb.WatchRequest{Kind: "person"})
	must(t, err)
	_, err = s.Recv()
	must(t, err)
	lines := p.raw(fmt.Sprintf("POST /v1/watch/person HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}", token))
	defer func() { _ = lines.Close() }()
	<-begun
	<-begun
	at := time.Now()
	if err := p.stop(); err != nil && !strings.Contains(err.Error(), "deadline") {
		t.Errorf("the server ended with %v", err)
	}
	if took := time.Since(at); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := s.Recv(); err == nil {
		t.Error("the watch goes on")
	}
}

// TestNeverReads: a client that is there and reads nothing is cut off, over gRPC and
// HTTP; one that merely waits for news is not.
func TestNeverReads(t *testing.T) {
	p := openFor(t, 300*time.Millisecond)
	ended := make(chan error, 4)
	flood := func(tell func() error) error {
		for {
			if err := tell(); err != nil {
				ended <- err
				return err
			}
		}
	}
	a := pageOf()
	for range 500 {
		a.Rows = append(a.Rows, a.Rows[0])
	}
	p.set(func(h *hub) {
		h.askAll = func(ctx context.Context, _ question.Question, tell question.Tell) error {
			return flood(func() error { return tell(ctx, question.Part{Columns: a.Columns, Rows: a.Rows}) })
		}
	})
	quiet := make(chan struct{})
	p.watch = func(ctx context.Context, w api.Watched, tell watch.Tell) error {
		if !w.UntilNow {
			return flood(func() error { return tell(ctx, watch.Changed{Columns: a.Columns, Rows: a.Rows}) })
		}
		err := tell(ctx, watch.Changed{Position: "first"})
		<-quiet
		if err == nil {
			err = tell(ctx, watch.Changed{Position: "second"})
		}
		return err
	}
	stub, _ := p.stub()
	ctx := with(t.Context(), "Bearer "+token)
	waits, err := stub.Watch(ctx, &pb.WatchRequest{Kind: "person", UntilNow: true})
	must(t, err)
	_, err = waits.Recv()
	must(t, err)
	_, err = stub.Watch(ctx, &pb.WatchRequest{Kind: "person"})
	must(t, err)
	_, err = stub.Stream(ctx, &pb.StreamRequest{Kind: "person"})
	must(t, err)
	lines := p.raw(fmt.Sprintf("POST /v1/watch/person HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}", token))
	defer func() { _ = lines.Close() }()
	for range 3 {
		wantEnded(t, ended)
	}
	close(quiet)
	if m, err := waits.Recv(); err != nil || m.GetPosition() != "second" {
		t.Errorf("who waits heard %v, %v", m, err)
	}
}
