package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/show"
)

type indicatorsOptions struct {
	dir, scope, by, on, indicator, purpose string

	list, json bool
}

func (a *app) indicatorsCommand() *cobra.Command {
	var o indicatorsOptions
	cmd := &cobra.Command{
		Use: "indicators --dir DIR", Short: "the figures of units: numerator and denominator, and with --list the records behind them",
		Long: "Shows the figures of a unit, or of the units of a tier below it, with what they are\nmade of. A rate of nobody has no value. Figures of a year are those of the day's year:\nask on its last day for those of a year that is over.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runIndicators(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	scopeFlag(cmd, &o.scope)
	purposeFlag(cmd, &o.purpose)
	f := cmd.Flags()
	f.StringVar(&o.by, "by", "", "a figure for each city, district, street or community; empty: for the unit as a whole")
	f.StringVar(&o.on, "on", "", "day, YYYY-MM-DD; empty: today")
	f.StringVar(&o.indicator, "indicator", "", "NAME, or NAME/GROUP; empty: all")
	f.BoolVar(&o.list, "list", false, "the records behind numerator and denominator of one NAME/GROUP, as they are today; at a hub with --purpose")
	f.BoolVar(&o.json, "json", false, "JSON")
	return cmd
}

func (a *app) runIndicators(ctx context.Context, o indicatorsOptions) error {
	if o.list {
		return a.listBehind(ctx, o)
	}
	q := question.Question{Kind: question.Indicators, Scope: change.UnitID(o.scope), GroupBy: o.by, Day: o.on, Purpose: o.purpose}
	if o.indicator != "" {
		q.Select = []string{o.indicator}
	}
	figures, end, err := a.figures(ctx, o.dir, q)
	if err != nil {
		return err
	}
	if o.json {
		err = a.printJSON(struct {
			On       string            `json:"on"`
			Rows     []question.Figure `json:"rows"`
			Coverage question.Coverage `json:"coverage"`
		}{end.Coverage.Today, figures, end.Coverage})
	} else {
		err = a.printFigures(figures, o.indicator != "")
		if o.indicator == "" {
			a.tell("what each of them counts: --indicator NAME")
		}
		a.tellEnd(&end)
	}
	if err != nil {
		return err
	}
	return kept(&end)
}

// figures asks for figures.
func (a *app) figures(ctx context.Context, dir string, q question.Question) (figures []question.Figure, end question.End, err error) {
	figures = []question.Figure{}
	end, err = a.eachRow(ctx, dir, q, func(answer *question.Answer, row question.Row) error {
		figures = append(figures, answer.FigureOf(row))
		return nil
	})
	return figures, end, err
}

// printFigures prints a table, and below it what is counted where few were asked for.
func (a *app) printFigures(figures []question.Figure, explain bool) error {
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("UNIT\tNAME\tINDICATOR\tGROUP\tNUMERATOR\tDENOMINATOR\tVALUE\tTARGET"))
	var basis []string
	for _, f := range figures {
		i := known(f)
		of, value := "-", "-"
		if f.Denominator != nil {
			of = strconv.FormatInt(*f.Denominator, 10)
		}
		if f.Value != nil {
			value = strconv.FormatInt(f.Numerator, 10)
			if f.Denominator != nil {
				value = fmt.Sprintf("%.2f %%", 100**f.Value)
			}
		}
		name, group := a.labelsOf(i)
		show.Row(w, f.Unit, f.Name, f.Indicator+" "+name, f.Group+" "+group, strconv.FormatInt(f.Numerator, 10), of, value, targetOf(i))
		if line := f.Indicator + "/" + f.Group + ": " + cmp.Or(i.Basis.In(string(a.lang)), f.Basis); !slices.Contains(basis, line) {
			basis = append(basis, line)
		}
	}
	if err := w.Flush(); err != nil {
		return fault.Wrap("write", err)
	}
	if explain {
		for _, line := range basis {
			a.say("%s", line)
		}
	}
	return nil
}

// known is the indicator of a figure as this program knows it.
func known(f question.Figure) facts.Indicator {
	if all := facts.Named(f.Indicator + "/" + f.Group); len(all) == 1 {
		return all[0]
	}
	return facts.Indicator{}
}

func (a *app) labelsOf(i facts.Indicator) (name, group string) {
	return i.Label.In(string(a.lang)), i.GroupLabel.In(string(a.lang))
}

func targetOf(i facts.Indicator) string {
	switch {
	case i.Target == 0 && !i.Most:
		return "-"
	case i.Most:
		return fmt.Sprintf("<= %d %%", i.Target)
	}
	return fmt.Sprintf(">= %d %%", i.Target)
}
