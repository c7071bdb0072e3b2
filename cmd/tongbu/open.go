package main

import (
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
)

func (a *app) probeCommand() *cobra.Command {
	return &cobra.Command{Use: tier.ProbeCommand + " FILE", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return tier.Probe(args[0], a.in) }}
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
	placeFlag(cmd, dir)
	_ = cmd.MarkFlagRequired("dir") // the flag exists
}

// placeFlag is dirFlag of a command that may ask elsewhere.
func placeFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "dir", "", "directory of the node or hub")
}

// shortTime is how people read a time.
func shortTime(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}
