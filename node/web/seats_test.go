package web_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tongbu/node/web"
)

// crowded is a site with as many connections as it lets in.
const crowded = 64

// patience is how long an answer may take that is sure to come.
const patience = 20 * time.Second

// TestOneRequestAConnection: however a browser asks over TLS, it has as many requests at
// a time as connections.
func TestOneRequestAConnection(t *testing.T) {
	of := httptest.NewTLSServer(nil)
	defer of.Close()
	at := mustServeOver(t, func(http.ResponseWriter, *http.Request) {}, &tls.Config{Certificates: of.TLS.Certificates})
	trust := of.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	trust.NextProtos = []string{"h2", "http/1.1"}
	conn, err := tls.Dial("tcp", at, trust)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing is kept in it
	if got := conn.ConnectionState().NegotiatedProtocol; got != "http/1.1" {
		t.Errorf("the protocol is %q", got)
	}
	if _, err := io.WriteString(conn, ask); err != nil || !isAnswered(conn) {
		t.Errorf("no answer: %v", err)
	}
}

// mustServe serves a handler as the pages are served, and returns its address.
func mustServe(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	return mustServeOver(t, h, nil)
}

func mustServeOver(t *testing.T, h http.HandlerFunc, secure *tls.Config) string {
	t.Helper()
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- web.Serve(ctx, port, h, secure) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return port.Addr().String()
}

// dialFrom opens a connection from one of this computer's addresses, and says something.
func dialFrom(t *testing.T, from, to, says string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.DialContext(t.Context(), "tcp", to)
	if err != nil {
		t.Skip("this computer has no address", from)
	}
	t.Cleanup(func() { _ = conn.Close() }) // nothing is kept in it
	if _, err := io.WriteString(conn, says); err != nil {
		t.Fatal(err)
	}
	return conn
}

const ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

// isAnswered reports whether an answer comes over a connection.
func isAnswered(conn net.Conn) bool {
	_ = conn.SetReadDeadline(time.Now().Add(patience)) // of a TCP connection it can be set
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return false
	}
	_ = got.Body.Close() // it is empty
	return got.StatusCode == http.StatusOK
}

// TestIdleConnectionsGiveWay: whoever holds connections open, asked or silent, shuts
// nobody out; the one that waits for longest goes first.
func TestIdleConnectionsGiveWay(t *testing.T) {
	at := mustServe(t, func(http.ResponseWriter, *http.Request) {})
	var held []net.Conn
	for n := range crowded {
		says := "" // the first: of one that has asked it is seen only later that it waits again
		if n%2 == 1 {
			says = ask
		}
		held = append(held, dialFrom(t, "127.0.0.1", at, says))
		if n%2 == 1 && !isAnswered(held[n]) {
			t.Fatalf("connection %d is not answered", n)
		}
	}
	for range 3 {
		if !isAnswered(dialFrom(t, "127.0.0.1", at, ask)) {
			t.Fatal("who comes is shut out")
		}
	}
	_ = held[0].SetReadDeadline(time.Now().Add(patience)) // likewise
	if _, err := held[0].Read(make([]byte, 1)); err == nil || !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the oldest connection: %v, want its end", err)
	}
	last := held[crowded-1]
	if _, err := io.WriteString(last, ask); err != nil || !isAnswered(last) {
		t.Errorf("the newest connection is closed: %v", err)
	}
}

// TestSlowBodiesOfOneAddress: all seats at work for one computer, which sends its forms
// byte by byte, shut no other computer out.
func TestSlowBodiesOfOneAddress(t *testing.T) {
	begun := make(chan struct{}, crowded)
	at := mustServe(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			begun <- struct{}{}
			_, _ = io.Copy(io.Discard, r.Body) // it never comes
		}
	})
	for range crowded {
		dialFrom(t, "127.0.0.1", at, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
	}
	for range crowded {
		<-begun
	}
	if !isAnswered(dialFrom(t, "127.0.0.2", at, ask)) {
		t.Error("one computer takes all connections, and another is shut out")
	}
}
