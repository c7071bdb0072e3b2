package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/node/desk"
)

type tasksOptions struct {
	dir, on, due, kind, who, by, scope, purpose string

	overdue, json bool
}

func (a *app) tasksCommand() *cobra.Command {
	var o tasksOptions
	cmd := &cobra.Command{
		Use: "tasks --dir DIR", Short: "what is to be done, by whom and until when: at a node its own, at a hub of all units below",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runTasks(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	purposeFlag(cmd, &o.purpose)
	f := cmd.Flags()
	f.StringVar(&o.on, "on", "", "the day to look at, YYYY-MM-DD; empty: today; at a hub only today")
	f.StringVar(&o.due, "due", "", "only what is due on a day or before")
	f.BoolVar(&o.overdue, "overdue", false, "only what is overdue")
	f.StringVar(&o.kind, "kind", "", "only tasks of a kind, as family_visit; tongbu schema task lists them")
	f.StringVar(&o.who, "who", "", "only what one person has to do")
	f.StringVar(&o.by, "by", "", "count by unit, who or kind")
	f.StringVar(&o.scope, "scope", "", "at a hub: division code of the unit to ask about; empty: this one")
	f.BoolVar(&o.json, "json", false, "one JSON object")
	return cmd
}

func (a *app) runTasks(ctx context.Context, o tasksOptions) error {
	s, err := a.schemaOf(ctx, o.dir)
	if err != nil {
		return err
	}
	k, _ := s.Kind(facts.TaskKind)
	if err := o.check(k); err != nil {
		return err
	}
	var here struct {
		Tier  string
		Today struct{ Day string }
	}
	if err := a.ask(ctx, o.dir, http.MethodGet, "/status", nil, &here); err != nil {
		return err
	}
	w := &workList{Day: cmp.Or(o.on, here.Today.Day), Rows: []toDo{}}
	add := func(row map[string]any) { w.Rows = append(w.Rows, a.toDo(k, row, w.Day)) }
	if here.Tier == tree.Community.String() {
		err = a.tasksHere(ctx, o, add)
	} else {
		w.Coverage, err = a.tasksBelow(ctx, o, here.Today.Day, add)
	}
	if err != nil {
		return err
	}
	w.finish(o)
	return a.printTasks(w, o)
}

// check refuses what cannot be asked.
func (o *tasksOptions) check(k *schema.Kind) error {
	for _, day := range []string{o.on, o.due} {
		if day != "" && !calendar.Valid(day) {
			return fault.New(fault.Invalid, "%q is no day", day).WithHint("a day is written YYYY-MM-DD")
		}
	}
	f, _ := k.Field("task")
	if _, known := f.List().Item(o.kind); o.kind != "" && !known {
		return fault.New(fault.Invalid, "no task is of the kind %q", o.kind).WithHint("tongbu schema task lists the kinds")
	}
	if o.by != "" && o.by != "unit" && o.by != "who" && o.by != "kind" {
		return fault.New(fault.Invalid, "tasks are counted by unit, who or kind")
	}
	return nil
}

// filter is what of the tasks is asked for, but for what depends on the day.
func (o *tasksOptions) filter() string {
	var tests []string
	for field, value := range map[string]string{"task": o.kind, "who": o.who} {
		if value != "" {
			tests = append(tests, fmt.Sprintf("%s = %q", field, value))
		}
	}
	if o.due != "" {
		tests = append(tests, fmt.Sprintf("due <= %q", o.due))
	}
	slices.Sort(tests)
	return strings.Join(tests, " AND ")
}

// tasksHere are those of a node's own people, made for the day.
func (a *app) tasksHere(ctx context.Context, o tasksOptions, add func(map[string]any)) error {
	if o.scope != "" {
		return fault.New(fault.Invalid, "a node has its own records alone").WithHint("leave --scope out, or ask at a hub")
	}
	c, err := a.client(ctx, o.dir)
	if err != nil {
		return err
	}
	defer c.Close()
	path := "/export/" + facts.TaskKind + "?" + url.Values{"filter": {o.filter()}, "on": {o.on}, "purpose": {o.purpose}}.Encode()
	return c.Lines(ctx, http.MethodGet, path, nil, func(line []byte) error {
		var shown desk.Shown
		if err := json.Unmarshal(line, &shown); err != nil {
			return fault.As(fault.Internal, "read a task", err)
		}
		row := shown.Fields
		row["id"], row["unit"] = string(shown.ID), shown.Unit
		add(row)
		return nil
	})
}

// taskFields are the columns that a task is told from.
var taskFields = []string{"id", "unit", "person", "household", "task", "level", "who", "since", "due", "unsure", "case", "state"}

// tasksBelow are those of all units below a hub.
func (a *app) tasksBelow(ctx context.Context, o tasksOptions, today string, add func(map[string]any)) (*question.Coverage, error) {
	if o.on != "" && o.on != today {
		return nil, fault.New(fault.Invalid, "a hub keeps the tasks of today alone").WithHint("leave --on out, or ask at the node of a community")
	}
	from, err := a.questions(ctx, o.dir, serverOptions{})
	if err != nil {
		return nil, err
	}
	defer from.Close()
	q := question.Question{Kind: facts.TaskKind, Filter: o.filter(), Select: taskFields, Scope: change.UnitID(o.scope), Purpose: o.purpose}
	var columns []question.Column
	var covered question.Coverage
	err = from.Parts(ctx, q, func(part question.Part) error {
		if part.Columns != nil {
			columns = part.Columns
		}
		for _, row := range part.Rows {
			object := map[string]any{}
			for i, c := range columns {
				if item, err := row[i].Get(); err == nil && item != nil {
					object[c.Name] = item
				}
			}
			add(object)
		}
		if part.End != nil {
			covered = part.End.Coverage
		}
		return nil
	})
	return &covered, err
}
