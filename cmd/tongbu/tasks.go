package main

import (
	"cmp"
	"context"
	"fmt"
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
	hubScopeFlag(cmd, &o.scope)
	purposeFlag(cmd, &o.purpose)
	f := cmd.Flags()
	f.StringVar(&o.on, "on", "", "the day to look at, YYYY-MM-DD; empty: today; at a hub only today")
	f.StringVar(&o.due, "due", "", "only what is due on a day or before")
	f.BoolVar(&o.overdue, "overdue", false, "only what is overdue")
	f.StringVar(&o.kind, "kind", "", "only tasks of a kind, as family_visit; tongbu schema task lists them")
	f.StringVar(&o.who, "who", "", "only what one person has to do")
	f.StringVar(&o.by, "by", "", "count by unit, who or kind")
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
	at, err := a.placeOf(ctx, o.dir, o.scope)
	if err != nil {
		return err
	}
	if o.on = cmp.Or(o.on, at.Today.Day); !at.isNode() && o.on != at.Today.Day {
		return fault.New(fault.Invalid, "a hub keeps the tasks of today alone").WithHint("leave --on out, or ask at the node of a community")
	}
	switch {
	case o.by != "" && at.isNode():
		return a.countTasksHere(ctx, s, o)
	case o.by != "":
		return a.countTasksBelow(ctx, o)
	case at.isNode():
		return a.tasksHere(ctx, s, o)
	}
	return a.tasksBelow(ctx, s, o)
}

// countedBy are the fields that tasks are counted by.
var countedBy = map[string]string{"unit": "unit", "who": "who", "kind": "task"}

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
	if o.by != "" && countedBy[o.by] == "" {
		return fault.New(fault.Invalid, "tasks are counted by unit, who or kind")
	}
	return nil
}

// filter is what of the tasks is asked for.
func (o *tasksOptions) filter(tests ...string) string {
	for _, t := range [][2]string{{"task =", o.kind}, {"who =", o.who}, {"due <=", o.due}} {
		if t[1] != "" {
			tests = append(tests, fmt.Sprintf("%s %q", t[0], t[1]))
		}
	}
	if o.overdue {
		tests = append(tests, fmt.Sprintf("due < %q", o.on))
	}
	return strings.Join(tests, " AND ")
}

// eachTaskHere tells those of a node's own people, made for the day.
func (a *app) eachTaskHere(ctx context.Context, in *schema.Schema, o tasksOptions, fn func(toDo)) error {
	path := "/export/" + facts.TaskKind + "?" + url.Values{"filter": {o.filter()}, "on": {o.on}, "purpose": {o.purpose}}.Encode()
	return eachLine(ctx, a, o.dir, path, func(shown *desk.Shown) {
		shown.Fields["id"], shown.Fields["unit"] = string(shown.ID), shown.Unit
		fn(a.toDo(in, func(field string) any { return shown.Fields[field] }, o.on))
	})
}

// tasksHere lists them: one community has as many as are put in order in memory.
func (a *app) tasksHere(ctx context.Context, in *schema.Schema, o tasksOptions) error {
	var all []toDo
	if err := a.eachTaskHere(ctx, in, o, func(t toDo) { all = append(all, t) }); err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b toDo) int { // what is due on no day comes last
		return cmp.Or(cmp.Compare(cmp.Or(a.Due, "9"), cmp.Or(b.Due, "9")), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Task, b.Task))
	})
	w := a.newTaskWriter(o)
	for _, t := range all {
		if err := w.add(t); err != nil {
			return err
		}
	}
	return w.end()
}

func (a *app) countTasksHere(ctx context.Context, in *schema.Schema, o tasksOptions) error {
	c := taskCounts{}
	err := a.eachTaskHere(ctx, in, o, func(t toDo) {
		of := c.of(map[string]string{"unit": t.Unit, "who": t.Who, "kind": t.Kind}[o.by])
		of.Tasks++
		if t.Overdue {
			of.Overdue++
		}
	})
	if err != nil {
		return err
	}
	return a.printTaskCounts(c, o, nil)
}

// taskFields are the columns that a task is told from.
var taskFields = []string{"id", "unit", "person", "complaint", "inspection", "vacancy", "correction", "for_unit", "household", "name", "task", "level", "who", "since", "due", "unsure", "case", "state", "asked"}

// question is what is asked at a hub; more narrows it down further.
func (o *tasksOptions) question(more ...string) question.Question {
	return question.Question{Kind: facts.TaskKind, Filter: o.filter(more...), Scope: change.UnitID(o.scope), Purpose: o.purpose}
}

// tasksBelow lists those of all units below a hub, as they come. A hub's order begins with
// what is due on no day, so that is asked for by itself, behind the rest.
func (a *app) tasksBelow(ctx context.Context, in *schema.Schema, o tasksOptions) error {
	w := a.newTaskWriter(o)
	for _, due := range []string{"due:*", "NOT due:*"} {
		q := o.question(due)
		q.Select, q.OrderBy = taskFields, "due, task"
		end, err := a.eachRow(ctx, o.dir, q, func(answer *question.Answer, row question.Row) error {
			return w.add(a.toDo(in, func(field string) any {
				value, _ := answer.Get(row, field).Get() // of an answer that was read: it is one
				return value
			}, o.on))
		})
		if err != nil && w.rows > 0 {
			return brokenOff(int64(w.rows), err)
		}
		if err != nil {
			return err
		}
		if w.below = &end; o.overdue || o.due != "" {
			break
		}
	}
	return w.end()
}

// countTasksBelow has the hub count: all, and of these the overdue ones.
func (a *app) countTasksBelow(ctx context.Context, o tasksOptions) error {
	c := taskCounts{}
	count := func(add func(*counted, int)) (question.End, error) {
		q := o.question()
		q.GroupBy = countedBy[o.by]
		return a.eachRow(ctx, o.dir, q, func(answer *question.Answer, row question.Row) error {
			add(c.of(answer.Get(row, q.GroupBy).Text()), int(answer.Get(row, "count").Int()))
			return nil
		})
	}
	end, err := count(func(of *counted, n int) { of.Tasks = n })
	if err != nil {
		return err
	}
	o.overdue = true
	if _, err := count(func(of *counted, n int) { of.Overdue = n }); err != nil {
		return err
	}
	return a.printTaskCounts(c, o, &end)
}
