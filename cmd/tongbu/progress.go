package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/show"
	"tongbu/node/desk"
)

// asked is whose progress is asked for.
type asked struct {
	dir, scope string

	json bool
}

// counts are rows of a derived kind by unit, and by what they say.
type counts map[string]map[string]int64

// add adds up rows that say something.
func (c counts) add(unit, what string, n int64) {
	if c[unit] == nil {
		c[unit] = map[string]int64{}
	}
	c[unit][what] += n
}

// total is how much all units have.
func (c counts) total(what string) (n int64) {
	for _, of := range c {
		n += of[what]
	}
	return n
}

// count counts the rows of a derived kind that a filter leaves by unit and the code of a
// field; name says what a code is counted as, "" for nothing.
func (a *app) count(ctx context.Context, o asked, kind, filter, field string, into counts, name func(string) []string) (question.End, error) {
	q := question.Question{Kind: kind, Filter: filter, Scope: change.UnitID(o.scope), GroupBy: "unit," + field}
	return a.eachRow(ctx, o.dir, q, func(answer *question.Answer, row question.Row) error {
		value, n := answer.Get(row, field), answer.Get(row, "count").Int()
		code := value.Text()
		if b, err := value.Get(); err == nil {
			code = fmt.Sprint(b)
		}
		for _, what := range name(code) {
			into.add(answer.Get(row, "unit").Text(), what, n)
		}
		return nil
	})
}

// recordOf reads a record that the command line names by its id or own number.
func (a *app) recordOf(ctx context.Context, dir, kind, name string) (*desk.Shown, error) {
	var shown desk.Shown
	err := a.ask(ctx, dir, http.MethodGet, "/get/"+kind+"/"+url.PathEscape(name), nil, &shown)
	return &shown, err
}

// progress is what is said of a notice or a campaign.
type progress struct {
	ID       change.RecordID             `json:"id"`
	Name     string                      `json:"name"`
	Said     map[string]any              `json:"said"` // by the record itself
	All      map[string]int64            `json:"all"`
	Units    map[string]map[string]int64 `json:"units"`
	Coverage question.Coverage           `json:"coverage"`
}

// printProgress prints counts by unit under a head, and those of all units behind a star.
func (a *app) printProgress(o asked, p progress, columns []string, head string) error {
	if o.json {
		return a.printJSON(p)
	}
	a.tell("%s", p.Name)
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, head)
	row := func(name string, of map[string]int64) {
		cells := []string{name}
		for _, c := range columns {
			cells = append(cells, strconv.FormatInt(of[c], 10))
		}
		show.Row(w, cells...)
	}
	for _, unit := range slices.Sorted(maps.Keys(p.Units)) {
		row(unit, p.Units[unit])
	}
	row(allUnits, p.All)
	if err := w.Flush(); err != nil {
		return fault.Wrap("write", err)
	}
	a.tell("%s", show.Coverage(a.lang, p.Coverage))
	return nil
}

// progressOf puts counts together.
func progressOf(shown *desk.Shown, name string, said []string, c counts, columns []string, end question.End) progress {
	p := progress{ID: shown.ID, Name: name, Said: map[string]any{}, All: map[string]int64{}, Units: c, Coverage: end.Coverage}
	for _, field := range said {
		if value, there := shown.Fields[field]; there {
			p.Said[field] = value
		}
	}
	for _, column := range columns {
		p.All[column] = c.total(column)
	}
	return p
}

// allUnits stands for all units in the last line of a table.
const allUnits = "*"
