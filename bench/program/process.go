package program

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tongbu/node/socket"
)

// Process is the program, serving a directory.
type Process struct {
	Dir   string
	Ready time.Duration // from its start to the line that says so
	Says  string        // that line
	cmd   *exec.Cmd
}

// Serve starts the program on a directory, with further flags, and returns once it
// serves.
func (p Program) Serve(dir string, flags ...string) (*Process, error) {
	s := &Process{Dir: dir, cmd: exec.Command(string(p), append([]string{"serve", "--dir", dir, "--log", "error"}, flags...)...)}
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	s.Ready, s.Says = time.Since(start), line
	if err != nil || !strings.HasPrefix(line, "ready ") {
		_ = s.cmd.Wait() // what it says is on stderr
		return nil, fmt.Errorf("serve did not say ready: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }() // ends with the process
	return s, nil
}

// Stop ends the process as a service manager does.
func (s *Process) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// Kill ends it as a power cut does.
func (s *Process) Kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // the error says that it was killed
}

// Dial opens the socket on which the command line asks.
func (s *Process) Dial(ctx context.Context) (*socket.Client, error) {
	return socket.Dial(ctx, s.Dir)
}

// Resident is the memory it takes, in bytes.
func (s *Process) Resident() (float64, error) { return s.memory("VmRSS:") }

// Anonymous is how much of that is the program's own, and Files how much is pages of files
// that it has mapped, of the journal and of itself, which the system may take back.
func (s *Process) Anonymous() (float64, error) { return s.memory("RssAnon:") }

// Files is described at Anonymous.
func (s *Process) Files() (float64, error) { return s.memory("RssFile:") }

// Peak is the most memory that it has taken so far, in bytes.
func (s *Process) Peak() (float64, error) { return s.memory("VmHWM:") }

// ForgetPeak has Peak count from now on: what a start takes is another matter.
func (s *Process) ForgetPeak() error {
	const peak = "5" // proc_pid_clear_refs(5)
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.cmd.Process.Pid), []byte(peak), 0)
}

func (s *Process) memory(which string) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(raw), which)
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, fmt.Errorf("the system does not tell the memory of a process")
	}
	kilobytes, err := strconv.ParseFloat(fields[0], 64)
	return kilobytes * 1024, err
}

// Settled is the least memory of some looks, half a second apart.
func (s *Process) Settled(ctx context.Context, looks int) (float64, error) {
	least := 0.0
	for i := range looks {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
		now, err := s.Resident()
		if err != nil {
			return 0, err
		}
		if i == 0 || now < least {
			least = now
		}
	}
	return least, nil
}

// Worked is the processor time that it has used.
func (s *Process) Worked() (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(raw), ") ") // behind the name
	fields := strings.Fields(rest)
	const user, system = 11, 12
	if len(fields) <= system {
		return 0, fmt.Errorf("the system does not tell the time of a process")
	}
	ticks := 0
	for _, f := range fields[user : system+1] {
		n, err := strconv.Atoi(f)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / 100), nil // USER_HZ is 100 on Linux
}
