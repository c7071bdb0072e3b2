package main

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"tongbu/syncer/streams"
)

func (a *app) cutCommand() *cobra.Command {
	var dir string
	var dry, asJSON bool
	cmd := &cobra.Command{
		Use: "cut --dir DIR [--dry-run]", Short: "take batches off a node's journal that the city has recorded for long enough; every change stays", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runCut(cmd.Context(), dir, dry, asJSON) },
	}
	dirFlag(cmd, &dir)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would be cut off, and cut nothing")
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON")
	return cmd
}

func (a *app) runCut(ctx context.Context, dir string, dry, asJSON bool) error {
	method, line := http.MethodPost, "%d batches of %d streams are cut off, with %d changes, all of which stay; they took %.1f MB"
	if dry {
		method, line = http.MethodGet, "%d batches of %d streams would be cut off, with %d changes, all of which stay; they take %.1f MB"
	}
	var cut streams.Cut
	if err := a.ask(ctx, dir, method, "/cut", nil, &cut); err != nil {
		return err
	}
	if asJSON {
		return a.printJSON(cut)
	}
	return a.printLine(line, cut.Batches, cut.Streams, cut.Changes, float64(cut.Bytes)/1e6)
}
