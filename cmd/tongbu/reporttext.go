package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/report"
	"tongbu/internal/schema"
	"tongbu/internal/show"
	"tongbu/node/reports"
)

func (a *app) reportShowCommand() *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use: "show --dir DIR REPORT", Short: "print a report; with --json as it was signed, to be counted again elsewhere", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.showReport(cmd.Context(), o, args[0]) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.json, "json", false, "the signed report")
	cmd.Flags().StringVar(&o.xlsx, "xlsx", "", "write the tables to this file, as a workbook to print")
	return cmd
}

func (a *app) showReport(ctx context.Context, o reportOptions, name string) error {
	g, err := a.givenReport(name)
	if err != nil {
		return err
	}
	var s report.Signed
	if err := a.ask(ctx, o.dir, http.MethodPost, "/reports/read", g, &s); err != nil {
		return err
	}
	r, err := s.Read()
	switch {
	case err != nil:
		return err
	case o.xlsx != "":
		return a.saveWorkbook(ctx, o.dir, o.xlsx, &s, r)
	case o.json:
		return a.printJSON(s)
	}
	kinds, err := a.schemaOf(ctx, o.dir)
	if err != nil {
		return err
	}
	return a.printReport(s.ID(), r, kinds)
}

// printReport prints the figures of the report's unit, and what they are of.
func (a *app) printReport(id string, r *report.Report, kinds *schema.Schema) error {
	a.head("report %s", id)
	a.head("%s, %s to %s: %s %s", a.lang.Say(r.Kind), r.From, r.Day, r.Unit.Code, r.Unit.Name)
	if r.Partial {
		a.head("the period was not over")
	}
	if r.Corrects != "" {
		a.head("in place of report %s", r.Corrects)
	}
	c := r.Coverage
	a.head("made %s at %s; %d communities, %d silent, %d never joined, %d changes on the way, %d not judged by the city yet; %d streams",
		r.Made.Format("2006-01-02 15:04:05 MST"), r.By.Unit, c.Units, c.Silent, c.Absent, c.Pending, r.Unjudged, len(r.Streams))
	own := 0
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("INDICATOR\tGROUP\tNUMERATOR\tDENOMINATOR\tVALUE\tADDED\tTARGET"))
	for _, f := range r.Figures {
		if f.Unit == r.Unit.Code {
			a.printFigure(w, f, kinds)
			own++
		}
	}
	if err := w.Flush(); err != nil {
		return fault.Wrap("write", err)
	}
	if rest := len(r.Figures) - own; rest > 0 {
		a.head("%d figures more, of the units below: --json or --xlsx has them", rest)
	}
	return nil
}

// head prints a line above a table.
func (a *app) head(format string, args ...any) {
	fmt.Fprintln(a.out, plain.Line(a.lang.Say(format, args...)))
}

func (a *app) printFigure(w *show.Tabs, f report.Figure, kinds *schema.Schema) {
	i := facts.Indicator{}
	if all := facts.Named(f.Indicator + "/" + f.Group); len(all) == 1 {
		i = all[0]
	}
	name, group := a.labelsOf(i)
	if k, known := kinds.Kind(f.Indicator); known {
		name = k.Label.In(string(a.lang))
	}
	of, value, added := "-", "-", "-"
	if f.Denominator != nil {
		of = strconv.FormatInt(*f.Denominator, 10)
		if *f.Denominator != 0 {
			value = fmt.Sprintf("%.2f %%", 100*float64(f.Numerator)/float64(*f.Denominator))
		}
	}
	if f.Added != nil {
		added = strconv.FormatInt(*f.Added, 10)
	}
	show.Row(w, f.Indicator+" "+name, f.Group+" "+group, strconv.FormatInt(f.Numerator, 10), of, value, added, targetOf(i))
}

func (a *app) printRecount(out *report.Recount) error {
	a.head("report %s: %s", out.Report, a.lang.Say(string(out.Result)))
	w := show.NewTabs(a.out)
	if len(out.Streams) > 0 {
		fmt.Fprintln(w, a.lang.Say("UNIT\tSTREAM\tCOUNTED\tHERE\tRESULT"))
	}
	for _, s := range out.Streams {
		show.Row(w, s.Unit, s.Stream, strconv.FormatUint(s.Seq, 10), strconv.FormatUint(s.Here, 10), a.lang.Say(string(s.Why)))
	}
	if len(out.Figures) > 0 {
		fmt.Fprintln(w, a.lang.Say("UNIT\tINDICATOR\tGROUP\tWAS\tNOW"))
	}
	for _, f := range out.Figures {
		show.Row(w, f.Unit, f.Indicator, f.Group, amountText(f.Was), amountText(f.Now))
	}
	return fault.Wrap("write", w.Flush())
}

func amountText(a *report.Amount) string {
	switch {
	case a == nil:
		return "-"
	case a.Denominator != nil:
		return fmt.Sprintf("%d / %d", a.Numerator, *a.Denominator)
	}
	return strconv.FormatInt(a.Numerator, 10)
}

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
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("REPORT\tPERIOD\tUNIT\tNAME\tDAY\tMADE\tSTATE"))
	for _, l := range lines {
		show.Row(w, l.Report[:16], l.Period, l.Unit, l.Name, l.Day, shortTime(l.Made), a.lang.Say(stateOf(l)))
	}
	return fault.Wrap("write", w.Flush())
}

// stateOf is what a list says of a report.
func stateOf(l reports.Line) string {
	switch {
	case len(l.CorrectedBy) > 0:
		return "corrected"
	case l.Partial:
		return "partial"
	}
	return "-"
}
