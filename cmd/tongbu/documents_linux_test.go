package main_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/test/proctest"
)

// envDocuments, not empty: the blocks of the documents run as they are printed, on
// the ports they name, with a program that they build themselves.
const envDocuments = "TONGBU_DOCUMENTS"

// blockLimit is how long a block may take; buildLimit, when it builds the program.
const blockLimit, buildLimit = time.Minute, 10 * time.Minute

// TestDocumentBlocks pastes what README.md prints into a shell, in a fresh copy of
// the tree; TestOperations does the same with docs/operations.md. In short runs the
// program is the one that is built already and the ports are free ones.
func TestDocumentBlocks(t *testing.T) {
	read := mustPage(t, "README.md")
	blocks := map[string]int{}
	for section, texts := range read {
		blocks[section] = len(texts)
	}
	if diff := cmp.Diff(map[string]int{"See it run": 1, "Run its tests": 1, "By hand": 1}, blocks); diff != "" {
		t.Fatalf("no test runs these blocks:\n%s", diff)
	}
	whole := os.Getenv(envDocuments) != ""
	t.Run("by hand", func(t *testing.T) { byHand(t, read["By hand"][0], whole) })
	t.Run("demo", func(t *testing.T) {
		if !whole {
			t.Skipf("%s is not set: make documents; TestDemoServesOn has the commands that the demo prints", envDocuments)
		}
		shownCity(t, read["See it run"][0])
	})
}

// byHand wants three tiers served from one paste, and the record at the city.
func byHand(t *testing.T, block string, whole bool) {
	tree := freshCopy(t)
	if !whole {
		block = onFreePorts(block)
	}
	s := pasteInto(t, tree, block, !whole)
	s.await("end of the block", func() string {
		if _, err := os.Stat(s.done); err != nil {
			return err.Error() + s.said()
		}
		return ""
	})
	city, community := filepath.Join(tree, "demo-data", "city"), filepath.Join(tree, "demo-data", "community")
	if out := s.said(); strings.Contains(out, "tongbu: ") {
		t.Fatalf("a command of the block failed:\n%s", out)
	}
	s.await("receipt of the city", func() string {
		out := s.answerOf("status", "--dir", community, "--json")
		if strings.TrimSpace(out) == "" {
			return "no status" + s.said()
		}
		return differs(out, "own.waiting", "0")
	})
	s.await("answer of the city", func() string {
		return differs(s.answerOf("query", "--dir", city, "household", "--json"), "rows.length", "1")
	})
}

// shownCity runs the demo as it is printed, and the commands that it prints.
func shownCity(t *testing.T, block string) {
	s := pasteInto(t, freshCopy(t), block, false)
	s.await("demo serving on", func() string {
		if out := s.said(); !strings.Contains(out, "verify --dir") {
			return "said: " + out
		}
		return ""
	})
	_, commands, _ := strings.Cut(s.said(), "from another terminal:\n")
	lines := slices.DeleteFunc(strings.Split(commands, "\n"), func(l string) bool { return !strings.HasPrefix(l, "  ") })
	if len(lines) != 9 {
		t.Fatalf("got %d commands: %q", len(lines), commands)
	}
	for _, line := range lines {
		cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", line)
		cmd.Dir, cmd.Env = t.TempDir(), s.vars
		if out, err := cmd.CombinedOutput(); err != nil || len(out) == 0 {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
}

// onFreePorts gives each address of a block another port.
func onFreePorts(block string) string {
	ports := &proctest.Ports{}
	for _, printed := range []string{"127.0.0.1:7440", "127.0.0.1:7441", "127.0.0.1:7450", "127.0.0.1:7451", "127.0.0.1:7460"} {
		block = strings.ReplaceAll(block, printed, ports.Next())
	}
	return block
}

// pasted is a shell into which a block was pasted; what the block started runs on
// until the test ends.
type pasted struct {
	*testing.T
	limit time.Duration // of each wait
	done  string        // a file that is there when the shell came to the end of the block
	out   string        // file with all that was said
	path  string        // of the program
	vars  []string
}

// pasteInto starts a shell in dir. A built program stands in for the go command.
func pasteInto(t *testing.T, dir, block string, built bool) *pasted {
	t.Helper()
	beside := t.TempDir()
	s := &pasted{T: t, done: filepath.Join(beside, "done"), out: filepath.Join(beside, "said"), path: program(t).Path}
	path := os.Getenv("PATH")
	s.limit = buildLimit
	if built {
		s.limit = blockLimit
		stand := "#!/bin/sh\n# go build -o PROGRAM PACKAGE\nmkdir -p \"$(dirname \"$3\")\" && cp '" + s.path + "' \"$3\"\n"
		if err := os.WriteFile(filepath.Join(beside, "go"), []byte(stand), 0o700); err != nil {
			t.Fatal(err)
		}
		path = beside + string(os.PathListSeparator) + path
	}
	s.vars = append(plainEnviron(), "PATH="+path, "TONGBU_KEYS="+filepath.Join(beside, "keys"), "TMPDIR="+beside)
	said, err := os.Create(s.out)
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close() //nolint:errcheck // the shell writes it
	// Its own group: at the end all that it started is stopped, and waited for.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", "-c", block+"\n: > '"+s.done+"'\nread end || :\ntrap : TERM\nkill -TERM 0\nwait\n")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, s.vars, said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // should the test be killed, read ends all
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // ends read
		if _, err := os.Stat(s.done); err != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) // still in the block
		}
		_ = cmd.Wait() // its code is a signal's
	})
	return s
}

func (s *pasted) await(what string, look func() string) {
	s.Helper()
	proctest.Await(s.T, s.limit, what, look)
}

func (s *pasted) said() string {
	raw, err := os.ReadFile(s.out)
	if err != nil {
		s.Fatal(err)
	}
	return string(raw)
}

// answerOf is what a command prints; "" while it fails.
func (s *pasted) answerOf(args ...string) string {
	cmd := exec.CommandContext(s.Context(), s.path, args...)
	cmd.Env = s.vars
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return string(out)
}

// freshCopy copies the tree without what was made in it.
func freshCopy(t *testing.T) string {
	t.Helper()
	top, dir := filepath.Join("..", ".."), filepath.Join(t.TempDir(), "tongbu")
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(top, path)
		if err := errors.Join(err, relErr); err != nil {
			return err
		}
		switch {
		case slices.Contains([]string{".git", "bin", "bench", "demo-data"}, rel):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(dir, rel), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		raw, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, rel), raw, 0o644)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
