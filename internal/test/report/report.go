// Package report writes what the suites of the fault programme did:
// one JSON line a suite, so that a claim in docs/reliability.md can be held
// against a run. It is imported by tests only.
package report

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Environment that the suites read.
const (
	EnvSoak = "TONGBU_SOAK"   // not empty: the long runs
	EnvSeed = "TONGBU_SEED"   // the first seed, to replay a failure
	EnvFile = "TONGBU_REPORT" // a file that lines are added to
)

// Line is the outcome of one suite.
type Line struct {
	Suite      string         `json:"suite"`
	Commit     string         `json:"commit"`
	Seeds      string         `json:"seeds,omitempty"` // "1-500"; empty: the suite draws nothing
	Runs       int            `json:"runs"`            // scenarios, kills, cuts: what the suite repeats
	States     int            `json:"states,omitempty"`
	Violations int            `json:"violations"`
	Skipped    int            `json:"skipped,omitempty"` // rows that this machine cannot run; never counted as passed
	Wall       float64        `json:"wall_seconds"`
	Machine    string         `json:"machine"`
	Figures    map[string]any `json:"figures,omitempty"`
}

// Soak reports whether the long runs are wanted.
func Soak() bool { return os.Getenv(EnvSoak) != "" }

// Scale is short in `make test` and long in `make soak`.
func Scale(short, long int) int {
	if Soak() {
		return long
	}
	return short
}

// Seed is the first seed of a suite: 1, or what the environment says.
func Seed() uint64 {
	if n, err := strconv.ParseUint(os.Getenv(EnvSeed), 10, 64); err == nil {
		return n
	}
	return 1
}

// Begin starts a suite's line. At the test's end the line is logged and added
// to the report's file, with a violation if the test failed without counting
// one itself.
func Begin(tb testing.TB, suite string) *Line {
	tb.Helper()
	start := time.Now()
	l := &Line{Suite: suite, Commit: commit(), Machine: machine()}
	tb.Cleanup(func() {
		if tb.Failed() && l.Violations == 0 {
			l.Violations = 1
		}
		l.Wall = time.Since(start).Round(time.Millisecond).Seconds()
		l.write(tb)
	})
	return l
}

// Skip counts a row that this machine cannot run, and says why.
func (l *Line) Skip(tb testing.TB, format string, args ...any) {
	tb.Helper()
	l.Skipped++
	tb.Logf("skipped: "+format, args...)
}

// Figure notes a measured figure.
func (l *Line) Figure(name string, value any) {
	if l.Figures == nil {
		l.Figures = map[string]any{}
	}
	l.Figures[name] = value
}

func (l *Line) write(tb testing.TB) {
	raw, err := json.Marshal(l)
	if err != nil {
		tb.Errorf("write the report: %v", err)
		return
	}
	tb.Logf("%s", raw)
	path := os.Getenv(EnvFile)
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		tb.Errorf("write the report: %v", err)
		return
	}
	_, err = fmt.Fprintf(f, "%s\n", raw)
	if closeErr := f.Close(); err != nil || closeErr != nil {
		tb.Errorf("write the report: %v %v", err, closeErr)
	}
}

var commit = sync.OnceValue(func() string {
	out, err := exec.Command("git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
})

func machine() string {
	return fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}
