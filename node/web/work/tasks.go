package work

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// perPage is how many tasks one page shows.
const perPage = 50

// tasksPage is the page of the list.
type tasksPage struct {
	Table   *pages.Table
	Lines   []Line
	Pickers []pages.Picker
	Gone    bool   // what somebody came from is done
	Unsure  bool   // some days are counted without a table of holidays
	Print   string // the list of the month
}

// asked is what an address asks for.
type asked struct {
	query   url.Values
	pickers []pages.Picker
	where   []string
}

func listTasks(v *visit.Visit) error {
	a := &asked{query: url.Values{}}
	for _, read := range []func(*visit.Visit) error{a.pickTask, a.pickWho, a.pickDue, a.pickLevel} {
		if err := read(v); err != nil {
			return err
		}
	}
	columns := taskColumns(v)
	order, page := pages.ReadOrder(v.R.URL.Query(), columns)
	table := desk.Table{Kind: facts.TaskKind, Where: strings.Join(a.where, " AND "), Order: "due", Beside: true, Called: []string{}}
	if order.Key != "" {
		if table.Order = order.Key; order.Down {
			table.Order += " desc"
		}
	}
	e, err := v.Site.Desk.Part(v.Ctx(), table, (page-1)*perPage, perPage, nil, v.Asker("tasks"))
	if err != nil {
		return err
	}
	p := tasksPage{Pickers: a.pickers, Gone: v.R.URL.Query().Get("gone") == "1", Print: "/list/task/print?month=1"}
	p.Table = &pages.Table{Path: "/tasks", Query: a.query, Columns: columns, Order: order, Page: page, PerPage: perPage, Total: e.Rows}
	if page > p.Table.Pages() {
		return v.Go(p.Table.To(p.Table.Pages()))
	}
	p.Lines = linesOf(v, e)
	p.Table.Rows = make([]pages.TableRow, len(p.Lines))
	p.Unsure = slices.ContainsFunc(p.Lines, func(l Line) bool { return l.Unsure })
	return v.Page("today", "work/tasks", p)
}

func taskColumns(v *visit.Visit) []pages.Column {
	return []pages.Column{{Key: "name", Title: v.Say("谁", "Whom")}, {Key: "task", Title: v.Say("要做什么", "What")}, {Key: "who", Title: v.Say("谁来办", "Who acts")},
		{Key: "since", Title: v.Say("从哪天起", "Since")}, {Key: "due", Title: v.Say("期限", "Due")}, {Title: v.Say("还剩", "Left")}, {Title: v.Say("办理", "Do")}}
}

// add adds a filter with its choices; test is what the chosen one asks for.
func (a *asked) add(v *visit.Visit, p pages.Picker, test func(value string) string) error {
	p.Value = v.R.URL.Query().Get(p.Name)
	a.pickers = append(a.pickers, p)
	if p.Value == "" {
		return nil
	}
	if !slices.ContainsFunc(p.Choices, func(c pages.Choice) bool { return c.Value == p.Value }) {
		return fault.New(fault.Invalid, "no such choice")
	}
	a.query.Set(p.Name, p.Value)
	a.where = append(a.where, test(p.Value))
	return nil
}

// pickTask chooses by what is to be done, of what there is.
func (a *asked) pickTask(v *visit.Visit) error {
	counts, err := v.Site.Desk.Tally(v.Ctx(), facts.TaskKind, "", "task")
	if err != nil {
		return err
	}
	p := pages.Picker{Name: "task", Label: v.Say("事项", "What"), Choices: []pages.Choice{{Word: v.Say("事项：全部", "What: all")}}}
	k, _ := v.Site.Replica.Schema.Kind(facts.TaskKind)
	f, _ := k.Field("task")
	for _, item := range f.List().Items {
		if n := counts[item.Code]; n > 0 || v.R.URL.Query().Get("task") == item.Code {
			p.Choices = append(p.Choices, pages.Choice{Value: item.Code, Word: fmt.Sprintf("%s %d", v.Label(item.Label()), n)})
		}
	}
	return a.add(v, p, func(code string) string { return fmt.Sprintf("task = %q", code) })
}

// pickWho chooses by who acts. An address says nobody's name: it has a mark of it.
func (a *asked) pickWho(v *visit.Visit) error {
	counts, err := v.Site.Desk.Tally(v.Ctx(), facts.TaskKind, "", "who")
	if err != nil {
		return err
	}
	p := pages.Picker{Name: "who", Label: v.Say("谁来办", "Who acts"), Choices: []pages.Choice{{Word: v.Say("谁来办：全部", "Who acts: all")}}}
	named := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if name != "" {
			named[markOf(name)] = name
			p.Choices = append(p.Choices, pages.Choice{Value: markOf(name), Word: fmt.Sprintf("%s %d", schema.MaskIDNumbers(name), counts[name])})
		}
	}
	if n := counts[""]; n > 0 {
		p.Choices = append(p.Choices, pages.Choice{Value: nobody, Word: fmt.Sprintf("%s %d", v.Say("没有写明", "nobody named"), n)})
	}
	return a.add(v, p, func(mark string) string {
		if mark == nobody {
			return "who = null"
		}
		return fmt.Sprintf("who = %s", quoted(named[mark]))
	})
}

// nobody is the mark of those of whom nobody says who acts.
const nobody = "none"

// markOf stands for a name in an address.
func markOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:6])
}

// pickDue chooses by when it is due.
func (a *asked) pickDue(v *visit.Visit) error {
	p := pages.Picker{Name: "due", Label: v.Say("期限", "Due"), Choices: []pages.Choice{{Word: v.Say("期限：全部", "Due: all")}, {Value: "over", Word: v.Say("已逾期", "overdue")},
		{Value: "week", Word: v.Say("7 天内到期", "within 7 days")}, {Value: "month", Word: v.Say("30 天内到期", "within 30 days")}, {Value: "none", Word: v.Say("没有期限", "due on no day")}}}
	return a.add(v, p, func(value string) string {
		switch value {
		case "over":
			return overdue(v.Today())
		case "week":
			return within(v.Today(), soonDays)
		case "month":
			return within(v.Today(), 30)
		}
		return "due = null"
	})
}

// pickLevel chooses by the level of the unit that acts.
func (a *asked) pickLevel(v *visit.Visit) error {
	here := levelHere(v)
	p := pages.Picker{Name: "level", Label: v.Say("哪一级", "Level"), Choices: []pages.Choice{{Word: v.Say("哪一级：全部", "Level: all")},
		{Value: here, Word: v.Say("本站办", "this station")}, {Value: "above", Word: v.Say("等上级", "waits for a unit above")}}}
	return a.add(v, p, func(value string) string {
		if value == here {
			return fmt.Sprintf("level = %q", here)
		}
		return fmt.Sprintf("level != %q", here)
	})
}

// quoted is a text as a filter has it.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
