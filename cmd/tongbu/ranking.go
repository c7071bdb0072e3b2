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
)

type rankingOptions struct {
	dir, scope, year, purpose string

	json bool
}

func (a *app) rankingCommand() *cobra.Command {
	var o rankingOptions
	cmd := &cobra.Command{
		Use: "ranking --dir DIR", Short: "the best communities of a year, by four criteria; at the city",
		Long: "Ranks the communities of a unit: jobs opened, how well they are in step with the city,\nservice, employment. Each criterion gives 0 to 100 points by rank, and who has no value\ngets none. A case of a family past its last day excludes.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runRanking(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	scopeFlag(cmd, &o.scope)
	f := cmd.Flags()
	f.StringVar(&o.year, "year", "", "YYYY; empty: this one")
	f.BoolVar(&o.json, "json", false, "JSON")
	purposeFlag(cmd, &o.purpose)
	return cmd
}

func (a *app) runRanking(ctx context.Context, o rankingOptions) error {
	q := question.Question{Kind: question.Ranking, Scope: change.UnitID(o.scope), Day: o.year, Purpose: o.purpose}
	return printRows(ctx, a, o.dir, q, o.json, (*question.Answer).RankedOf, a.printRanked)
}

// printRanked prints a line for each community: of each criterion what it is made of, its
// value, and the points for it.
func (a *app) printRanked(all []question.Ranked) error {
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("RANK\tUNIT\tNAME\tPOINTS\tJOBS\tIN STEP\tSERVICE\tEMPLOYMENT\tEXCLUDED BY"))
	for _, r := range all {
		rank := "-"
		if r.Rank != nil {
			rank = strconv.FormatInt(*r.Rank, 10)
		}
		if r.Wins {
			rank += " *"
		}
		show.Row(w, rank, r.Unit, r.Name, pointsOf(r.Points),
			a.criterion(fmt.Sprintf("%d/%d", r.Jobs, r.Labour), pointsOf(r.JobsValue), r.JobsPoints),
			a.criterion(fmt.Sprintf("%d/%d %d/%d %d/%d", r.NextDay, r.Events, r.GoodDays, r.Days, r.Rejected, r.Received), percentOf(r.NetworkValue), r.NetworkPoints),
			a.criterion(fmt.Sprintf("%d/%d %d/%d %d/%d", r.Placed, r.Referred, r.SixClear, r.Asked, r.VisitsKept, r.VisitsEnded), percentOf(r.ServiceValue), r.ServicePoints),
			a.criterion(fmt.Sprintf("%d/%d", r.Employed, r.Labour), percentOf(r.EmploymentValue), r.EmploymentPoints),
			strings.Join(r.ExcludedBy, " "))
	}
	if err := w.Flush(); err != nil {
		return fault.Wrap("write", err)
	}
	a.say("* wins; of each criterion: what it is made of, the value, the points. In step: events received by the day after, working days without anything outstanding, changes rejected. Service: placed of referred, six clear, visits on time.")
	return nil
}

// criterion is what one is made of, its value and its points.
func (a *app) criterion(of, value string, points *float64) string {
	if points == nil {
		return of + " = " + value
	}
	return of + " = " + value + " -> " + pointsOf(points)
}

func pointsOf(n *float64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f", *n)
}
