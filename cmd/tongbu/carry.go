package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/syncer/carry"
)

func (a *app) carryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "carry", Short: "move changes and receipts by a file on a stick, for a site with no line",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.carryOutCommand(), a.carryInCommand())
	for _, c := range cmd.Commands() {
		c.Args = checkedArgs(c.Args)
	}
	return cmd
}

type carryOptions struct {
	dir, to    string
	force, all bool
}

func (a *app) carryOutCommand() *cobra.Command {
	var o carryOptions
	cmd := &cobra.Command{
		Use: "out --dir DIR FILE", Short: "write what the hubs above do not have yet, or with --for what a unit below lacks",
		Long: "Write a file for a stick: what the city has not recorded yet, for any hub\nabove; with --for what belongs to a unit below, after what its last file said\nthat it has. It is encrypted to the devices that may read it. A summary in JSON\nstands on stdout.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runCarryOut(cmd.Context(), o, args[0]) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.to, "for", "", "division code of a unit below; empty: the hubs above")
	cmd.Flags().BoolVar(&o.all, "all", false, "everything, whatever the other side is known to have")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace FILE once the new one is whole")
	cmd.Flags().Bool("json", true, "JSON, the only form there is")
	return cmd
}

func (a *app) runCarryOut(ctx context.Context, o carryOptions, file string) error {
	if _, err := checkOutput(file); err != nil {
		return err
	}
	path := "/carry/out?for=" + url.QueryEscape(o.to)
	if o.all {
		path += "&all=1"
	}
	var s carry.Summary
	err := save(file, o.force, func(w io.Writer) error {
		c, err := a.client(ctx, o.dir)
		if err != nil {
			return err
		}
		defer c.Close()
		return c.Bytes(ctx, http.MethodGet, path, func(answer io.Reader) error {
			_, err := io.Copy(w, answer)
			return fault.Wrap("write the carried file", err)
		}, &s)
	})
	if err != nil {
		return err
	}
	if s.Cut > 0 {
		a.say("of %d streams the file has the end only: the rest was cut off here, and the city has it", s.Cut)
	}
	if s.LeftOut > 0 {
		a.say("warning: %d devices that should read the file cannot: their keys are not known here, or they are too many", s.LeftOut)
	}
	return a.printJSON(s)
}

func (a *app) carryInCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "in --dir DIR FILE", Short: "apply a file that was written elsewhere; a file may be applied again",
		Long: "Apply a file of a unit below or of a hub above. It is checked to its end before\nanything of it is applied; applied twice, or in another order, nothing is lost\nand nothing is there twice. A summary in JSON stands on stdout.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runCarryIn(cmd.Context(), dir, args[0]) },
	}
	dirFlag(cmd, &dir)
	cmd.Flags().Bool("json", true, "JSON, the only form there is")
	return cmd
}

func (a *app) runCarryIn(ctx context.Context, dir, file string) error {
	f, err := openFile(file)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	c, err := a.client(ctx, dir)
	if err != nil {
		return err
	}
	defer c.Close()
	var s carry.Summary
	if err := c.Send(ctx, http.MethodPost, "/carry/in", f, &s); err != nil {
		return err
	}
	if s.Clear {
		a.say("warning: %s is not encrypted: an older program wrote it; keep it as you keep the PC, and update the program there", file)
	}
	if err := a.printJSON(s); err != nil {
		return err
	}
	return carryProblem(&s)
}

// carryProblem is an error when part of a file could not be applied.
func carryProblem(s *carry.Summary) error {
	switch why := fmt.Sprint(s.Problems); {
	case s.Refused > 0:
		return fault.New(fault.Denied, "%d of %d batches were refused: %s", s.Refused, s.Batches, why).WithHint("the rest is applied")
	case s.Forked > 0:
		return fault.New(fault.Forked, "%d of %d batches are of another history than the one here: %s", s.Forked, s.Batches, why).
			WithHint("carry a file back: the history here stands, and what differs is written again")
	case s.Missing > 0:
		return fault.New(fault.NotFound, "%d of %d batches follow changes that are not here: %s", s.Missing, s.Batches, why).
			WithHint("make the file with --all; the rest is applied")
	}
	return nil
}
