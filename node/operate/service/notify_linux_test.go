package service_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tongbu/node/operate/service"
)

// manager is a socket as systemd opens it.
func manager(t *testing.T) (*net.UnixConn, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, "NOTIFY_SOCKET=" + path
}

func heard(t *testing.T, c *net.UnixConn) string {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

func TestNotifier(t *testing.T) {
	c, socket := manager(t)
	n := service.NewNotifier([]string{"OTHER=1", socket})
	if err := errors.Join(n.Ready("ready 1\nREADY=0"), n.Stopping()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"READY=1\nSTATUS=ready 1 READY=0", "STOPPING=1\nSTATUS=stopping"} {
		if got := heard(t, c); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestNobodyListens: who is not served by systemd is none the worse.
func TestNobodyListens(t *testing.T) {
	n := service.NewNotifier(nil)
	if err := errors.Join(n.Ready("x"), n.Stopping()); err != nil {
		t.Error(err)
	}
	n = service.NewNotifier([]string{"NOTIFY_SOCKET=" + filepath.Join(t.TempDir(), "gone")})
	if n.Ready("x") == nil {
		t.Error("a socket that is gone has taken it")
	}
}

// TestWatch: signs of life come while the process is alive, and only then.
func TestWatch(t *testing.T) {
	c, socket := manager(t)
	pid := strconv.Itoa(os.Getpid())
	n := service.NewNotifier([]string{socket, "WATCHDOG_USEC=30000", "WATCHDOG_PID=" + pid})
	ctx, stop := context.WithCancel(t.Context())
	asked, done := 0, make(chan error, 1)
	go func() {
		done <- n.Watch(ctx, func(context.Context) error {
			asked++
			if asked == 2 {
				return errors.New("stuck")
			}
			if asked == 4 {
				stop()
			}
			return nil
		})
	}()
	for range 3 { // of four, one was stuck
		if got := heard(t, c); got != "WATCHDOG=1" {
			t.Errorf("got %q", got)
		}
	}
	if err := <-done; err != nil || asked != 4 {
		t.Errorf("asked %d times, want 4: %v", asked, err)
	}
}

// TestWatchIsAnothers: a variable that was meant for the parent process is not ours.
func TestWatchIsAnothers(t *testing.T) {
	for _, vars := range [][]string{{"WATCHDOG_USEC=30000", "WATCHDOG_PID=1"}, {"WATCHDOG_USEC=soon"}, {"WATCHDOG_USEC=-5"}, nil} {
		_, socket := manager(t)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		n := service.NewNotifier(append(vars, socket))
		if err := n.Watch(ctx, func(context.Context) error { t.Errorf("%q: asked", vars); return nil }); err != nil {
			t.Error(err)
		}
	}
}
