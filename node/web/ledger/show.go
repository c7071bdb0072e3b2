package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"tongbu/internal/facts"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// perPage is how many rows one page shows.
const perPage = 50

// tablePage is what the page of a table shows.
type tablePage struct {
	Title, Code string
	Seg         []segment
	Table       *pages.Table
	Pickers     []pages.Picker
	Flags       []flagBox
	Dated       bool
	On, Today   string
	Personal    bool
	Numbers     bool // a column has ID numbers
	States      []stateCount
	Print       string
	Files       []fileLink
}

// segment leads to the table of another kind.
type segment struct {
	Href, Word string
	Here       bool
}

// stateCount is how many rows have come how far.
type stateCount struct {
	Word  pages.Word
	Count int
}

type fileLink struct{ Word, Href string }

func (a *ask) show(v *visit.Visit) error {
	e, err := v.Site.Desk.Part(v.Ctx(), a.seen(), (a.page-1)*perPage, perPage, a.plan.sums, v.Asker("table "+a.kind.Name))
	if err != nil {
		return err
	}
	t := a.pageTable(v, e)
	if a.page > t.Pages() {
		return v.Go(t.To(t.Pages()))
	}
	p := tablePage{
		Title: a.title(v), Code: a.code(), Seg: a.segments(v), Table: t, Pickers: a.pickers, Flags: a.flags,
		Dated: a.kind.Sort == schema.Derived, On: dayOf(a.on, v.Today()), Today: v.Today(), Personal: a.kind.Personal,
		Numbers: slices.ContainsFunc(a.columns, func(c column) bool { return c.field.Mask || c.field.Type == schema.IDNumber }),
		States:  states(v, e.States), Print: t.Here("/print"),
		Files: []fileLink{{"Excel", t.Here(".xlsx")}, {"CSV", t.Here(".csv")}},
	}
	return v.Page("ledgers", "ledger/table", p)
}

func (a *ask) title(v *visit.Visit) string { return labelOf(v, a.kind) }

// paperTitle is what stands above the printed table: tasks are handed out by the month.
func (a *ask) paperTitle(v *visit.Visit) string {
	if a.kind.Name == facts.TaskKind {
		return v.Say("社区月度工作清单", "Monthly work list of the community")
	}
	return a.title(v)
}

// labelOf is what a kind is called; a ledger without its number, which stands beside it.
func labelOf(v *visit.Visit, k *schema.Kind) string { return k.Label.In(string(v.Lang)) }

// code is the short name of a ledger; "" for other kinds.
func (a *ask) code() string {
	for i, name := range ledgers {
		if name == a.kind.Name {
			return "L" + strconv.Itoa(i+1)
		}
	}
	return ""
}

// segments lead to the five ledgers, and to what else there is.
func (a *ask) segments(v *visit.Visit) (all []segment) {
	short := []pages.Text{{Zh: "L1 失业", En: "L1 Unemployed"}, {Zh: "L2 用工", En: "L2 Vacancies"}, {Zh: "L3 求职安置", En: "L3 Seeking"}, {Zh: "L4 培训", En: "L4 Training"}, {Zh: "L5 社保", En: "L5 Insurance"}}
	for i, name := range ledgers {
		all = append(all, segment{Href: pathOf(name), Word: short[i].In(v.Lang), Here: name == a.kind.Name})
	}
	return append(all, segment{Href: "/lists", Word: v.Say("其他名册", "Other lists")})
}

// pageTable is the table of the page: the number, what people know a row by, the other
// columns, and how far what the row is made of has come.
func (a *ask) pageTable(v *visit.Visit, e *desk.Excerpt) *pages.Table {
	t := &pages.Table{Caption: a.title(v), Path: a.path, Query: a.query, Order: a.order, Page: a.page, PerPage: perPage, Total: e.Rows, Class: "led",
		Empty: pages.Text{Zh: "这本还没有记录", En: "There are no rows yet"}}
	if len(a.query) > 0 {
		t.Empty = pages.Text{Zh: "这里还没有：没有一行符合所选的条件", En: "No row fits what is chosen"}
	}
	t.Columns = append([]pages.Column{{Title: v.Say("序号", "No."), Class: "st"}}, pageColumns(a.columns)...)
	t.Columns = append(t.Columns, pages.Column{Title: v.Say("到哪了", "How far")})
	say, parent := teller{a.kind, v.Lang, false}, v.Site.Parent()
	for i, row := range e.Part {
		cells := make([]pages.Cell, 1, len(t.Columns))
		cells[0].Text = strconv.Itoa((a.page-1)*perPage + i + 1)
		for j, c := range a.columns {
			cell := pages.Cell{Text: say.text(c.field, row), Href: namedIn(c.field, row)}
			if j == 0 {
				cell.Href = leadsTo(a.kind, row)
				cell.Text = cmp.Or(cell.Text, nameless(v, a.kind, row))
			}
			cells = append(cells, cell)
		}
		word := pages.WordOf(v.Lang, row.State, parent)
		t.Rows = append(t.Rows, pages.TableRow{Void: row.Void, Cells: t.Below(append(cells, pages.Cell{Word: &word}))})
	}
	t.Foot = t.Below(a.foot(v, e))
	return t
}

// foot are the sums below a table.
func (a *ask) foot(v *visit.Visit, e *desk.Excerpt) []pages.Cell {
	cells := make([]pages.Cell, len(a.columns)+2)
	cells[0].Text = v.Say("合计", "Total")
	cells[1].Text = fmt.Sprintf(v.Say("%s 行", "%s rows"), pages.Grouped(strconv.Itoa(e.Rows)))
	for i, c := range a.columns {
		if sum, has := e.Sums[c.field.Name]; has && i > 0 {
			cells[i+1].Text = pages.Grouped(c.field.FormatText(valueOf(sum), string(v.Lang)))
		}
	}
	cells[len(cells)-1].Text = fmt.Sprintf(v.Say("市已登记 %s", "%s recorded"), pages.Grouped(strconv.Itoa(e.States[desk.Recorded])))
	return cells
}

// states are the words of all rows, the furthest first.
func states(v *visit.Visit, count map[string]int) (all []stateCount) {
	for _, state := range []string{desk.Recorded, desk.Received, desk.Saved} {
		if count[state] > 0 {
			all = append(all, stateCount{pages.WordOf(v.Lang, state, v.Site.Parent()), count[state]})
		}
	}
	return all
}
