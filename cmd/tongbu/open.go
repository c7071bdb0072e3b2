package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongbu/hub"
	"tongbu/internal/config"
	"tongbu/internal/control"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
	"tongbu/internal/station"
	"tongbu/internal/tree"
	"tongbu/node"
)

// tier is a directory in this process: a node or a hub.
type tier struct {
	station *station.Station
	hub     *hub.Hub // nil: a node
	handler http.Handler
	config  config.Config
}

func (t *tier) Close() error {
	if t.hub != nil {
		return t.hub.Close()
	}
	return t.station.Close()
}

// openTier opens a directory that nobody else serves.
func (a *app) openTier(ctx context.Context, dir string, cfg config.Config, log *slog.Logger) (*tier, error) {
	kinds, err := schema.Load()
	if err != nil {
		return nil, err
	}
	level, err := levelOf(dir)
	if err != nil {
		return nil, err
	}
	isHub := level != tree.Community
	s, err := station.Open(station.Config{Dir: dir, Hub: isHub, Beat: cfg.Heartbeat, Prefer: cfg.Prefer, Schema: kinds, Log: log, Probe: probeApart})
	if err != nil {
		return nil, err
	}
	t := &tier{station: s, config: cfg}
	if !isHub {
		t.handler = node.New(s).Handler()
		return t, nil
	}
	if t.hub, err = hub.Open(ctx, s, dir, cfg.View); err != nil {
		_ = s.Close()
		return nil, err
	}
	t.handler = t.hub.Handler()
	return t, nil
}

// probeApart checks a journal in a process of its own: a damaged page can end
// the process that reads it.
func probeApart(path string) error {
	self, err := os.Executable()
	if err != nil || strings.HasSuffix(filepath.Base(self), ".test") {
		return journal.Probe(path)
	}
	var words strings.Builder
	child := exec.Command(self, "probe", path)
	child.Stderr = &words
	if err := child.Run(); err != nil {
		return fault.New(fault.Damaged, "%s", strings.TrimPrefix(strings.Join(strings.Fields(words.String()), " "), "tongbu: "))
	}
	return nil
}

func (a *app) probeCommand() *cobra.Command {
	return &cobra.Command{Use: "probe FILE", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return journal.Probe(args[0]) }}
}

// client talks to the process that serves the directory; when none does, the
// directory is opened here for the one command.
func (a *app) client(ctx context.Context, dir string) (*control.Client, error) {
	if _, err := levelOf(dir); err != nil {
		return nil, err
	}
	c, err := control.Dial(ctx, dir)
	if fault.Of(err) != fault.NotFound {
		return c, err
	}
	cfg, err := config.Load(dir, a.vars)
	if err != nil {
		return nil, err
	}
	t, err := a.openTier(ctx, dir, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return control.Direct(t.handler, func() { _ = t.Close() }), nil
}

// logger writes structured lines to the talk side.
func (a *app) logger(level string) *slog.Logger {
	var l slog.Level
	if level == "" || l.UnmarshalText([]byte(level)) != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: l}))
}

// dirFlag adds --dir, which every command but demo and version needs.
func dirFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "dir", "", "directory of the node or hub")
	_ = cmd.MarkFlagRequired("dir") // the flag exists
}

// shortTime is how people read a time.
func shortTime(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}
