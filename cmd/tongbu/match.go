package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/matching"
	"tongbu/internal/question"
	"tongbu/internal/show"
)

type matchOptions struct {
	dir, purpose, scope string
	json                bool
	ask                 matching.Ask
}

func (a *app) matchCommand() *cobra.Command {
	var o matchOptions
	cmd := &cobra.Command{
		Use: "match --dir DIR vacancy|person ID", Short: "persons for a vacancy, or vacancies for a person, the best first, with the reasons",
		Long: `Rank the persons who go with a vacancy, or the vacancies that go with a person. The
score, 0 to 100, is how much of what is asked fits, by weight: occupation, pay, area,
kind of employment, education, skill, insurance and others. At an equal score families
without anybody at work come first, then people in hardship, then others. A hard
reason (filled, at work, another sex or age) excludes; --all lists those too.

A workstation ranks its own people, and the vacancies that are there. A hub with a view
ranks those of all units below, of which it looks at the likeliest 2,000 persons or
5,000 vacancies and says when there are more; it needs --purpose, as it looks at people
of others: who was shown stands in the audit log. ID numbers are masked.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.ask.Kind, o.ask.ID, o.ask.Scope = args[0], change.RecordID(args[1]), change.UnitID(o.scope)
			return a.runMatch(cmd.Context(), o)
		},
	}
	dirFlag(cmd, &o.dir)
	scopeFlag(cmd, &o.scope)
	purposeFlag(cmd, &o.purpose)
	f := cmd.Flags()
	f.IntVar(&o.ask.Limit, "limit", matching.DefaultRows, "how many rows at most")
	f.BoolVar(&o.ask.All, "all", false, "those too that a hard reason excludes, behind the others")
	f.BoolVar(&o.json, "json", false, "JSON")
	return cmd
}

func (a *app) runMatch(ctx context.Context, o matchOptions) error {
	if o.ask.Limit < 1 {
		o.ask.Limit = -1 // 0 is no answer, not the usual one
	}
	var answer matching.Answer
	if err := a.ask(ctx, o.dir, http.MethodPost, "/match?"+url.Values{"purpose": {o.purpose}}.Encode(), o.ask, &answer); err != nil {
		return err
	}
	if o.json {
		return a.printJSON(a.matchedJSON(&answer))
	}
	return a.printMatched(o.ask.Kind, &answer)
}

// matched is an answer in which reasons are said in one language.
type matched struct {
	Rows     []matchedRow      `json:"rows"`
	Looked   int               `json:"looked"`
	Cut      bool              `json:"cut"`
	Coverage question.Coverage `json:"coverage"`
}

type matchedRow struct {
	matching.Ranked
	Reasons []matchedReason `json:"reasons"`
}

type matchedReason struct {
	matching.Reason
	Text string `json:"text"`
}

func (a *app) matchedJSON(answer *matching.Answer) matched {
	m := matched{Rows: []matchedRow{}, Looked: answer.Looked, Cut: answer.Cut, Coverage: answer.Coverage}
	for _, row := range answer.Rows {
		said := matchedRow{Ranked: row, Reasons: []matchedReason{}}
		for _, r := range row.Reasons {
			said.Reasons = append(said.Reasons, matchedReason{Reason: r, Text: r.Text.In(string(a.lang))})
		}
		m.Rows = append(m.Rows, said)
	}
	return m
}

func (a *app) printMatched(about string, answer *matching.Answer) error {
	w := show.NewTabs(a.out)
	if about == matching.VacancyKind {
		fmt.Fprintln(w, a.lang.Say("RANK\tSCORE\tPRIORITY\tPERSON\tID NUMBER\tUNIT\tREASONS\tID"))
	} else {
		fmt.Fprintln(w, a.lang.Say("RANK\tSCORE\tPRIORITY\tPOST\tEMPLOYER\tUNIT\tREASONS\tID"))
	}
	for _, row := range answer.Rows {
		beside := row.IDNumber
		if about == matching.PersonKind {
			beside = row.Employer
		}
		show.Row(w, strconv.Itoa(row.Rank), strconv.Itoa(row.Score), a.lang.Say(row.Priority.String()), row.Name, beside, row.Unit, a.reasonsOf(row), string(row.ID))
	}
	if err := w.Flush(); err != nil {
		return fault.Wrap("write", err)
	}
	a.tell("%d candidates were looked at", answer.Looked)
	if answer.Cut {
		a.tell("there are more candidates than were looked at: give a smaller --scope to have them all")
	}
	a.tell("%s", show.Coverage(a.lang, answer.Coverage))
	return nil
}

// reasonsOf are the reasons in one line, each with the sign for fits, does not, or not
// told.
func (a *app) reasonsOf(row matching.Ranked) string {
	var all []string
	for _, r := range row.Reasons {
		sign := "✓"
		switch {
		case r.Unknown:
			sign = "?"
		case !r.Fits:
			sign = "✕"
		}
		all = append(all, sign+r.Text.In(string(a.lang)))
	}
	return strings.Join(all, " ")
}
