package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/internal/show"
	"tongbu/internal/words"
)

// toDo is one task.
type toDo struct {
	Task    string `json:"task"` // its name
	Kind    string `json:"kind"`
	Subject string `json:"subject"`
	Unit    string `json:"unit"` // that holds the subject
	Level   string `json:"level"`
	Who     string `json:"who,omitempty"`
	Since   string `json:"since,omitempty"`
	Due     string `json:"due,omitempty"`
	Days    *int   `json:"days,omitempty"` // left; negative: overdue
	Overdue bool   `json:"overdue"`
	Unsure  bool   `json:"unsure,omitempty"` // counted without a table of holidays
	Why     string `json:"why,omitempty"`
	Next    string `json:"next"`
}

// workList is what is to be done on a day.
type workList struct {
	Day      string             `json:"day"`
	Rows     []toDo             `json:"rows"`
	Counts   []counted          `json:"counts,omitempty"`
	Coverage *question.Coverage `json:"coverage,omitempty"`
}

// counted is how many tasks one unit, person or kind has.
type counted struct {
	Of      string `json:"of"`
	Tasks   int    `json:"tasks"`
	Overdue int    `json:"overdue"`
}

// toDo is a row as a task on a day.
func (a *app) toDo(k *schema.Kind, row map[string]any, day string) toDo {
	text := func(field string) string { s, _ := row[field].(string); return s }
	t := toDo{Task: text("id"), Kind: text("task"), Subject: text("person"), Unit: text("unit"), Level: text("level"), Who: text("who"), Since: text("since"), Due: text("due")}
	t.Unsure, _ = row["unsure"].(bool)
	if t.Due != "" {
		days := calendar.Number(t.Due) - calendar.Number(day)
		t.Days, t.Overdue = &days, days < 0
	}
	named := func(field string) string {
		f, _ := k.Field(field)
		item, _ := f.List().Item(text(field))
		if a.lang == words.Chinese {
			return item.Zh
		}
		return item.En
	}
	t.Next = named("task")
	if t.Why = named("case"); t.Why != "" {
		t.Why += ": " + named("state")
	}
	return t
}

// finish puts tasks in order, leaves out what is in time where only the overdue are asked
// for, and counts.
func (w *workList) finish(o tasksOptions) {
	if o.overdue {
		w.Rows = slices.DeleteFunc(w.Rows, func(t toDo) bool { return !t.Overdue })
	}
	slices.SortFunc(w.Rows, func(a, b toDo) int {
		return cmp.Or(cmp.Compare(cmp.Or(a.Due, "9"), cmp.Or(b.Due, "9")), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Task, b.Task))
	})
	if o.by == "" {
		return
	}
	counts := map[string]*counted{}
	for _, t := range w.Rows {
		of := map[string]string{"unit": t.Unit, "who": t.Who, "kind": t.Kind}[o.by]
		if counts[of] == nil {
			counts[of] = &counted{Of: of}
		}
		counts[of].Tasks++
		if t.Overdue {
			counts[of].Overdue++
		}
	}
	for _, of := range slices.Sorted(maps.Keys(counts)) {
		w.Counts = append(w.Counts, *counts[of])
	}
	w.Rows = []toDo{}
}

func (a *app) printTasks(w *workList, o tasksOptions) error {
	if o.json {
		return writeJSON(a.out, w)
	}
	out := show.NewTabs(a.out)
	if len(w.Counts) > 0 {
		fmt.Fprintf(out, "%s\t%s\t%s\n", strings.ToUpper(o.by), a.lang.Say("TASKS"), a.lang.Say("OVERDUE"))
	}
	for _, c := range w.Counts {
		fmt.Fprintf(out, "%s\t%d\t%d\n", plain.Line(cmp.Or(c.Of, "-")), c.Tasks, c.Overdue)
	}
	if len(w.Rows) > 0 {
		fmt.Fprintln(out, a.lang.Say("DUE\tDAYS LEFT\tTASK\tWHO\tUNIT\tPERSON"))
	}
	for _, t := range w.Rows {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", cmp.Or(t.Due, "-"), t.left(), t.Next, plain.Line(cmp.Or(t.Who, "-")), t.Unit, t.Subject)
	}
	if err := out.Flush(); err != nil {
		return fault.Wrap("write", err)
	}
	if unsure := slices.ContainsFunc(w.Rows, func(t toDo) bool { return t.Unsure }); unsure {
		a.tell("some days are counted without a table of holidays for their year: Monday to Friday are taken as working days")
	}
	if w.Coverage != nil {
		a.tell("%s", show.Coverage(a.lang, *w.Coverage))
	}
	return nil
}

// left are the days left, as a number with its sign.
func (t *toDo) left() string {
	if t.Days == nil {
		return "-"
	}
	return fmt.Sprintf("%+d", *t.Days)
}
