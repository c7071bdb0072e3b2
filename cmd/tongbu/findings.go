package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/question"
	"tongbu/internal/schema"
)

type findingsOptions struct{ dir, kind, by, scope, purpose string }

func (a *app) findingsCommand() *cobra.Command {
	var o findingsOptions
	cmd := &cobra.Command{
		Use: "findings --dir DIR [KIND]", Short: "count the records by the rules they fail: at a node its own, at a hub those of all units below",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.kind = args[0]
			}
			return a.runFindings(cmd.Context(), o)
		},
	}
	dirFlag(cmd, &o.dir)
	hubScopeFlag(cmd, &o.scope)
	purposeFlag(cmd, &o.purpose)
	cmd.Flags().StringVar(&o.by, "by", "rule", "rule, or unit: each unit's rules")
	cmd.Flags().Bool("json", true, "JSON Lines, the only form there is")
	return cmd
}

// failing is how many records fail a rule, and how many of them say why.
type failing struct {
	Kind      string `json:"kind"`
	Unit      string `json:"unit,omitempty"`
	Rule      string `json:"rule"`
	Findings  int64  `json:"findings"`
	Explained int64  `json:"explained"`
	Zh        string `json:"zh"`
	En        string `json:"en"`
}

func (a *app) runFindings(ctx context.Context, o findingsOptions) error {
	if o.by != "rule" && o.by != "unit" {
		return fault.New(fault.Invalid, "findings are counted by rule or by unit")
	}
	kinds, err := a.findingKinds(ctx, o)
	if err != nil {
		return err
	}
	at, err := a.placeOf(ctx, o.dir, o.scope)
	if err != nil {
		return err
	}
	var below *question.End
	count := func(ctx context.Context, o findingsOptions) (f failings, err error) {
		f, below, err = a.countMerged(ctx, o)
		return f, err
	}
	if at.isNode() {
		count = a.countOwn
	}
	for _, k := range kinds {
		o.kind = k.Name
		found, err := count(ctx, o)
		if err == nil {
			err = a.printFailing(sortedFailing(k, found))
		}
		if err != nil {
			return err
		}
	}
	a.tellEnd(below)
	return kept(below)
}

func (a *app) printFailing(all []*failing) error {
	for _, f := range all {
		line, err := json.Marshal(f)
		if err != nil {
			return fault.As(fault.Internal, "write", err)
		}
		if _, err := fmt.Fprintf(a.out, "%s\n", plain.JSON(line)); err != nil {
			return fault.Wrap("write", err)
		}
	}
	return nil
}

// findingKinds are the kinds that have findings: one, or with "" all about persons.
func (a *app) findingKinds(ctx context.Context, o findingsOptions) (kinds []*schema.Kind, err error) {
	name := o.kind
	s, err := a.schemaOf(ctx, o.dir)
	if err != nil {
		return nil, err
	}
	for _, k := range s.Kinds() {
		_, judged := k.Field(schema.FindingsField)
		if judged && (k.Name == name || name == "" && k.Personal) {
			kinds = append(kinds, k)
		}
	}
	if kinds == nil {
		return nil, fault.New(fault.Invalid, "no kind of record %q has findings", name)
	}
	return kinds, nil
}

// failings counts by unit and rule.
type failings map[[2]string]*failing

func (t failings) add(unit, rule string, findings, explained int64) {
	key := [2]string{unit, rule}
	if t[key] == nil {
		t[key] = &failing{Unit: unit, Rule: rule}
	}
	t[key].Findings += findings
	t[key].Explained += explained
}

func sortedFailing(k *schema.Kind, t failings) (all []*failing) {
	f, _ := k.Field(schema.FindingsField)
	for _, row := range t {
		item, _ := f.List().Item(row.Rule)
		row.Kind, row.Zh, row.En = k.Name, item.Zh, item.En
		all = append(all, row)
	}
	slices.SortFunc(all, func(a, b *failing) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.Rule, b.Rule))
	})
	return all
}

// countOwn counts the records of this directory.
func (a *app) countOwn(ctx context.Context, o findingsOptions) (failings, error) {
	found := failings{}
	filter := schema.FindingsField + ":* OR " + schema.ExplainedField + ":*"
	path := "/list/" + segment(o.kind) + "?" + url.Values{"filter": {filter}, "purpose": {o.purpose}}.Encode()
	type judged struct {
		Unit                string
		Findings, Explained []string
	}
	return found, eachLine(ctx, a, o.dir, path, func(shown *judged) {
		if o.by == "rule" {
			shown.Unit = ""
		}
		for _, rule := range shown.Findings {
			found.add(shown.Unit, rule, 1, 0)
		}
		for _, rule := range shown.Explained {
			found.add(shown.Unit, rule, 0, 1)
		}
	})
}

// countMerged asks the hub for the counts, and says how the last answer ended.
func (a *app) countMerged(ctx context.Context, o findingsOptions) (found failings, last *question.End, err error) {
	found = failings{}
	for _, field := range []string{schema.FindingsField, schema.ExplainedField} {
		q := question.Question{Kind: o.kind, Filter: field + ":*", GroupBy: field, Scope: change.UnitID(o.scope), Purpose: o.purpose}
		if o.by == "unit" {
			q.GroupBy = "community," + field
		}
		end, err := a.eachRow(ctx, o.dir, q, func(answer *question.Answer, row question.Row) error {
			n := answer.Get(row, "count").Int()
			unit, rule := answer.Get(row, "community").Text(), answer.Get(row, field).Text()
			if field == schema.FindingsField {
				found.add(unit, rule, n, 0)
			} else {
				found.add(unit, rule, 0, n)
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		last = &end
	}
	return found, last, nil
}
