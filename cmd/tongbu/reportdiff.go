package main

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"tongbu/internal/report"
	"tongbu/node/socket"
)

func (a *app) reportDiffCommand() *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use: "diff --dir DIR REPORT", Short: "what has moved the figures of a report since: a line of JSON each",
		Long: "Names each record that has moved figures of the report's day, with its class: late,\ncorrected, voided, refused, restored, moved (a unit), published, rules. What moves\nnone is not named. Which records were named stands in the audit log.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.reportDiff(cmd.Context(), o, args[0]) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.against, "against", "", "a later report of the same period and unit; empty: what is here now")
	cmd.Flags().Bool("json", true, "JSON Lines, the only form there is")
	return cmd
}

func (a *app) reportDiff(ctx context.Context, o reportOptions, name string) error {
	var c socket.Compared
	var err error
	if c.Report, err = a.givenReport(name); err != nil {
		return err
	}
	if o.against != "" {
		other, err := a.givenReport(o.against)
		if err != nil {
			return err
		}
		c.Against = &other
	}
	var found []report.Difference
	if err := a.ask(ctx, o.dir, http.MethodPost, "/reports/diff", c, &found); err != nil {
		return err
	}
	for _, d := range found {
		if err := a.printJSONLine(d); err != nil {
			return err
		}
	}
	a.tell("%d differences", len(found))
	return nil
}
