package proctest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Process is a serving process.
type Process struct {
	Ready string // the line it printed when it served
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended
}

// Serve starts `serve` on a directory and returns when it says that it is
// ready; talk is where its log goes. A process that ends instead is an error.
func (p *Program) Serve(ctx context.Context, dir string, talk io.Writer, flags ...string) (*Process, error) {
	cmd := exec.CommandContext(ctx, p.Path, append([]string{"serve", "--dir", dir}, flags...)...)
	cmd.Stderr, cmd.Env = talk, p.vars
	tieToTest(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Process{cmd: cmd, ended: make(chan struct{})}
	lines := bufio.NewReader(out)
	s.Ready, _ = lines.ReadString('\n') // what is missing is told below
	go func() {
		_, _ = io.Copy(io.Discard, lines) // until the process ends
		_ = cmd.Wait()                    // Code tells
		close(s.ended)
	}()
	if strings.HasPrefix(s.Ready, "ready ") {
		return s, nil
	}
	code, err := s.Wait(ctx)
	return nil, errors.Join(fmt.Errorf("serve ended with code %d before it was ready", code), err)
}

// PID is the number of the process.
func (s *Process) PID() int { return s.cmd.Process.Pid }

// Signal sends a signal; a process that has ended takes none.
func (s *Process) Signal(sig os.Signal) error {
	if err := sendSignal(s.cmd.Process, sig); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// Wait returns the exit code when the process has ended, -1 when a signal
// ended it.
func (s *Process) Wait(ctx context.Context) (int, error) {
	select {
	case <-s.ended:
		return s.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Ended reports whether the process is no more.
func (s *Process) Ended() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}
