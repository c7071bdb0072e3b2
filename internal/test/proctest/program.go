// Package proctest runs the real program in processes of its own: networks
// founded, joined and served by command line, puts, questions, signals and
// sudden deaths. Nothing in it sleeps: it waits for what is to come, up to a
// limit, and fails the test that waits in vain.
package proctest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Program is a built binary and the environment it runs in.
type Program struct {
	Path string
	vars []string
	old  bool // of an earlier release: it has no door of its own for renewing
}

// Build compiles the program into the directory, without cgo as it is
// released, and with the flags of the tests, whose packages are built already.
// Tags make another program of it, with a name of its own.
func Build(ctx context.Context, dir string, tags ...string) (*Program, error) {
	path, err := buildProgram(ctx, "", dir, tags)
	if err != nil {
		return nil, err
	}
	return (&Program{Path: path}).With(), nil
}

// BuildOlder compiles the program of an older source tree into dir. It gets no
// TONGBU_ variables, because it would refuse those that it does not know.
func BuildOlder(ctx context.Context, source, dir string) (*Program, error) {
	path, err := buildProgram(ctx, source, dir, nil)
	if err != nil {
		return nil, err
	}
	return &Program{Path: path, vars: ownEnviron(), old: true}, nil
}

// buildProgram compiles the program of a source tree; "": of this one.
func buildProgram(ctx context.Context, source, dir string, tags []string) (string, error) {
	path := filepath.Join(dir, strings.Join(append([]string{"tongbu"}, tags...), "-"))
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", strings.Join(tags, ","), "-o", path, "tongbu/cmd/tongbu")
	cmd.Dir, cmd.Env = source, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
}

// ownEnviron is this process's environment without what configures the program.
func ownEnviron() (vars []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TONGBU_") {
			vars = append(vars, v)
		}
	}
	return vars
}

// With returns the program with more variables (TONGBU_KEY=VALUE); what the
// caller's own environment says of it is left out. Key files are kept beside
// the program.
func (p *Program) With(vars ...string) *Program {
	known := p.vars
	if known == nil {
		known = append(ownEnviron(), "TONGBU_RESERVE=1MiB") // many directories share the disk
		known = append(known, "TONGBU_KEYS="+p.Keys())
	}
	return &Program{Path: p.Path, old: p.old, vars: append(known[:len(known):len(known)], vars...)}
}

// Keys is the directory of the key files.
func (p *Program) Keys() string { return filepath.Join(filepath.Dir(p.Path), "keys") }

// Result is how a command ended.
type Result struct {
	Code     int
	Out, Err string
}

// String tells a failed command in one line.
func (r Result) String() string {
	return fmt.Sprintf("exit code %d, stderr %q", r.Code, r.Err)
}

// Command prepares one command in the program's environment.
func (p *Program) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.Path, args...)
	cmd.Env = p.vars
	return cmd
}

// Run executes one command and waits for it. An error means that it could not
// be run or was cut off; a command that fails has its code in the result.
func (p *Program) Run(ctx context.Context, in io.Reader, args ...string) (Result, error) {
	var out, talk bytes.Buffer
	cmd := p.Command(ctx, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &talk
	tieToTest(cmd)
	err := cmd.Run()
	r := Result{Code: cmd.ProcessState.ExitCode(), Out: out.String(), Err: talk.String()}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		err = nil
	}
	return r, err
}
