package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/node/desk"
)

func (a *app) campaignCommand() *cobra.Command {
	var o asked
	cmd := &cobra.Command{
		Use: "campaign --dir DIR NAME|ID", Short: "how far a census round has come: homes by unit that were visited, filled, entered, changed or not met",
		Long: `Count the homes of a census round by unit: all that were asked, those that were
visited, whose form was filled or checked, was entered or archived; of which the form
is as it was recorded, differs or is new, as the visits say or because the household was
recorded in the round; whom nobody has met, and who was visited on three days in vain.
Visits of before the round are not of it. An entered form that no visit has compared is
none of unchanged, changed and new. At a hub it counts all units below, and says how complete that is.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runCampaign(cmd.Context(), o, args[0]) },
	}
	dirFlag(cmd, &o.dir)
	hubScopeFlag(cmd, &o.scope)
	cmd.Flags().BoolVar(&o.json, "json", false, "one JSON object")
	return cmd
}

// What is counted of the homes of a round.
var (
	campaignColumns = []string{"homes", "visited", "filled", "entered", "archived", "unchanged", "changed", "new", "not_met", "in_vain"}
	// campaignStates are what a code of census_state counts as: a form that was entered was
	// filled, and somebody had come.
	campaignStates = map[string][]string{"issued": {"homes"}, "visited": {"homes", "visited"}, "filled": {"homes", "visited", "filled"}, "checked": {"homes", "visited", "filled"},
		"entered": {"homes", "visited", "filled", "entered"}, "archived": {"homes", "visited", "filled", "entered", "archived"}}
	campaignOutcomes = map[string][]string{"1": {"unchanged"}, "2": {"changed"}, "3": {"new"}, "4": {"not_met"}}
)

func (a *app) runCampaign(ctx context.Context, o asked, name string) error {
	shown, err := a.roundOf(ctx, o.dir, name)
	if err != nil {
		return err
	}
	c, filter := counts{}, fmt.Sprintf("campaign = %q", string(shown.ID))
	end, err := a.count(ctx, o, facts.CensusForm, filter, "state", c, func(code string) []string { return campaignStates[code] })
	if err == nil {
		_, err = a.count(ctx, o, facts.CensusForm, filter, "outcome", c, func(code string) []string { return campaignOutcomes[code] })
	}
	if err == nil {
		_, err = a.count(ctx, o, facts.CensusForm, filter, "in_vain", c, func(is string) []string {
			if is == "true" {
				return []string{"in_vain"}
			}
			return nil
		})
	}
	if err != nil {
		return err
	}
	title, _ := shown.Fields["name"].(string)
	p := progressOf(shown, title, []string{"from", "to", "state", "forms_planned"}, c, campaignColumns, end)
	return a.printProgress(o, p, campaignColumns, a.lang.Say("UNIT\tHOMES\tVISITED\tFILLED\tENTERED\tARCHIVED\tUNCHANGED\tCHANGED\tNEW\tNOT MET\tIN VAIN"))
}

// roundOf finds a census round by its id, its own number or its name.
func (a *app) roundOf(ctx context.Context, dir, name string) (*desk.Shown, error) {
	shown, err := a.recordOf(ctx, dir, facts.CampaignKind, name)
	if fault.Of(err) == fault.NotFound || fault.Of(err) == fault.Invalid {
		shown, err = a.roundNamed(ctx, dir, name)
	}
	if err != nil {
		return nil, err
	}
	if shown.Fields["kind"] != "01" {
		return nil, fault.New(fault.Invalid, "the campaign is no census round").WithHint("only a census round has forms: tongbu get --dir DIR campaign %s shows this one", string(shown.ID))
	}
	return shown, nil
}

// roundFields are what is shown of a round beside its figures.
var roundFields = []string{"id", "name", "kind", "from", "to", "state", "forms_planned"}

// roundNamed finds a round by its name or id among all that the directory answers for: a
// round of another unit is in the view of a hub alone.
func (a *app) roundNamed(ctx context.Context, dir, name string) (*desk.Shown, error) {
	var all []*desk.Shown
	if err := eachLine(ctx, a, dir, "/list/"+facts.CampaignKind, func(s *desk.Shown) { all = append(all, s) }); err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(s *desk.Shown) bool { return s.Fields["name"] != name })
	if len(all) == 1 { // what is here needs no line
		return all[0], nil
	}
	all = nil
	for _, field := range []string{"name", "id"} {
		q := question.Question{Kind: facts.CampaignKind, Filter: fmt.Sprintf("%s = %q", field, name), Select: roundFields}
		if _, err := a.eachRow(ctx, dir, q, func(answer *question.Answer, row question.Row) error {
			all = append(all, shownRound(answer, row))
			return nil
		}); err != nil {
			return nil, err
		}
	}
	switch len(all) {
	case 0:
		return nil, fault.New(fault.NotFound, "no campaign is called so").WithHint("tongbu query --dir DIR campaign shows them")
	case 1:
		return all[0], nil
	}
	return nil, fault.New(fault.Invalid, "%d campaigns are called so", len(all)).WithHint("give the id: tongbu query --dir DIR campaign shows them")
}

// shownRound is a row of an answer as the record is shown.
func shownRound(answer *question.Answer, row question.Row) *desk.Shown {
	s := &desk.Shown{ID: change.RecordID(answer.Get(row, "id").Text()), Fields: map[string]any{}}
	for _, field := range roundFields[1:] {
		if value, err := answer.Get(row, field).Get(); err == nil && value != nil {
			s.Fields[field] = value
		}
	}
	return s
}
