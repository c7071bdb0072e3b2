package disk

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// envServe tells the test binary to be the file system: directory, a colon,
// the log.
const envServe = "TONGBU_SIM_DISK"

// Serve is the file system when the process was started as one, and does not
// return then; call it first in TestMain. It is a process of its own because a
// program that waits for a page of a mapped file cannot serve that page.
func Serve() {
	dir, log, ok := strings.Cut(os.Getenv(envServe), ":")
	if !ok {
		return
	}
	if err := serve(dir, log); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

func serve(dir, path string) error {
	log, err := os.Create(path)
	if err != nil {
		return err
	}
	ending := make(chan os.Signal, 1)
	signal.Notify(ending, syscall.SIGTERM, syscall.SIGINT)
	server, err := mountAt(dir, log)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	go func() {
		<-ending
		_ = syscall.Unmount(dir, syscall.MNT_DETACH)
	}()
	server.Wait()
	return log.Close()
}

// Recorder is a mounted directory that records what is done in it.
type Recorder struct {
	Dir string // flat: names only, no folders
	log string
}

// Missing says why this machine cannot record, "" when it can.
func Missing() string {
	if os.Geteuid() != 0 {
		return "mounting needs root"
	}
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		return "no /dev/fuse here"
	}
	_ = f.Close()
	return ""
}

// MustMount mounts an empty directory until the test ends.
func MustMount(tb testing.TB) *Recorder {
	tb.Helper()
	r := &Recorder{Dir: filepath.Join(tb.TempDir(), "disk"), log: filepath.Join(tb.TempDir(), "log")}
	if err := os.Mkdir(r.Dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envServe+"="+r.Dir+":"+r.log)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = syscall.Unmount(r.Dir, syscall.MNT_DETACH)
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		tb.Fatalf("the recording file system did not start: %s %v", strings.TrimSpace(line), err)
	}
	return r
}

// Mark records what the program says at this moment.
func (r *Recorder) Mark(tb testing.TB, text string) {
	tb.Helper()
	if err := os.WriteFile(filepath.Join(r.Dir, markFile), []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// FailAt has the call at a number, counted from 1 and from now, fail with errno
// if it writes, truncates, renames, removes or syncs; with stay all after it
// too. Number 0 ends failures.
func (r *Recorder) FailAt(tb testing.TB, at int, errno syscall.Errno, stay bool) {
	tb.Helper()
	raw, err := json.Marshal(order{At: at, Errno: errno, Stay: stay})
	if err == nil {
		err = os.WriteFile(filepath.Join(r.Dir, failFile), raw, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// MustLog returns what was recorded so far.
func (r *Recorder) MustLog(tb testing.TB) Log {
	tb.Helper()
	raw, err := os.ReadFile(r.log)
	if err != nil {
		tb.Fatal(err)
	}
	log, err := readLog(raw)
	if err != nil {
		tb.Fatal(err)
	}
	return log
}
