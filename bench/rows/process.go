package rows

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

	"tongbu/bench/town"
	"tongbu/node/operate"
	"tongbu/node/socket"
)

// process is the built program, serving a directory.
type process struct {
	dir   string
	ready time.Duration // from its start to the line that says so
	cmd   *exec.Cmd
}

// serve starts the program on a directory and returns once it serves.
func (e *Env) serve(dir string) (*process, error) {
	p := &process{dir: dir, cmd: exec.Command(e.Program, "serve", "--dir", dir, "--log", "error")}
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	p.ready = time.Since(start)
	if err != nil || !strings.HasPrefix(line, "ready ") {
		_ = p.cmd.Wait() // what it says is on stderr
		return nil, fmt.Errorf("serve did not say ready: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }() // ends with the process
	return p, nil
}

// stop ends the process as a service manager does.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.cmd.Wait()
}

// kill ends it as a power cut does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // the error says that it was killed
}

// resident is the memory it takes, in bytes.
func (p *process) resident() (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, fmt.Errorf("the system does not tell the memory of a process")
	}
	kilobytes, err := strconv.ParseFloat(fields[0], 64)
	return kilobytes * 1024, err
}

// settled is the least memory of some looks, half a second apart.
func (p *process) settled(ctx context.Context, looks int) (float64, error) {
	least := 0.0
	for i := range looks {
		if err := pause(ctx, 500*time.Millisecond); err != nil {
			return 0, err
		}
		now, err := p.resident()
		if err != nil {
			return 0, err
		}
		if i == 0 || now < least {
			least = now
		}
	}
	return least, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// dial opens the socket on which the command line asks.
func (p *process) dial(ctx context.Context) (*socket.Client, error) { return socket.Dial(ctx, p.dir) }

// counted waits until the view counts n persons. It asks no more than that: the
// status tells of each device, and who asks for it often is what is measured.
func counted(ctx context.Context, c *socket.Client, n int, most time.Duration) error {
	got := 0
	err := town.Until(ctx, most, func() (_ bool, err error) {
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return false, err
		}
		got, err = askPersons(ctx, c)
		return got == n, err
	})
	if err != nil {
		return fmt.Errorf("the view counts %d of %d persons: %w", got, n, err)
	}
	return nil
}

// reviewedView waits until the findings are there, too: to make them takes a processor.
func (p *process) reviewedView(ctx context.Context, c *socket.Client, most time.Duration) error {
	return awaitView(ctx, c, most, func(v operate.View) bool { return v.Reviewed != "" })
}

// settledView waits until the view has its indexes, too: before that it may look at
// every row.
func (p *process) settledView(ctx context.Context, c *socket.Client, most time.Duration) error {
	return awaitView(ctx, c, most, func(v operate.View) bool { return v.Settled })
}

// awaitView asks for the state of the view until it is so.
func awaitView(ctx context.Context, c *socket.Client, most time.Duration, so func(operate.View) bool) error {
	return town.Until(ctx, most, func() (bool, error) {
		if err := pause(ctx, 250*time.Millisecond); err != nil {
			return false, err
		}
		var st struct{ View operate.View }
		err := c.JSON(ctx, "GET", "/status", nil, &st)
		return so(st.View), err
	})
}

// askPersons asks the view how many persons it has.
func askPersons(ctx context.Context, c *socket.Client) (int, error) {
	var got struct{ Rows []struct{ Count int } }
	err := c.JSON(ctx, "POST", "/query", map[string]any{"Kind": "person", "GroupBy": "city"}, &got)
	if err != nil || len(got.Rows) == 0 {
		return 0, err
	}
	return got.Rows[0].Count, nil
}
