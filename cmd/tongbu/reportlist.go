package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/internal/show"
	"tongbu/node/reports"
)

func (a *app) reportListCommand() *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use: "list --dir DIR", Short: "the reports that were made here, the newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listReports(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.json, "json", false, "JSON Lines")
	return cmd
}

func (a *app) listReports(ctx context.Context, o reportOptions) error {
	var lines []reports.Line
	if err := a.ask(ctx, o.dir, http.MethodGet, "/reports", nil, &lines); err != nil {
		return err
	}
	if o.json {
		for _, l := range lines {
			if err := a.printJSONLine(l); err != nil {
				return err
			}
		}
		return nil
	}
	zone, err := a.zoneOf(ctx, o.dir)
	if err != nil {
		return err
	}
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("REPORT\tPERIOD\tUNIT\tNAME\tDAY\tMADE\tSTATE"))
	for _, l := range lines {
		show.Row(w, shortID(l.Report), l.Period, l.Unit, l.Name, l.Day, zonedTime(l.Made, zone), a.stateText(l))
	}
	return fault.Wrap("write", w.Flush())
}

// stateText is what a list says of a report.
func (a *app) stateText(l reports.Line) string {
	switch {
	case len(l.CorrectedBy) > 0:
		return a.lang.Say("corrected by %s", shortID(l.CorrectedBy[0]))
	case l.MadeAgain != "":
		return a.lang.Say("made again as %s", shortID(l.MadeAgain))
	case l.Beside != "":
		return a.lang.Say("beside %s, which holds", shortID(l.Beside))
	case l.Partial:
		return a.lang.Say("not over")
	}
	return a.lang.Say("holds")
}

// standingOf says of a report that is kept here that another stands in its place, or beside
// it; "": none does.
func (a *app) standingOf(ctx context.Context, dir, id string) (string, error) {
	var lines []reports.Line
	if err := a.ask(ctx, dir, http.MethodGet, "/reports", nil, &lines); err != nil {
		return "", err
	}
	for _, l := range lines {
		if l.Report == id && (len(l.CorrectedBy) > 0 || l.MadeAgain != "" || l.Beside != "") {
			return a.stateText(l), nil
		}
	}
	return "", nil
}

// shortID is as much of an id as names a report.
func shortID(id string) string { return id[:min(16, len(id))] }
