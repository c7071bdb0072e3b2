package main

import (
	"context"
	"io"
	"net/http"
	"slices"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/internal/report"
	"tongbu/internal/report/workbook"
	"tongbu/node/reports"
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
	if err := checkWorkbook(o.xlsx); err != nil {
		return err
	}
	if err := a.readCorrected(&o.order); err != nil {
		return err
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
	if err := a.tellAgain(ctx, o.dir, s.ID()); err != nil {
		return err
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
	zone, err := a.zoneOf(ctx, dir)
	if err != nil {
		return err
	}
	return a.replacing([]string{file}, func(to []io.Writer) error { return workbook.Write(to[0], s.ID(), r, kinds, zone) })
}

// readCorrected takes the report to correct from a file, where one is named.
func (a *app) readCorrected(o *reports.Order) error {
	if o.Corrects == "" || reportID.MatchString(o.Corrects) {
		return nil
	}
	g, err := a.givenReport(o.Corrects)
	if err == nil {
		o.Corrects = g.Signed.ID()
	}
	return err
}

// tellAgain says that there was a report of the same already.
func (a *app) tellAgain(ctx context.Context, dir, made string) error {
	var lines []reports.Line
	if err := a.ask(ctx, dir, http.MethodGet, "/reports", nil, &lines); err != nil {
		return err
	}
	at := slices.IndexFunc(lines, func(l reports.Line) bool { return l.Report == made })
	for _, l := range lines {
		if at < 0 || l.Report == made || len(l.CorrectedBy) > 0 || !l.Same(&lines[at]) || lines[at].Beside != "" && l.Report != lines[at].Beside {
			continue
		}
		a.tell("report %s is of the same period, day and unit, and neither corrects the other: to correct it make the report with --corrects %s", shortID(l.Report), shortID(l.Report))
		return nil
	}
	return nil
}
