package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/show"
	"tongbu/internal/targets"
)

type targetsOptions struct {
	dir, scope, year, on, line, purpose string

	byPerson, json bool
}

func (a *app) targetsCommand() *cobra.Command {
	var o targetsOptions
	cmd := &cobra.Command{
		Use: "targets --dir DIR", Short: "the targets of a year: what is done, how much of the time is gone, whether the parts add up, who answers",
		Long: "Shows how the targets of a unit and of those below it stand. A target is ahead when\nas large a share of it is done as of its time is gone, and behind when less is; a rate\nis compared with what it is to be on the day. A line that nothing counts has no figure.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runTargets(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	f := cmd.Flags()
	f.StringVar(&o.scope, "unit", "", "division code: the targets of this unit and of those below it; empty: of the unit of the directory")
	f.StringVar(&o.year, "year", "", "YYYY; empty: that of the day")
	f.StringVar(&o.on, "on", "", "day, YYYY-MM-DD; empty: today")
	f.StringVar(&o.line, "line", "", "code of the list target_line; empty: all")
	f.BoolVar(&o.byPerson, "by-person", false, "by who answers for them")
	f.BoolVar(&o.json, "json", false, "JSON")
	purposeFlag(cmd, &o.purpose)
	return cmd
}

// day is what is asked for: a day, or a year.
func (o *targetsOptions) day() (string, error) {
	switch {
	case o.year == "":
		return o.on, nil
	case o.on == "":
		return o.year, nil
	case !strings.HasPrefix(o.on, o.year+"-"):
		return "", fault.New(fault.Invalid, "%s is not of the year %s", o.on, o.year).WithHint("give one of the two")
	}
	return o.on, nil
}

func (a *app) runTargets(ctx context.Context, o targetsOptions) error {
	day, err := o.day()
	if err != nil {
		return err
	}
	q := question.Question{Kind: question.Targets, Scope: change.UnitID(o.scope), Day: day, Purpose: o.purpose}
	if o.line != "" {
		q.Select = []string{o.line}
	}
	if o.byPerson {
		q.GroupBy = question.Responsible
	}
	all, answered := []question.Target{}, []targets.Answered{}
	end, err := a.eachRow(ctx, o.dir, q, func(answer *question.Answer, row question.Row) error {
		t := answer.TargetOf(row)
		all, answered = append(all, t), append(answered, targets.Answered{Responsible: t.Responsible, State: targets.State(t.State)})
		return nil
	})
	if err != nil {
		return err
	}
	people := targets.People(answered)
	if people == nil {
		people = []targets.Person{}
	}
	if o.json {
		err = a.printJSON(struct {
			On       string            `json:"on"`
			Rows     []question.Target `json:"rows"`
			People   []targets.Person  `json:"people"`
			Coverage question.Coverage `json:"coverage"`
		}{end.Coverage.Today, all, people, end.Coverage})
	} else {
		err = a.printTargets(all, people, o.byPerson)
		a.tellEnd(&end)
	}
	if err != nil {
		return err
	}
	return kept(&end)
}

// printTargets prints a table, before it who answers for how many where that is asked for,
// and below it what is to be said of some.
func (a *app) printTargets(all []question.Target, people []targets.Person, byPerson bool) error {
	if byPerson {
		if err := a.printPeople(people); err != nil {
			return err
		}
		fmt.Fprintln(a.out)
	}
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("UNIT\tNAME\tLINE\tAMOUNT\tDONE\tSHARE\tTIME GONE\tSTATE\tPARTS\tDIFFERENCE\tANSWERS"))
	for _, t := range all {
		difference := "-"
		if t.Difference != nil {
			difference = fmt.Sprintf("%+d", *t.Difference)
		}
		show.Row(w, t.Unit, t.Name, t.Line+" "+t.LineName, strconv.FormatInt(t.Amount, 10), doneOf(t), percentOf(t.Share), percentOf(&t.Gone),
			targets.State(t.State).Label().In(string(a.lang)), orDash(t.PartsSum), difference, t.Responsible)
	}
	if err := w.Flush(); err != nil {
		return fault.Wrap("write", err)
	}
	for _, t := range all {
		for _, note := range t.Notes {
			a.say("%s %s: %s", t.Unit, t.Line+" "+t.LineName, targets.Note(note).Label().In(string(a.lang)))
		}
		if len(t.Without) > 0 {
			a.say("%s %s: %s", t.Unit, t.Line+" "+t.LineName, a.lang.Say("no part for %s", strings.Join(t.Without, " ")))
		}
	}
	return nil
}

// printPeople prints who answers for how many targets, and how these stand.
func (a *app) printPeople(people []targets.Person) error {
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("ANSWERS\tTARGETS\tMET\tAHEAD\tBEHIND\tWITHOUT A JUDGEMENT"))
	for _, p := range people {
		name := p.Name
		if name == "" {
			name = a.lang.Say("nobody")
		}
		judged := []int{p.States[targets.Met], p.States[targets.Ahead], p.States[targets.Behind]}
		show.Row(w, name, strconv.Itoa(p.Targets), strconv.Itoa(judged[0]), strconv.Itoa(judged[1]), strconv.Itoa(judged[2]), strconv.Itoa(p.Targets-judged[0]-judged[1]-judged[2]))
	}
	return fault.Wrap("write", w.Flush())
}

// doneOf is what is done; of a rate beside of how many.
func doneOf(t question.Target) string {
	if t.Done != nil && t.Denominator != nil {
		return fmt.Sprintf("%d/%d", *t.Done, *t.Denominator)
	}
	return orDash(t.Done)
}

func orDash(n *int64) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatInt(*n, 10)
}

func percentOf(share *float64) string {
	if share == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f %%", 100**share)
}
