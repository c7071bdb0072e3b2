package proctest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/sample"
	"tongbu/internal/system"
	"tongbu/node/desk"
	"tongbu/node/operate"
)

// Limits of what should be quick, on a machine that others use as well.
const (
	startLimit = 30 * time.Second
	stopLimit  = 20 * time.Second
	askLimit   = 60 * time.Second
	checkLimit = 10 * time.Minute // a full check of many records
)

// Tier is one directory of a network and the process that serves it, if one
// does. Its Must-like methods end the test; the others return errors and may
// be used by several goroutines.
type Tier struct {
	tb        testing.TB
	Program   *Program
	Unit      sample.Row
	Dir       string
	Listen    string // HOST:PORT; empty at a community
	Advertise string // where others reach Listen; empty: there
	Web       string
	Door      string
	logFile   string
	mu        sync.Mutex // guards process
	process   *Process
}

// Run executes `tongbu COMMAND --dir DIR ARGS`.
func (t *Tier) Run(ctx context.Context, in io.Reader, command string, args ...string) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	return t.Program.Run(ctx, in, append([]string{command, "--dir", t.Dir}, args...)...)
}

// MustRun is Run for a command that must succeed; it returns its stdout.
func (t *Tier) MustRun(in, command string, args ...string) string {
	t.tb.Helper()
	r, err := t.Run(t.tb.Context(), strings.NewReader(in), command, args...)
	if err != nil || r.Code != 0 {
		t.tb.Fatalf("%s: tongbu %s %s: %v %v", t.Unit.Name, command, strings.Join(args, " "), r, err)
	}
	return r.Out
}

// Start serves the directory until the test ends or the process is stopped.
func (t *Tier) Start() {
	t.tb.Helper()
	if err := t.TryStart(t.tb.Context()); err != nil {
		t.tb.Fatalf("%s: start: %v", t.Unit.Name, err)
	}
}

// TryStart is Start with an error.
func (t *Tier) TryStart(ctx context.Context) error {
	log, err := os.OpenFile(t.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // the process has its own descriptor
	limited, cancel := context.WithCancel(ctx)
	late := time.AfterFunc(startLimit, cancel)
	p, err := t.Program.Serve(limited, t.Dir, log)
	late.Stop()
	if err != nil {
		cancel()
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.process = p
	return nil
}

// Process is the serving process, nil when there was none yet.
func (t *Tier) Process() *Process {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.process
}

// Kill ends the process with no warning.
func (t *Tier) Kill() {
	t.tb.Helper()
	t.mustSignal(syscall.SIGKILL)
}

// Stop asks the process to end and returns its exit code.
func (t *Tier) Stop() int {
	t.tb.Helper()
	return t.mustSignal(syscall.SIGTERM)
}

func (t *Tier) mustSignal(sig os.Signal) int {
	t.tb.Helper()
	code, err := t.TrySignal(t.tb.Context(), sig)
	if err != nil {
		t.tb.Fatalf("%s: %v: %v", t.Unit.Name, sig, err)
	}
	return code
}

// TrySignal sends a signal that ends the process and waits for that.
func (t *Tier) TrySignal(ctx context.Context, sig os.Signal) (int, error) {
	p := t.Process()
	if p == nil || p.Ended() {
		return 0, fmt.Errorf("nobody serves the directory")
	}
	if err := p.Signal(sig); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	return p.Wait(ctx)
}

// Log is what the tier's processes have said on stderr so far.
func (t *Tier) Log() string {
	raw, _ := os.ReadFile(t.logFile)
	return string(raw)
}

// listenFlags are the flags that say where the directory is served.
func (t *Tier) listenFlags() []string {
	if t.Listen == "" {
		return nil
	}
	places := []string{"--listen", t.Listen, "--web", t.Web}
	if !t.Program.old {
		places = append(places, "--door", t.Door)
	}
	if t.Advertise != "" {
		places = append(places, "--advertise", t.Advertise)
	}
	return places
}

// File is a path in the tier's directory.
func (t *Tier) File(name string) string { return filepath.Join(t.Dir, name) }

// Written is one line of put's answer.
type Written struct {
	ID       change.RecordID `json:"id"`
	Seq      uint64          `json:"seq"`
	Warnings []string        `json:"warnings"`
}

// Put puts JSON Lines and returns what was acknowledged, also when the
// command fails, and how it ended.
func (t *Tier) Put(ctx context.Context, kind, lines string) ([]Written, Result, error) {
	r, err := t.Run(ctx, strings.NewReader(lines), "put", kind)
	var written []Written
	for line := range strings.Lines(r.Out) {
		if !strings.HasSuffix(line, "\n") {
			break // the command was killed in the middle of it
		}
		var w Written
		if jsonErr := json.Unmarshal([]byte(line), &w); jsonErr != nil {
			return written, r, fmt.Errorf("put answered %q: %w", line, jsonErr)
		}
		written = append(written, w)
	}
	return written, r, err
}

// MustPut puts JSON Lines, all of which must be acknowledged.
func (t *Tier) MustPut(kind, lines string) []Written {
	t.tb.Helper()
	written, r, err := t.Put(t.tb.Context(), kind, lines)
	if err != nil || r.Code != 0 {
		t.tb.Fatalf("%s: put: %v %v", t.Unit.Name, r, err)
	}
	if want := strings.Count(lines, "\n"); len(written) != want {
		t.tb.Fatalf("%s: put acknowledged %d of %d", t.Unit.Name, len(written), want)
	}
	return written
}

// Status is the answer of `status --json`.
func (t *Tier) Status(ctx context.Context, flags ...string) (st operate.Status, err error) {
	r, err := t.Run(ctx, nil, "status", append(flags, "--json")...)
	if err == nil && r.Code != 0 {
		err = fmt.Errorf("status: %v", r)
	}
	if err == nil {
		err = json.Unmarshal([]byte(r.Out), &st)
	}
	return st, err
}

// MustOwn is LookOwn by the command line, so that it works also while nobody
// serves.
func (t *Tier) MustOwn() operate.Own {
	t.tb.Helper()
	st := t.MustStatus()
	var said []desk.Past
	r, err := t.Run(t.tb.Context(), nil, "history", system.DeviceStateKind, string(st.Device))
	if err == nil && r.Code == 0 {
		err = json.Unmarshal([]byte(r.Out), &said)
	}
	if err != nil {
		t.tb.Fatalf("%s: %v", t.Unit.Name, err)
	}
	return without(st.Own, said)
}

// MustStatus is Status for a test.
func (t *Tier) MustStatus(flags ...string) operate.Status {
	t.tb.Helper()
	st, err := t.Status(t.tb.Context(), flags...)
	if err != nil {
		t.tb.Fatalf("%s: %v", t.Unit.Name, err)
	}
	return st
}
