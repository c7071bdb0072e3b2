package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/internal/report"
	"tongbu/internal/show"
)

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
		if len(out.Streams) == 0 {
			return fault.New(fault.NotFound, "the report is of a unit out of this one's scope").WithHint("recount it at the city")
		}
		return fault.New(fault.NotFound, "of %d streams not all is here that was counted", len(out.Streams)).WithHint("recount it at the city")
	case report.Different:
		return fault.New(fault.Damaged, "%d figures are others, of the same changes by the same rules", len(out.Figures)).WithHint("run tongbu verify on the directory")
	case report.History:
		return fault.New(fault.Forked, "%d streams are not the ones that were counted", len(out.Streams)).WithHint("see docs/reports.md, when a recount ends in history")
	}
	return nil
}

func (a *app) printRecount(out *report.Recount) error {
	if err := a.printLine("report %s: %s", out.Report, a.resultText(out.Result)); err != nil {
		return err
	}
	w := show.NewTabs(a.out)
	if len(out.Streams) > 0 {
		fmt.Fprintln(w, a.lang.Say("UNIT\tSTREAM\tCOUNTED\tHERE\tRESULT"))
	}
	for _, s := range out.Streams {
		show.Row(w, s.Unit, s.Stream, strconv.FormatUint(s.Seq, 10), strconv.FormatUint(s.Here, 10), a.resultText(s.Why))
	}
	if len(out.Figures) > 0 {
		fmt.Fprintln(w, a.lang.Say("UNIT\tINDICATOR\tGROUP\tWAS\tNOW"))
	}
	for _, f := range out.Figures {
		show.Row(w, f.Unit, f.Indicator, f.Group, amountText(f.Was), amountText(f.Now))
	}
	return fault.Wrap("write", w.Flush())
}

// resultText is a result as people read it.
func (a *app) resultText(r report.Result) string {
	switch r {
	case report.Equal:
		return a.lang.Say("equal: the same figures")
	case report.OtherRule:
		return a.lang.Say("rules: other figures by other rules")
	case report.Missing:
		return a.lang.Say("missing: not all is here that was counted")
	case report.History:
		return a.lang.Say("history: not the stream that was counted")
	}
	return a.lang.Say("different: other figures of the same changes")
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
