package line

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

const device = "/dev/net/tun"

// Possible returns why this machine cannot emulate lines, nil when it can.
func Possible() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("network namespaces need root")
	}
	if _, err := os.Stat(device); err != nil {
		return fmt.Errorf("no TUN devices: %w", err)
	}
	if _, err := exec.LookPath("ip"); err != nil {
		return fmt.Errorf("no command to make namespaces with: %w", err)
	}
	const probe = "tongbu-probe"
	name := fmt.Sprintf("%s-%d", probe, os.Getpid())
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		return fmt.Errorf("no namespaces: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return exec.Command("ip", "netns", "delete", name).Run()
}

// Namespace is a network of its own on this machine.
type Namespace struct {
	name string
	tb   testing.TB
}

var spaces atomic.Int32

// MustNamespace makes one that is there until the test ends, with nothing in
// it but the loopback.
func MustNamespace(tb testing.TB) *Namespace {
	tb.Helper()
	n := &Namespace{name: fmt.Sprintf("tongbu-%d-%d", os.Getpid(), spaces.Add(1)), tb: tb}
	n.runIP("netns", "add", n.name)
	tb.Cleanup(func() { n.runIP("netns", "delete", n.name) })
	n.runInside("link", "set", "lo", "up")
	return n
}

// Within writes a command into the directory that runs a program in the
// namespace, and returns its path.
func (n *Namespace) Within(dir, program string) string {
	n.tb.Helper()
	path := filepath.Join(dir, n.name)
	text := fmt.Sprintf("#!/bin/sh\nexec ip netns exec %s '%s' \"$@\"\n", n.name, program)
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil { //nolint:gosec // a program is executed
		n.tb.Fatal(err)
	}
	return path
}

// Hubs is the address by which all who are linked to the namespace reach it.
const Hubs = "10.77.0.1"

// Host gives the namespace the address Hubs.
func (n *Namespace) Host() {
	n.tb.Helper()
	n.runInside("address", "add", Hubs+"/32", "dev", "lo")
}

// Link lays a line from the namespace, which has no other, to the host. The
// number (1 to 250) tells the lines of a host apart.
func (n *Namespace) Link(host *Namespace, number int, seed uint64) *Emulator {
	n.tb.Helper()
	name := fmt.Sprintf("line%d", number)
	near, far := n.openDevice(name), host.openDevice(name)
	here, there := fmt.Sprintf("10.77.%d.2", number), fmt.Sprintf("10.77.%d.1", number)
	n.configureDevice(name, here, there)
	host.configureDevice(name, there, here)
	n.runInside("route", "add", "default", "dev", name)
	return mustEmulate(n.tb, near, far, seed)
}

func (n *Namespace) configureDevice(name, own, peer string) {
	n.tb.Helper()
	n.runInside("address", "add", own, "peer", peer, "dev", name)
	n.runInside("link", "set", name, "mtu", fmt.Sprint(mtu), "up")
}

func (n *Namespace) runInside(args ...string) {
	n.tb.Helper()
	n.runIP(append([]string{"-n", n.name}, args...)...)
}

func (n *Namespace) runIP(args ...string) {
	n.tb.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		n.tb.Errorf("ip %s: %v: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
}

// openDevice makes a TUN device in the namespace.
func (n *Namespace) openDevice(name string) (file *os.File) {
	n.tb.Helper()
	err := n.Do(func() (err error) {
		file, err = openTUN(name)
		return err
	})
	if err != nil {
		n.tb.Fatalf("open %s: %v", name, err)
	}
	return file
}

// Do runs fn in the namespace: sockets that it opens are of that network. Only
// the thread it runs on is moved.
func (n *Namespace) Do(fn func() error) error {
	there, err := os.Open("/run/netns/" + n.name)
	if err != nil {
		return err
	}
	defer there.Close() //nolint:errcheck // only a handle
	back, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer back.Close() //nolint:errcheck // only a handle
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked when it cannot come back: the thread ends with it
		if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- err
			return
		}
		err := fn()
		if back := unix.Setns(int(back.Fd()), unix.CLONE_NEWNET); back == nil {
			runtime.UnlockOSThread()
		}
		done <- err
	}()
	return <-done
}

func openTUN(name string) (*os.File, error) {
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), device), nil
}
