package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"tongbu/internal/assess"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/show"
)

type assessOptions struct {
	dir, unit, on, pack, purpose string

	json bool
}

func (a *app) assessCommand() *cobra.Command {
	var o assessOptions
	cmd := &cobra.Command{
		Use: "assess --dir DIR", Short: "whether a unit and the communities below it are of full employment, by the criteria of a rule pack",
		Long: "Shows each criterion of the unit with what it has, and the verdict of each community\nbelow it. A criterion without anybody to judge is met; one that no figure says is\nneither met nor not, and leaves the verdict open.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runAssess(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	f := cmd.Flags()
	f.StringVar(&o.unit, "unit", "", "division code: this unit and the communities below it; empty: the unit of the directory")
	f.StringVar(&o.on, "on", "", "day, YYYY-MM-DD; empty: today")
	f.StringVar(&o.pack, "pack", "", "default, second, or the id of a rule pack; empty: the city's pack in force, else default")
	f.BoolVar(&o.json, "json", false, "JSON")
	purposeFlag(cmd, &o.purpose)
	return cmd
}

func (a *app) runAssess(ctx context.Context, o assessOptions) error {
	q := question.Question{Kind: question.Assessment, Scope: change.UnitID(o.unit), Day: o.on, Purpose: o.purpose}
	if o.pack != "" {
		q.Select = []string{o.pack}
	}
	return printRows(ctx, a, o.dir, q, o.json, (*question.Answer).AssessedOf, a.printAssessed)
}

// printAssessed prints the criteria of the first unit, and then a line for each.
func (a *app) printAssessed(all []question.Assessed) error {
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("CRITERION\tINDICATOR\tNUMERATOR\tDENOMINATOR\tVALUE\tBAR\tVETO\tSTATE"))
	for _, s := range all {
		if s.Unit != all[0].Unit {
			break
		}
		veto := ""
		if s.Veto {
			veto = a.lang.Say("veto")
		}
		show.Row(w, s.Criterion, s.Indicator, orDash(s.Numerator), orDash(s.Denominator), valueOf(s), barOf(s), veto, assess.State(s.State).Label().In(string(a.lang)))
	}
	if err := w.Flush(); err != nil {
		return fault.Wrap("write", err)
	}
	fmt.Fprintln(a.out)
	w = show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("UNIT\tNAME\tVERDICT\tCOMMUNITIES\tPASSED\tOPEN\tSHARE\tTO PASS\tNOT MET"))
	for i := 0; i < len(all); {
		next := i
		missed := ""
		for ; next < len(all) && all[next].Unit == all[i].Unit; next++ {
			if all[next].State == string(assess.NotMet) {
				missed += all[next].Criterion + " "
			}
		}
		s := all[i]
		show.Row(w, s.Unit, s.Name, assess.Verdict(s.Verdict).Label().In(string(a.lang)), orDash(s.Of), orDash(s.Passed), orDash(s.Open), percentOf(passedOf(s)), toPass(s), missed)
		i = next
	}
	return fault.Wrap("write", w.Flush())
}

func valueOf(s question.Assessed) string {
	switch {
	case s.Value == nil:
		return "-"
	case s.Denominator == nil:
		return strconv.FormatInt(*s.Numerator, 10)
	}
	return percentOf(s.Value)
}

func barOf(s question.Assessed) string {
	sign, unit := ">=", ""
	if s.Most {
		sign = "<="
	}
	if s.Denominator != nil {
		unit = " %"
	}
	return fmt.Sprintf("%s %d%s", sign, s.Bar, unit)
}

// passedOf is the share of communities that have passed.
func passedOf(s question.Assessed) *float64 {
	if s.Of == nil {
		return nil
	}
	return question.ShareOf(*s.Passed, *s.Of)
}

func toPass(s question.Assessed) string {
	if s.Target == nil {
		return "-"
	}
	return fmt.Sprintf(">= %d %%", *s.Target)
}
