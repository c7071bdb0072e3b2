package planted_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tongbu/internal/test/report"
)

const (
	gate  = "TONGBU_PLANTED" // not empty: run the suites
	limit = 10 * time.Minute // for one suite
	bugs  = 47               // of the fault programme; one that has gone is not caught
)

// goCommand runs the go command in the module's folder.
func goCommand(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = module, &out, &out
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", report.EnvFile+"=", report.EnvSoak+"=", gate+"=")
	err := cmd.Run()
	if ctx.Err() != nil {
		err = errors.Join(err, ctx.Err())
	}
	return out.String(), err
}

// TestBugsFit: each bug still fits the product it was written for, and all of
// them are there. Those of one package that change different files are compiled
// together, since a package takes seconds.
func TestBugsFit(t *testing.T) {
	all := mustBugs(t)
	if len(all) != bugs {
		t.Errorf("%d bugs, want %d", len(all), bugs)
	}
	for _, group := range together(all) {
		t.Run(group.name, func(t *testing.T) {
			if out, err := group.compile(t); err != nil {
				t.Errorf("it does not compile: %v\n%s", err, out)
			}
		})
	}
}

// together makes one bug of those of one package that change different files.
func together(all []bug) (groups []bug) {
	for _, b := range all {
		i := slices.IndexFunc(groups, b.goesWith)
		if i < 0 {
			groups = append(groups, bug{name: b.name, edits: slices.Clone(b.edits)})
			continue
		}
		groups[i].name += "," + b.name
		groups[i].edits = append(groups[i].edits, b.edits...)
	}
	return groups
}

// goesWith reports whether two change different files of one package.
func (b bug) goesWith(other bug) bool {
	for _, e := range b.edits {
		if slices.ContainsFunc(other.edits, func(o edit) bool { return o.file == e.file || filepath.Dir(o.file) != filepath.Dir(e.file) }) {
			return false
		}
	}
	return true
}

func (b bug) compile(t *testing.T) (string, error) {
	t.Helper()
	list := b.mustOverlay(t, t.TempDir())
	return goCommand(t, "build", "-overlay", list, "./"+filepath.Dir(b.edits[0].file))
}

// TestPlanted runs the named suites without their bugs and with them.
func TestPlanted(t *testing.T) {
	if os.Getenv(gate) == "" {
		t.Skipf("%s is not set: make planted", gate)
	}
	line := report.Begin(t, "planted")
	sound := map[suite]bool{}
	for _, b := range mustBugs(t) {
		if !sound[b.suite] {
			sound[b.suite] = b.suite.passes(t)
		}
		line.Runs++
		seconds, caught := b.caught(t)
		if !caught || !sound[b.suite] {
			line.Violations++
			t.Errorf("%s is not caught by %s %s", b.name, b.suite.pkg, b.suite.run)
			continue
		}
		t.Logf("%-32s caught in %.1f s by %s %s", b.name, seconds, b.suite.pkg, b.suite.run)
		line.Figure(b.name, seconds)
	}
}

// passes reports whether the suite holds without any bug, and is there at all.
func (s suite) passes(t *testing.T) bool {
	t.Helper()
	out, err := goCommand(t, "test", "-count=1", "-v", "-run", s.run, s.pkg)
	if err != nil || !strings.Contains(out, "--- PASS") {
		t.Errorf("%s %s does not pass without a bug: %v\n%s", s.pkg, s.run, err, out)
		return false
	}
	return true
}

// caught builds the suite with the bug, runs it, and reports whether a test
// failed, and in how many seconds.
func (b bug) caught(t *testing.T) (seconds float64, caught bool) {
	t.Helper()
	dir := t.TempDir()
	list, program := b.mustOverlay(t, dir), filepath.Join(dir, "suite.test")
	if out, err := goCommand(t, "test", "-c", "-o", program, "-overlay", list, b.suite.pkg); err != nil {
		t.Errorf("%s does not compile: %v\n%s", b.name, err, out)
		return 0, false
	}
	start := time.Now()
	out, err := goCommand(t, "test", "-count=1", "-overlay", list, "-run", b.suite.run, b.suite.pkg)
	seconds = time.Since(start).Round(100 * time.Millisecond).Seconds()
	var failed *exec.ExitError
	if !errors.As(err, &failed) || !strings.Contains(out, "--- FAIL") {
		t.Logf("%s: %v\n%s", b.name, err, out)
		return 0, false
	}
	return seconds, true
}
