package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/node/socket"
)

func (a *app) probeCommand() *cobra.Command {
	return &cobra.Command{Use: tier.ProbeCommand + " FILE", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return tier.Probe(args[0], a.in) }}
}

// client talks to the process that serves the directory; when none does, the
// directory is opened here for the one command.
func (a *app) client(ctx context.Context, dir string) (*socket.Client, error) {
	if _, err := tier.LevelOf(dir); err != nil {
		return nil, err
	}
	c, err := socket.Dial(ctx, dir)
	if fault.Of(err) != fault.NotFound {
		return c, err
	}
	cfg, err := config.Load(dir, a.vars)
	if err != nil {
		return nil, err
	}
	t, err := tier.Open(ctx, dir, cfg, tier.Options{})
	if err != nil {
		return nil, err
	}
	return socket.Direct(t.Handler, func() { _ = t.Close() }), nil
}

// logger writes structured lines to stderr.
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
