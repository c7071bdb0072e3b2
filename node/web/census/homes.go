package census

import (
	"net/url"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// perPage is how many homes a page shows.
const perPage = 50

// homes is the page of a round.
type homes struct {
	Round round
	Some  []some
	Table *pages.Table
	Rows  []home
	Print string // address of the forms of these homes as paper
}

// some is a part of the homes, as a link.
type some struct {
	Href, Word string
	Count      int
	Here       bool
}

// home is a home of a round.
type home struct {
	Href, Name, Address, Phone string
	State, Outcome, Tries      string
	Visited, Filled, Entered   string
	Vain                       bool
	Visit, Enter               string // addresses of the forms; "": who is there may not
}

// part is a part of the homes, by its name in addresses.
type part struct {
	name  string
	word  pages.Text
	where string
}

// parts are those that the page has, the first where none is asked for.
var parts = []part{
	{"", pages.Text{Zh: "全部", En: "All"}, ""},
	{"issued", pages.Text{Zh: "未上门", En: "Not visited"}, `state = "issued"`},
	{"visited", pages.Text{Zh: "已上门未填表", En: "Visited, no form"}, `state = "visited"`},
	{"filled", pages.Text{Zh: "已填表未录入", En: "Filled, not entered"}, `(state = "filled" OR state = "checked")`},
	{"entered", pages.Text{Zh: "已录入", En: "Entered"}, doneHomes},
	{"changed", pages.Text{Zh: "有变化", En: "Changed"}, `outcome = "2"`},
	{"vain", pages.Text{Zh: "三次未见到", En: "Three times in vain"}, "in_vain = true"},
}

// partOf is the part that an address asks for.
func partOf(v *visit.Visit) part {
	for _, p := range parts {
		if p.name == v.R.URL.Query().Get("show") {
			return p
		}
	}
	return parts[0]
}

func showRound(v *visit.Visit) error {
	r, err := roundOf(v)
	if err != nil {
		return err
	}
	if err := r.count(v); err != nil {
		return err
	}
	p, asked := homes{Round: r}, partOf(v)
	for _, one := range parts {
		n, err := v.Site.Desk.Count(v.Ctx(), facts.CensusForm, r.where(one.where))
		if err != nil {
			return err
		}
		p.Some = append(p.Some, some{Href: shown(r.Href, one), Word: one.word.In(v.Lang), Count: n, Here: one.name == asked.name})
	}
	query := url.Values{}
	if asked.name != "" {
		query.Set("show", asked.name)
	}
	columns := []pages.Column{{Key: "head_name", Title: v.Say("户主", "Head")}, {Key: "address", Title: v.Say("住址", "Address")}, {Title: v.Say("状态", "State")}, {Title: v.Say("比对", "Compared")},
		{Key: "tries", Title: v.Say("未见到", "In vain"), Class: "n"}, {Key: "visited_on", Title: v.Say("上门", "Visited")}, {Title: v.Say("办理", "Do")}}
	order, page := pages.ReadOrder(v.R.URL.Query(), columns)
	by := orderOf(order)
	e, err := v.Site.Desk.Part(v.Ctx(), desk.Table{Kind: facts.CensusForm, Where: r.where(asked.where), Order: by, Called: []string{}}, (page-1)*perPage, perPage, nil, v.Asker("census"))
	if err != nil {
		return err
	}
	p.Table = &pages.Table{Path: r.Href, Query: query, Columns: columns, Order: order, Page: page, PerPage: perPage, Total: e.Rows}
	if page > p.Table.Pages() {
		return v.Go(p.Table.To(p.Table.Pages()))
	}
	p.Table.Rows = make([]pages.TableRow, len(e.Part))
	p.Rows, p.Print = homesOf(v, &r, e), shown(path(r.ID, "/print"), asked)
	return v.Page("households", "census/homes", p)
}

// orderOf is the order of a table; homes of one estate stand together.
func orderOf(o pages.Order) string {
	switch {
	case o.Key == "":
		return "estate"
	case o.Down:
		return o.Key + " desc"
	}
	return o.Key
}

// shown is the address of a part of the homes.
func shown(to string, p part) string {
	if p.name == "" {
		return to
	}
	return to + "?show=" + p.name
}

func homesOf(v *visit.Visit, r *round, e *desk.Excerpt) (all []home) {
	k, _ := v.Site.Replica.Schema.Kind(facts.CensusForm)
	ofVisit, _ := v.Site.Replica.Schema.Kind("visit")
	ofHome, _ := v.Site.Replica.Schema.Kind("household")
	for _, row := range e.Part {
		of := func(field string) string { return text(v, k, row.Fields, field) }
		id, _ := row.Fields["household"].(string)
		h := home{Href: path(r.ID, "/home/"+url.PathEscape(id)), Name: of("head_name"), Address: of("address"), Phone: of("phone"), State: of("state"), Outcome: of("outcome"), Tries: of("tries"),
			Visited: of("visited_on"), Filled: of("filled_on"), Entered: of("entered_on"), Vain: row.Fields["in_vain"] == true}
		if v.Writes(ofVisit) {
			h.Visit = visitPath(r.ID, id)
		}
		if v.Writes(ofHome) {
			h.Enter = enterPath(id)
		}
		all = append(all, h)
	}
	return all
}

// visitPath is the address of the form of a visit for the round, enterPath that of the
// household's own form.
func visitPath(r change.RecordID, home string) string {
	return "/new/visit?" + url.Values{"of": {home}, "kind": {"1"}, "campaign": {string(r)}}.Encode()
}

func enterPath(home string) string { return "/household/" + url.PathEscape(home) + "/edit" }
