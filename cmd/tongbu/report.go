package main

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
	"tongbu/internal/report"
	"tongbu/internal/report/workbook"
	"tongbu/node/reports"
	"tongbu/node/socket"
)

type reportOptions struct {
	dir, xlsx, against string
	json               bool
	order              reports.Order
}

func (a *app) reportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "report", Short: "make reports of a month, quarter or year, and count them again",
		Long: `A report freezes the figures of a period: for the unit and each unit below it, with the
position of every stream that was counted, the rules, how complete it was, and the
signature of the device. Whoever has the journal counts the same figures again.

A REPORT is given by its id or the first 8 signs of it, or as a file that
tongbu report show --json has written, also at another tier.`,
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.reportMakeCommand(), a.reportShowCommand(), a.recountCommand(), a.reportDiffCommand(), a.reportListCommand())
	return cmd
}

func (a *app) reportMakeCommand() *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use: "make --dir DIR --period 2026|2026-11|2026-Q4", Short: "count a report, sign it and keep it; its id alone on stdout",
		Long: "Counts the figures of the period's last day, or of today where the period is not over:\nsuch a report says that it is partial. A report is never changed; one that corrects it\nnames it with --corrects.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.makeReport(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	f := cmd.Flags()
	f.StringVar(&o.order.Period, "period", "", "year, quarter or month")
	f.StringVar(&o.order.Kind, "kind", "", "yearly, quarterly or monthly; empty: that of the period")
	f.StringVar(&o.order.Scope, "scope", "", "division code of the unit; empty: this one")
	f.StringVar(&o.order.Corrects, "corrects", "", "id of the report in whose place this one stands")
	f.StringVar(&o.xlsx, "xlsx", "", "write the tables to this file too, as a workbook to print")
	f.BoolVar(&o.json, "json", false, "a line of JSON in place of the id")
	return cmd
}

func (a *app) makeReport(ctx context.Context, o reportOptions) error {
	if o.order.Period == "" {
		return fault.New(fault.Invalid, "no period is given").WithHint("give --period as 2026, 2026-Q4 or 2026-11")
	}
	var s report.Signed
	if err := a.ask(ctx, o.dir, http.MethodPost, "/reports", o.order, &s); err != nil {
		return err
	}
	r, err := s.Read()
	if err != nil {
		return err
	}
	if o.xlsx != "" {
		if err := a.saveWorkbook(ctx, o.dir, o.xlsx, &s, r); err != nil {
			return err
		}
	}
	if r.Partial {
		a.tell("the period is not over: the report is partial, of %s", r.Day)
	}
	if o.json {
		return a.printJSONLine(reports.LineOf(s.ID(), r))
	}
	return a.printLine("%s", s.ID())
}

func (a *app) saveWorkbook(ctx context.Context, dir, file string, s *report.Signed, r *report.Report) error {
	kinds, err := a.schemaOf(ctx, dir)
	if err != nil {
		return err
	}
	return durable.Save(file, true, func(to io.Writer) error { return workbook.Write(to, s.ID(), r, kinds) })
}

var reportID = regexp.MustCompile(`^[0-9a-f]{8,64}$`)

// givenReport is a report by its id, or read of a file.
func (a *app) givenReport(name string) (g socket.GivenReport, err error) {
	if reportID.MatchString(name) {
		g.ID = name
		return g, nil
	}
	raw, err := a.reportFile(name)
	if err != nil {
		return g, err
	}
	g.Signed = &report.Signed{}
	if err := json.Unmarshal(raw, g.Signed); err != nil {
		return g, fault.As(fault.Invalid, "read a report", err).WithHint("give an id, or a file that tongbu report show --json has written")
	}
	_, err = g.Signed.Read()
	return g, err
}

func (a *app) reportFile(name string) ([]byte, error) {
	if name == "-" {
		return readBounded(a.in)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fault.New(fault.NotFound, "%q is neither the id of a report nor a file", name).WithHint("tongbu report list shows the ids")
	}
	defer f.Close() //nolint:errcheck // only read
	return readBounded(f)
}

func readBounded(from io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(from, report.MaxSigned+1))
	switch {
	case err != nil:
		return nil, fault.Wrap("read a report", err)
	case len(raw) > report.MaxSigned:
		return nil, fault.New(fault.Exhausted, "the file is too large for a report")
	}
	return raw, nil
}

func (a *app) recountCommand() *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use: "recount --dir DIR REPORT", Short: "count a report again, of the same positions of the same streams",
		Long: "Ends in one of: equal; rules (this program counts by other rules: both figures are\nshown); missing (of a stream not all is here: ask the city); different; history (a\nstream is not the one that was counted).\n\nExit code 0 for equal and rules, 3 missing, 8 different, 9 history.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.recount(cmd.Context(), o, args[0]) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.json, "json", false, "JSON")
	return cmd
}

func (a *app) recount(ctx context.Context, o reportOptions, name string) error {
	g, err := a.givenReport(name)
	if err != nil {
		return err
	}
	var out report.Recount
	if err := a.ask(ctx, o.dir, http.MethodPost, "/reports/recount", g, &out); err != nil {
		return err
	}
	if o.json {
		err = a.printJSON(out)
	} else {
		err = a.printRecount(&out)
	}
	return cmp.Or(err, recountFault(&out))
}

// recountFault is how a recount ends that is not as it was.
func recountFault(out *report.Recount) error {
	switch out.Result {
	case report.Missing:
		return fault.New(fault.NotFound, "of %d streams not all is here that was counted", len(out.Streams)).WithHint("recount it at the city")
	case report.Different:
		return fault.New(fault.Damaged, "%d figures are others, of the same changes by the same rules", len(out.Figures)).WithHint("run tongbu verify on the directory")
	case report.History:
		return fault.New(fault.Forked, "%d streams are not the ones that were counted", len(out.Streams)).WithHint("see docs/reports.md, when a recount ends in history")
	}
	return nil
}

func (a *app) reportDiffCommand() *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use: "diff --dir DIR REPORT", Short: "what has moved the figures of a report since: a line of JSON each",
		Long: "Names each record that has moved figures of the report's day, with its class: late,\ncorrected, voided, refused, restored, published, rules. What moves none is not named.\nWhich records were named stands in the audit log.",
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
	a.tell("%d records have moved figures", len(found))
	return nil
}
