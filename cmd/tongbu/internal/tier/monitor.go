package tier

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"time"

	"tongbu/hub"
	"tongbu/hub/monitor"
	"tongbu/internal/audit"
	"tongbu/internal/fault"
	"tongbu/internal/task"
	"tongbu/node/nightly"
	"tongbu/node/replica"
)

var _ monitor.Hub = (*hub.Hub)(nil)

// Monitor is the port that programs which watch the directory read from.
type Monitor struct{ port net.Listener }

// ListenMonitor opens it as it is configured; nil: it is not.
func (t *Tier) ListenMonitor() (*Monitor, error) {
	at := t.config.MonitorAt()
	if at == "" {
		return nil, nil
	}
	port, err := listenAt("monitor", at)
	if err != nil {
		return nil, err
	}
	return &Monitor{port}, nil
}

// Close closes the port; who has served it has closed it already.
func (m *Monitor) Close() error {
	if m == nil {
		return nil
	}
	if err := m.port.Close(); !errors.Is(err, net.ErrClosed) {
		return fault.Wrap("close the port of figures", err)
	}
	return nil
}

// Address is where it is; "": it is not.
func (m *Monitor) Address() string {
	if m == nil {
		return ""
	}
	return m.port.Addr().String()
}

// Watched serves the port of an open tier until the context ends.
func (t *Tier) Watched(m *Monitor) task.Task {
	return func(ctx context.Context) error {
		if m == nil {
			<-ctx.Done()
			return nil
		}
		c := monitor.Config{Replica: t.Replica, Operate: t.Operate, Program: t.program, MaxLag: t.config.ReadyLag(), Files: t.files(), Upkeep: t.upkeep}
		if t.Hub != nil {
			c.Hub = t.Hub
		}
		h, err := monitor.Handler(c)
		if err != nil {
			_ = m.port.Close()
			return err
		}
		return monitor.Serve(ctx, m.port, h)
	}
}

// upkeep is what was done for the directory by itself, and by hand.
func (t *Tier) upkeep() monitor.Upkeep {
	of := func(e nightly.Entry) monitor.Work {
		w := monitor.Work{Failed: !e.Last.Began.IsZero() && !e.Last.OK}
		if !e.Good.Began.IsZero() {
			w.Done = e.Good.Began.Add(time.Duration(e.Good.DurationMS * float64(time.Millisecond)))
		}
		return w
	}
	n := t.Operate.Nightly()
	return monitor.Upkeep{Backup: of(n.Backup.Entry), Verify: of(n.Verify.Entry)}
}

// files are what of the directory takes room.
func (t *Tier) files() []monitor.File {
	files := []monitor.File{{Name: "journal", Path: filepath.Join(t.dir, replica.JournalFile)}, {Name: "audit", Path: filepath.Join(t.dir, audit.FileName)}}
	if t.Hub != nil {
		files = append(files, monitor.File{Name: "view", Path: filepath.Join(t.dir, hub.ViewFile)})
	}
	return files
}
