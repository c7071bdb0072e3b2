package line_test

import (
	"errors"
	"io"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"tongbu/internal/test/line"
)

// mustEcho takes calls until the test ends and says back what it hears.
func mustEcho(tb testing.TB, listen func() (net.Listener, error)) string {
	tb.Helper()
	l, err := listen()
	if err != nil {
		tb.Fatal(err)
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
	tb.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

func listenLocal() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

func mustDial(tb testing.TB, address string) net.Conn {
	tb.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	return conn
}

// sendAndReceive sends n bytes and returns how many came back before the end.
func sendAndReceive(conn net.Conn, n int) (int, error) {
	sent := make(chan error, 1)
	go func() {
		_, err := conn.Write(make([]byte, n))
		sent <- err
	}()
	got, err := io.ReadFull(conn, make([]byte, n))
	return got, errors.Join(err, <-sent)
}

func TestProxyCutsAtTheByte(t *testing.T) {
	p := line.MustProxy(t, mustEcho(t, listenLocal))
	conn := mustDial(t, p.Address())
	if n, err := sendAndReceive(conn, 100_000); err != nil || n != 100_000 {
		t.Fatalf("whole: got %d bytes back, %v", n, err)
	}
	cut := p.CutAfter(12_345)
	_, err := sendAndReceive(conn, 50_000)
	<-cut
	if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: got %v, want a reset", err)
	}
	if bytes, calls := p.Passed(line.Up); bytes != 112_345 || calls != 1 {
		t.Errorf("passed: got %d bytes in %d calls, want 112345 in 1", bytes, calls)
	}
	if n, err := sendAndReceive(mustDial(t, p.Address()), 50_000); err != nil || n != 50_000 {
		t.Errorf("after the cut: got %d bytes back, %v", n, err)
	}
}

func TestProxyRefusesAndResets(t *testing.T) {
	p := line.MustProxy(t, mustEcho(t, listenLocal))
	conn := mustDial(t, p.Address())
	if _, err := sendAndReceive(conn, 1); err != nil {
		t.Fatal(err)
	}
	p.Refuse(true)
	p.Reset()
	if _, err := sendAndReceive(conn, 1); err == nil {
		t.Error("a reset connection carries")
	}
	if refused, err := net.Dial("tcp", p.Address()); err == nil { // or it is reset before it is there
		defer refused.Close() //nolint:errcheck // nothing was sent
		if _, err := sendAndReceive(refused, 1); err == nil {
			t.Error("a refused connection carries")
		}
	}
	p.Refuse(false)
	if _, err := sendAndReceive(mustDial(t, p.Address()), 1); err != nil {
		t.Errorf("no longer refused: %v", err)
	}
}

func TestProxySwallows(t *testing.T) {
	p := line.MustProxy(t, mustEcho(t, listenLocal))
	conn := mustDial(t, p.Address())
	p.Swallow(line.Down, true)
	result := make(chan error, 1)
	go func() {
		_, err := sendAndReceive(conn, 10)
		result <- err
	}()
	for n := int64(0); n < 10; n, _ = p.Passed(line.Up) {
		runtime.Gosched() // until all has gone up
	}
	if n, _ := p.Passed(line.Down); n != 0 {
		t.Errorf("swallowed: %d bytes came down", n)
	}
	p.Swallow(line.Down, false)
	if err := <-result; err != nil {
		t.Errorf("no longer swallowed: %v", err)
	}
}

func TestProxyPaces(t *testing.T) {
	p := line.MustProxy(t, mustEcho(t, listenLocal))
	p.Limit(100_000)
	start := time.Now()
	if _, err := sendAndReceive(mustDial(t, p.Address()), 20_000); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 200*time.Millisecond {
		t.Errorf("20 kB at 100 kB/s took %v, want at least 200ms", took)
	}
}
