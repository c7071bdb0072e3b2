package ledger

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongbu/internal/calendar"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// ask is what is asked for by an address.
type ask struct {
	kind    *schema.Kind
	plan    plan
	path    string
	query   url.Values // what is chosen, but for order and page
	pickers []pages.Picker
	flags   []flagBox
	where   string
	on      string // day, "": today
	columns []column
	order   pages.Order
	page    int
	full    bool // numbers in full: asked for by POST
}

// flagBox is a filter that is on or off.
type flagBox struct {
	Name, Word string
	On         bool
}

func readAsk(v *visit.Visit) (*ask, error) {
	name, path := kindOf(v)
	k, known := v.Site.Replica.Schema.Kind(name)
	if !known || k.System {
		return nil, visit.NotFound()
	}
	q := v.R.URL.Query()
	a := &ask{kind: k, plan: planOf(k), path: path, query: url.Values{}}
	a.full = v.R.Method == http.MethodPost && v.R.PostFormValue("full") == "1" && k.Personal
	if err := a.readDay(q); err != nil {
		return nil, err
	}
	where := []string{begunBy(k, a.on)}
	for _, f := range a.plan.pick {
		test, err := a.pick(v, f, q.Get(f.Name))
		if err != nil {
			return nil, err
		}
		where = append(where, test)
	}
	test, err := a.pickYear(v, q.Get("year"))
	if err != nil {
		return nil, err
	}
	where = append(where, test)
	for _, f := range a.plan.flags {
		box := flagBox{Name: f.name, Word: f.word.In(v.Lang), On: q.Get(f.name) == "1"}
		a.flags = append(a.flags, box)
		if box.On {
			a.query.Set(f.name, "1")
			where = append(where, f.where(dayOf(a.on, v.Today())))
		}
	}
	a.where = strings.Join(slices.DeleteFunc(where, func(s string) bool { return s == "" }), " AND ")
	a.columns = columnsOf(k, v.Lang)
	a.order, a.page = pages.ReadOrder(q, pageColumns(a.columns))
	return a, nil
}

// begunBy keeps vacancies that came later out of their ledger of a day: what it says of a
// vacancy is as of now, whatever the day.
func begunBy(k *schema.Kind, day string) string {
	if k.Name != facts.VacancyLedger || day == "" {
		return ""
	}
	return fmt.Sprintf("(registered_on = null OR registered_on <= %s)", day)
}

// readDay reads the day that a derived table is of.
func (a *ask) readDay(q url.Values) error {
	on := q.Get("on")
	switch {
	case on == "":
		return nil
	case a.kind.Sort != schema.Derived || !calendar.Valid(on):
		return fault.New(fault.Invalid, "the day is no date of the calendar").WithHint("give it as YYYY-MM-DD")
	}
	a.on = on
	a.query.Set("on", on)
	return nil
}

// pick reads the choice of a field with codes.
func (a *ask) pick(v *visit.Visit, f *schema.Field, value string) (test string, err error) {
	p := pages.Picker{Name: f.Name, Label: f.Label.In(string(v.Lang)), Value: value}
	p.Choices = append(p.Choices, pages.Choice{Word: p.Label + v.Say("：全部", ": all")})
	if f.Type == schema.Boolean {
		p.Choices = append(p.Choices, pages.Choice{Value: "1", Word: p.Label + v.Say("：是", ": yes")}, pages.Choice{Value: "0", Word: p.Label + v.Say("：否", ": no")})
	} else {
		for _, item := range f.List().Items {
			p.Choices = append(p.Choices, pages.Choice{Value: item.Code, Word: item.Label().In(string(v.Lang))})
		}
	}
	a.pickers = append(a.pickers, p)
	if value == "" {
		return "", nil
	}
	if !slices.ContainsFunc(p.Choices, func(c pages.Choice) bool { return c.Value == value }) {
		return "", fault.New(fault.Invalid, "no such choice")
	}
	a.query.Set(f.Name, value)
	if f.Type == schema.Boolean {
		return fmt.Sprintf("%s = %t", f.Name, value == "1"), nil
	}
	return fmt.Sprintf("%s = %q", f.Name, value), nil
}

// The years that are offered: this one and some before.
const yearsBack = 6

// pickYear reads the year in which the rows begin.
func (a *ask) pickYear(v *visit.Visit, value string) (test string, err error) {
	if a.plan.day == nil {
		return "", nil
	}
	label := a.plan.day.Label.In(string(v.Lang))
	p := pages.Picker{Name: "year", Label: label, Value: value, Choices: []pages.Choice{{Word: label + v.Say("：全部", ": all")}}}
	now, err := time.Parse(time.DateOnly, v.Today())
	if err != nil {
		return "", fault.Wrap("read the day", err)
	}
	for back := range yearsBack + 1 {
		year := strconv.Itoa(now.Year() - back)
		p.Choices = append(p.Choices, pages.Choice{Value: year, Word: label + v.Say("："+year+"年", ": "+year)})
	}
	a.pickers = append(a.pickers, p)
	if value == "" {
		return "", nil
	}
	if year, err := strconv.Atoi(value); err != nil || len(value) != 4 || year < 1900 {
		return "", fault.New(fault.Invalid, "no such choice")
	}
	a.query.Set("year", value)
	return fmt.Sprintf("%s >= %s-01-01 AND %s <= %s-12-31", a.plan.day.Name, value, a.plan.day.Name, value), nil
}

// table is what desk is asked for.
func (a *ask) table() desk.Table {
	t := desk.Table{Kind: a.kind.Name, Where: a.where, Day: a.on, Order: a.order.Key}
	switch {
	case t.Order == "":
		t.Order = a.plan.order
	case a.order.Down:
		t.Order += " desc"
	}
	return t
}

// seen is the table for who sees its columns alone.
func (a *ask) seen() desk.Table {
	t := a.table()
	t.Called = []string{}
	for _, c := range a.columns {
		t.Called = append(t.Called, c.field.Name)
	}
	return t
}

func dayOf(on, today string) string {
	if on != "" {
		return on
	}
	return today
}
