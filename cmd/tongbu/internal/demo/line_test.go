package demo

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"tongbu/internal/fault"
)

// echo takes calls until the test ends.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(conn, conn); _ = conn.Close() }()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

func dial(t *testing.T, l *line, address string) net.Conn {
	t.Helper()
	conn, err := l.dial(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// works reports whether a byte comes back.
func works(conn net.Conn) bool {
	b := []byte{7}
	if _, err := conn.Write(b); err != nil {
		return false
	}
	_, err := io.ReadFull(conn, b)
	return err == nil
}

func TestLine(t *testing.T) {
	var l line
	street, city := echo(t), echo(t)
	near, far := dial(t, &l, street), dial(t, &l, city)
	if !works(near) || !works(far) {
		t.Fatal("a whole line does not carry")
	}
	l.cutBut(street)
	if !works(near) || works(far) {
		t.Error("cut but for the street: want the street's connection alone to carry")
	}
	if _, err := l.dial(t.Context(), city); fault.Of(err) != fault.Unavailable {
		t.Errorf("dial over a cut line: got %v, want Unavailable", err)
	}
	dial(t, &l, street)
	l.cutBut("")
	if works(near) {
		t.Error("cut: the street's connection still carries")
	}
	l.restore()
	if !works(dial(t, &l, city)) {
		t.Error("restored: want it to carry again")
	}
}

func TestLineEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := new(line).dial(ctx, echo(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("dial: got %v, want canceled", err)
	}
}
