package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/config"
	"tongbu/internal/logs"
	"tongbu/internal/plain"
)

func (a *app) probeCommand() *cobra.Command {
	return &cobra.Command{Use: tier.ProbeCommand + " FILE", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return tier.Probe(args[0], a.in) }}
}

// openLog makes the log that a directory's configuration asks for: on stderr, in the
// journal's form where that leads there, or in a file. Windows' services have no stderr.
func (a *app) openLog(dir string, c config.Config) (log *slog.Logger, end func() error, err error) {
	o := logs.Options{Level: c.Log, Form: c.LogFormat}
	path := c.LogFile
	if path == "" && a.hosted {
		path = filepath.Join(dir, logs.FileName)
	}
	if path == "" {
		o.Journal = logs.InJournal(os.Stderr, a.vars)
		return logs.New(a.err, o), func() error { return nil }, nil
	}
	f, err := logs.OpenFile(path)
	if err != nil {
		return nil, nil, err
	}
	return logs.New(plain.NewWriter(f), o), f.Close, nil
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

// shortTime is how people read a time, with the zone of this computer: the network may be
// of another one.
func shortTime(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04:05 -07:00")
}
