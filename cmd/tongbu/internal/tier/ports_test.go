package tier_test

import (
	"errors"
	"io"
	"net"
	"testing"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/config"
)

// TestSeveralPorts: a hub that moves takes calls where it was and where it will be,
// and leaves both free when it ends.
func TestSeveralPorts(t *testing.T) {
	free := []string{freePort(t), freePort(t)}
	for range 2 {
		l, err := tier.Listen(config.Config{Listen: free[0] + "," + free[1], Web: "127.0.0.1:0,127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Links.Addr().String(); got != free[0] {
			t.Errorf("people are shown %s, want the first, %s", got, free[0])
		}
		for _, at := range free {
			called(t, l.Links, at)
		}
		tier.ClosePorts(l)
		if _, err := l.Links.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("after it was closed: got %v", err)
		}
	}
	if _, err := tier.Listen(config.Config{Listen: free[0] + "," + free[0], Web: "127.0.0.1:0"}); err == nil {
		t.Error("one port was opened twice")
	}
	called(t, nil, free[0]) // it was given back
}

// called dials a port, which accepts; nil: the port is opened here.
func called(t *testing.T, l net.Listener, at string) {
	t.Helper()
	if l == nil {
		var err error
		if l, err = net.Listen("tcp", at); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
	}
	there, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	here, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := here.Close(); err != nil {
		t.Error(err)
	}
	if _, err := there.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the line was not ended: %v", err)
	}
	_ = there.Close()
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
