package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/internal/show"
)

// toDo is one task.
type toDo struct {
	Task    string `json:"task"` // its name
	Kind    string `json:"kind"`
	Subject string `json:"subject"`
	Name    string `json:"name,omitempty"` // of whom or what it is about
	Unit    string `json:"unit"`           // that holds the subject
	Level   string `json:"level"`
	Who     string `json:"who,omitempty"`
	Since   string `json:"since,omitempty"`
	Due     string `json:"due,omitempty"`
	Days    *int   `json:"days,omitempty"` // left; negative: overdue
	Overdue bool   `json:"overdue"`
	Unsure  bool   `json:"unsure,omitempty"` // counted without a table of holidays
	Why     string `json:"why,omitempty"`
	Asked   string `json:"asked,omitempty"` // of a request for a correction: kind of the record, and the fields
	Next    string `json:"next"`

	Tier string `json:"-"` // level in words
}

// toDo is a row as a task on a day.
func (a *app) toDo(in *schema.Schema, value func(field string) any, day string) toDo {
	k, _ := in.Kind(facts.TaskKind)
	text := func(field string) string { s, _ := value(field).(string); return s }
	t := toDo{Task: text("id"), Kind: text("task"), Subject: cmp.Or(text("person"), text("complaint"), text("inspection"), text("vacancy"), text("correction"), text("for_unit"), text("household")), Name: text("name"), Unit: text("unit"), Level: text("level"), Who: text("who"), Since: text("since"), Due: text("due")}
	t.Unsure, _ = value("unsure").(bool)
	if t.Due != "" {
		days := calendar.Number(t.Due) - calendar.Number(day)
		t.Days, t.Overdue = &days, days < 0
	}
	named := func(field string) string {
		f, _ := k.Field(field)
		item, _ := f.List().Item(text(field))
		return item.Label().In(string(a.lang))
	}
	t.Next, t.Tier = named("task"), named("level")
	if t.Why = named("case"); t.Why != "" {
		t.Why += ": " + named("state")
	}
	t.Asked = in.SayAsked(text("asked"), string(a.lang))
	return t
}

// about is whom or what the task is about, with what is asked.
func (t *toDo) about() string {
	about := cmp.Or(t.Name, t.Subject)
	if t.Asked != "" {
		about += " (" + t.Asked + ")"
	}
	return about
}

// left are the days left, as a number with its sign.
func (t *toDo) left() string {
	if t.Days == nil {
		return "-"
	}
	return fmt.Sprintf("%+d", *t.Days)
}

// taskWriter writes tasks as they come: a hub has too many to hold. What of the JSON came
// before a failure is none.
type taskWriter struct {
	*app
	day    string
	json   *bufio.Writer // nil: a table
	table  *show.Tabs
	rows   int
	unsure bool
	below  *question.End // of the answer of a hub; nil at a node
}

// tableLines is how many lines of the table are lined up together.
const tableLines = 1000

func (a *app) newTaskWriter(o tasksOptions) *taskWriter {
	w := &taskWriter{app: a, day: o.on, table: show.NewTabs(a.out)}
	if o.json {
		w.json = bufio.NewWriter(a.out)
		fmt.Fprintf(w.json, `{"day":%q,"rows":[`, w.day)
	}
	return w
}

func (w *taskWriter) add(t toDo) error {
	w.unsure = w.unsure || t.Unsure
	w.rows++
	if w.json != nil {
		return w.addJSON(t)
	}
	if w.rows == 1 {
		fmt.Fprintln(w.table, w.lang.Say("DUE\tDAYS LEFT\tTASK\tTIER\tWHO\tUNIT\tABOUT"))
	}
	show.Row(w.table, cmp.Or(t.Due, "-"), t.left(), t.Next, t.Tier, cmp.Or(t.Who, "-"), t.Unit, t.about())
	if w.rows%tableLines == 0 {
		return w.table.Flush()
	}
	return nil
}

func (w *taskWriter) addJSON(t toDo) error {
	raw, err := json.Marshal(t)
	if err != nil {
		return fault.As(fault.Internal, "write", err)
	}
	if w.rows > 1 {
		_ = w.json.WriteByte(',') // what fails fails again
	}
	_, err = fmt.Fprintf(w.json, "\n%s", plain.JSON(raw))
	return fault.Wrap("write", err)
}

// end writes what stands behind the tasks.
func (w *taskWriter) end() error {
	if w.json != nil {
		if err := w.endJSON(); err != nil {
			return err
		}
		return kept(w.below)
	}
	if err := w.table.Flush(); err != nil {
		return err
	}
	if w.unsure {
		w.tell("some days are counted without a table of holidays for their year: Monday to Friday are taken as working days")
	}
	w.tellEnd(w.below)
	return kept(w.below)
}

func (w *taskWriter) endJSON() error {
	fmt.Fprint(w.json, "]")
	if w.below != nil {
		raw, err := json.Marshal(w.below.Coverage)
		if err != nil {
			return fault.As(fault.Internal, "write", err)
		}
		fmt.Fprintf(w.json, ",\n\"coverage\":%s", plain.JSON(raw))
	}
	fmt.Fprintln(w.json, "}")
	return fault.Wrap("write", w.json.Flush())
}

// counted is how many tasks one unit, person or kind has.
type counted struct {
	Of      string `json:"of"`
	Tasks   int    `json:"tasks"`
	Overdue int    `json:"overdue"`
}

// taskCounts are counts by what they are of.
type taskCounts map[string]*counted

func (c taskCounts) of(name string) *counted {
	if c[name] == nil {
		c[name] = &counted{Of: name}
	}
	return c[name]
}

func (a *app) printTaskCounts(c taskCounts, o tasksOptions, below *question.End) error {
	all := slices.SortedFunc(maps.Values(c), func(a, b *counted) int { return cmp.Compare(a.Of, b.Of) })
	if o.json {
		shown := struct {
			Day      string             `json:"day"`
			Rows     []toDo             `json:"rows"`
			Counts   []*counted         `json:"counts,omitempty"`
			Coverage *question.Coverage `json:"coverage,omitempty"`
		}{Day: o.on, Rows: []toDo{}, Counts: all}
		if below != nil {
			shown.Coverage = &below.Coverage
		}
		if err := a.printJSON(shown); err != nil {
			return err
		}
		return kept(below)
	}
	w := show.NewTabs(a.out)
	if len(all) > 0 {
		show.Row(w, strings.ToUpper(o.by), a.lang.Say("TASKS"), a.lang.Say("OVERDUE"))
	}
	for _, n := range all {
		show.Row(w, cmp.Or(n.Of, "-"), fmt.Sprint(n.Tasks), fmt.Sprint(n.Overdue))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	a.tellEnd(below)
	return kept(below)
}
