package work

import (
	"fmt"
	"net/url"

	"tongbu/internal/facts"
	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

// familiesPage is the page of the station's family cases.
type familiesPage struct {
	Table  *pages.Table
	Rows   []familyRow
	Ended  bool // those that have ended are shown, not those that run
	Others string
	New    []newFamily
	More   int // families without a case that are not shown
	Writes bool
}

// familyRow is one case.
type familyRow struct {
	Href, Name, Apart, What, State, Since      string
	Appeared, Declared, Recognised             string // days since
	AppearedOn, DeclaredOn, RecognisedOn, Ends string
	Reckoned                                   bool // no step says when it appeared
	Left                                       *pages.Left
}

// newFamily is a family without work and without a case.
type newFamily struct {
	Href, Name, Apart, Since, Days, Do string
}

// manyNew is how many families without a case are shown.
const manyNew = 20

func listFamilies(v *visit.Visit) error {
	ended := v.R.URL.Query().Get("ended") == "1"
	p := familiesPage{Ended: ended, Others: "/families?ended=1", Writes: v.Who.Role.May(people.Write)}
	query := url.Values{}
	if ended {
		query.Set("ended", "1")
		p.Others = "/families"
	}
	columns := familyColumns(v, ended)
	order, page := pages.ReadOrder(v.R.URL.Query(), columns)
	table := desk.Table{Kind: facts.CaseKind, Where: fmt.Sprintf("flow = %q AND ended = %t", familyFlow, ended), Order: "due", Beside: true, Called: []string{}}
	switch {
	case order.Down:
		table.Order = order.Key + " desc"
	case order.Key != "":
		table.Order = order.Key
	case ended:
		table.Order = "ended_on desc"
	}
	e, err := v.Site.Desk.Part(v.Ctx(), table, (page-1)*perPage, perPage, nil, v.Asker("family cases"))
	if err != nil {
		return err
	}
	p.Table = &pages.Table{Path: "/families", Query: query, Columns: columns, Order: order, Page: page, PerPage: perPage, Total: e.Rows}
	if page > p.Table.Pages() {
		return v.Go(p.Table.To(p.Table.Pages()))
	}
	p.Table.Rows = make([]pages.TableRow, len(e.Part))
	if p.Rows, err = familyRows(v, e); err != nil {
		return err
	}
	if !ended {
		if err := p.readNew(v); err != nil {
			return err
		}
	}
	return v.Page("households", "work/families", p)
}

func familyColumns(v *visit.Visit, ended bool) []pages.Column {
	all := []pages.Column{{Key: "name", Title: v.Say("户主", "Head")}, {Title: v.Say("类别", "Kind")}, {Key: "state", Title: v.Say("走到哪一步", "State")}, {Key: "appeared_on", Title: v.Say("出现", "Appeared"), Class: "n"},
		{Key: "declared_on", Title: v.Say("申报", "Declared"), Class: "n"}, {Key: "recognised_on", Title: v.Say("认定", "Recognised"), Class: "n"}}
	if ended {
		return append(all, pages.Column{Key: "ended_on", Title: v.Say("办结", "Ended")})
	}
	return append(all, pages.Column{Key: "due", Title: v.Say("最近期限", "Next due")})
}

func familyRows(v *visit.Visit, e *desk.Excerpt) (all []familyRow, err error) {
	for _, row := range e.Part {
		r := familyRow{Href: casePath(row.ID), Name: say(v, facts.CaseKind, row, "name"), Apart: apartOf(v, nil, e.Beside[idOf(row, householdKind)], true),
			What: say(v, facts.CaseKind, row, "family_kind"), State: say(v, facts.CaseKind, row, "state"), Since: textOf(row, "since"), Ends: textOf(row, "ended_on"),
			AppearedOn: textOf(row, "appeared_on"), DeclaredOn: textOf(row, "declared_on"), RecognisedOn: textOf(row, "recognised_on"), Left: leftOf(v, textOf(row, "due"))}
		if r.AppearedOn == "" {
			if r.AppearedOn, err = appearedOf(v, row); err != nil {
				return nil, err
			}
			r.Reckoned = r.AppearedOn != ""
		}
		r.Appeared, r.Declared, r.Recognised = daysSince(v, r.AppearedOn), daysSince(v, r.DeclaredOn), daysSince(v, r.RecognisedOn)
		all = append(all, r)
	}
	return all, nil
}

// appearedOf is the day from which nobody of a family had work, by the losses of its
// members, where it lies before its case; "" where that tells none.
func appearedOf(v *visit.Visit, row *desk.Shown) (day string, err error) {
	home, begun := textOf(row, "household"), textOf(row, "begun_on")
	if home == "" {
		return "", nil
	}
	err = v.Site.Desk.List(v.Ctx(), facts.PersonFacts, fmt.Sprintf("household = %q AND unemployed = true", home), v.Asker("family cases"), func(fact *desk.Shown) error {
		if lost := textOf(fact, "loss_on"); lost <= begun {
			day = max(day, lost)
		}
		return nil
	})
	return day, err
}

// readNew reads the families that nobody has declared or found yet.
func (p *familiesPage) readNew(v *visit.Visit) error {
	table := desk.Table{Kind: facts.TaskKind, Where: `task = "family_open"`, Order: "since", Beside: true, Called: []string{}}
	e, err := v.Site.Desk.Part(v.Ctx(), table, 0, manyNew, nil, v.Asker("families without a case"))
	if err != nil {
		return err
	}
	for i, l := range linesOf(v, e) {
		p.New = append(p.New, newFamily{Href: l.Href, Name: l.Name, Apart: l.Apart, Since: l.Since, Days: daysSince(v, textOf(e.Part[i], "since")), Do: l.Do})
	}
	p.More = e.Rows - len(e.Part)
	return nil
}
