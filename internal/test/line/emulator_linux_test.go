package line_test

import (
	"net"
	"testing"
	"time"

	"tongbu/internal/test/line"
)

// TestEmulator sends a stream through a line that loses and delays.
func TestEmulator(t *testing.T) {
	if err := line.Possible(); err != nil {
		t.Skip(err)
	}
	hub, node := line.MustNamespace(t), line.MustNamespace(t)
	hub.Host()
	e := node.Link(hub, 1, 7)
	e.Set(line.Shape{Delay: 20 * time.Millisecond, Loss: 0.05, Rate: 200_000})
	address := mustEcho(t, func() (l net.Listener, err error) {
		err = hub.Do(func() error {
			l, err = net.Listen("tcp", line.Hubs+":0")
			return err
		})
		return l, err
	})
	var conn net.Conn
	start := time.Now()
	if err := node.Do(func() (err error) {
		conn, err = net.Dial("tcp", address)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the test is over
	if took := time.Since(start); took < 40*time.Millisecond {
		t.Errorf("the call took %v, want a round trip of at least 40ms", took)
	}
	if n, err := sendAndReceive(conn, 100_000); err != nil || n != 100_000 {
		t.Fatalf("got %d bytes back, %v", n, err)
	}
	up := e.Tally(line.Up)
	if up.Lost == 0 || up.Twice == 0 || up.Payload-up.Twice != 100_000 {
		t.Errorf("upward: %+v, want losses, and 100000 bytes beside those sent again", up)
	}
	if took := time.Since(start); took < 500*time.Millisecond {
		t.Errorf("100 kB at 200 kB/s took %v, want at least 500ms", took)
	}
	e.Set(line.Shape{Loss: 1})
	if err := conn.SetDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := sendAndReceive(conn, 1); err == nil {
		t.Errorf("a black hole gave %d bytes back", n)
	}
}
