package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	main "tongbu/cmd/tongbu"
	"tongbu/cmd/tongbu/internal/demo"
	"tongbu/internal/fault"
)

// small is a demo that tests have time for.
var small = []string{"demo", "--json", "--communities", "6", "--households", "24"}

// stage gives a demo a place of its own and wants it clean at the end, with
// nothing running on.
func stage(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a whole city")
	}
	place, running := t.TempDir(), goleak.IgnoreCurrent()
	t.Setenv("TMPDIR", place)
	t.Cleanup(func() {
		goleak.VerifyNone(t, running)
		if left, err := os.ReadDir(place); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}

func report(t *testing.T, out *bytes.Buffer) (r demo.Report) {
	t.Helper()
	d := json.NewDecoder(out)
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	return r
}

func TestDemo(t *testing.T) {
	stage(t)
	var out, talk bytes.Buffer
	if code := main.RunTelling(t.Context(), nil, &out, &talk, append(small, "--once")...); code != 0 {
		t.Errorf("exit code: got %d, want 0\n%s", code, &talk)
	}
	r := report(t, &out)
	want := []string{"network", "capture", "ledger", "excel", "coverage", "receipts", "query", "latency", "replacement", "cases", "report", "question", "digests", "verify"}
	var got []string
	for _, s := range r.Steps {
		got = append(got, s.Name)
		if !s.OK || s.Detail == "" {
			t.Errorf("step %s: %v, %q", s.Name, s.OK, s.Detail)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || !r.OK {
		t.Errorf("ok %v, steps (-want +got):\n%s", r.OK, diff)
	}
}

// TestDemoFails: a step that fails is reported, the others are played all the
// same, and its kind is the exit code.
func TestDemoFails(t *testing.T) {
	stage(t)
	played := false
	story := []demo.Step{demo.Story()[0],
		{Name: "broken", About: "it fails", Play: func(context.Context, *demo.City) (string, error) {
			return "", fault.New(fault.Damaged, "want 2, got 1")
		}},
		{Name: "after", About: "it is played", Play: func(context.Context, *demo.City) (string, error) {
			played = true
			return "played", nil
		}},
	}
	dir := filepath.Join(t.TempDir(), "city")
	var out, talk bytes.Buffer
	code := main.RunTelling(t.Context(), story, &out, &talk, append(small, "--once", "--dir", dir)...)
	if want := fault.Damaged.ExitCode(); code != want {
		t.Errorf("exit code: got %d, want %d", code, want)
	}
	r := report(t, &out)
	if r.OK || len(r.Steps) != 3 || r.Steps[1].OK || r.Steps[1].Detail != "want 2, got 1" || !r.Steps[2].OK || !played {
		t.Errorf("report: %+v", r)
	}
	if want := "tongbu: step broken: want 2, got 1"; !strings.Contains(talk.String(), want) {
		t.Errorf("talk: %q is not in\n%s", want, &talk)
	}
}

// TestDemoWithoutNetwork: nothing is played on a stage that was not built.
func TestDemoWithoutNetwork(t *testing.T) {
	stage(t)
	story := demo.Story()
	story[0].Play = func(context.Context, *demo.City) (string, error) {
		return "", fault.New(fault.Full, "no room")
	}
	var out, talk bytes.Buffer
	code := main.RunTelling(t.Context(), story, &out, &talk, append(small, "--once", "--dir", filepath.Join(t.TempDir(), "city"))...)
	if want := fault.Full.ExitCode(); code != want {
		t.Errorf("exit code: got %d, want %d", code, want)
	}
	for _, s := range report(t, &out).Steps[1:] {
		if s.OK || s.Detail != "not played: step network failed" {
			t.Errorf("step %s: %+v", s.Name, s)
		}
	}
}

// TestDemoStopped: a demo that is interrupted says so and leaves nothing.
func TestDemoStopped(t *testing.T) {
	stage(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stopped time.Time
	story := []demo.Step{demo.Story()[0], {Name: "interrupted", Play: func(ctx context.Context, _ *demo.City) (string, error) {
		stopped = time.Now()
		cancel()
		return "", ctx.Err()
	}}}
	var out, talk bytes.Buffer
	code := main.RunTelling(ctx, story, &out, &talk, append(small, "--once")...)
	if want := fault.Canceled.ExitCode(); code != want || out.Len() > 0 {
		t.Errorf("exit code: got %d, want %d; out %q", code, want, &out)
	}
	if took := time.Since(stopped); took > 2*time.Second {
		t.Errorf("stopping took %s, want 2 s at most", took)
	}
}

// TestDemoServesOn: after the checks other commands are answered, until the
// demo is stopped; its directories stay.
func TestDemoServesOn(t *testing.T) {
	stage(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := filepath.Join(t.TempDir(), "a city's place")
	talk := &listener{word: "verify --dir", heard: make(chan struct{})}
	code := make(chan int, 1)
	var out bytes.Buffer
	go func() {
		code <- main.RunTelling(ctx, nil, &out, talk, append(small, "--dir", dir)...)
	}()
	select {
	case <-talk.heard:
	case got := <-code:
		t.Fatalf("exit code %d before it served on\n%s", got, talk)
	}
	var answer, complaint bytes.Buffer
	if got := main.RunTelling(t.Context(), nil, &answer, &complaint, "query", "--dir", filepath.Join(dir, "city"), "household", "--group-by", "city", "--format", "csv"); got != 0 {
		t.Errorf("query: exit code %d, %s", got, &complaint)
	}
	// 24 of the capture, those of the ledger and of the question, and ten laid off at each of two communities
	if want := "city,count\n420200000000,46\n"; answer.String() != want {
		t.Errorf("query: got %q, want %q", &answer, want)
	}
	runPrinted(t, talk.String())
	cancel()
	if got := <-code; got != 0 || !report(t, &out).OK {
		t.Errorf("exit code: got %d, want 0\n%s", got, talk)
	}
	if _, err := os.Stat(filepath.Join(dir, "city", "journal.db")); err != nil {
		t.Error(err)
	}
}

// runPrinted runs the commands that the demo prints, with their words as a shell
// reads them.
func runPrinted(t *testing.T, talk string) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		return
	}
	_, printed, _ := strings.Cut(talk, "from another terminal:\n")
	lines := strings.Split(strings.TrimSpace(printed), "\n")
	if len(lines) != 9 {
		t.Fatalf("got %d commands in %q", len(lines), talk)
	}
	for _, shown := range []string{"query", "case", "indicators", "tasks", "report list", "status", "verify"} {
		if !strings.Contains(printed, shown) {
			t.Errorf("nothing shows %s in %q", shown, printed)
		}
	}
	for _, line := range lines {
		words, err := exec.CommandContext(t.Context(), "sh", "-c", "printf '%s\\n' "+line).Output()
		if err != nil {
			t.Fatal(err)
		}
		var answer, complaint bytes.Buffer
		args := strings.Split(strings.TrimSpace(string(words)), "\n")[1:]
		if code := main.RunTelling(t.Context(), nil, &answer, &complaint, args...); code != 0 || answer.Len() == 0 {
			t.Errorf("%s: exit code %d, %s", line, code, &complaint)
		}
	}
}

// listener waits for a word in what is said.
type listener struct {
	word  string
	heard chan struct{}
	mu    sync.Mutex // guards all below
	said  strings.Builder
	done  bool
}

// Write implements io.Writer.
func (l *listener) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said.Write(p)
	if !l.done && strings.Contains(l.said.String(), l.word) {
		l.done = true
		close(l.heard)
	}
	return len(p), nil
}

// String is all that was said.
func (l *listener) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.String()
}
