package webtest

import (
	"net/url"

	"tongbu/node/people"
)

// Page is one page of a station, as an example of its route.
type Page struct {
	Route string // as it is registered, without the method
	Path  string
	By    people.Role // who reads it; "": nobody needs to sign in
	Look  Look
}

// Look is what a page is made for.
type Look int

// Looks.
const (
	Screen     Look = iota // a computer or a phone
	Paper                  // to be printed
	Television             // 1920 by 1080, read from afar
	Part                   // a piece of a page, a file or an asset: nobody looks at it alone
)

// Pages are the pages of a station that has been worked at: one for each route that is
// read, and more where a route has several faces.
func (f *Full) Pages() []Page {
	person, household := string(f.Families[1].Members[0].ID), string(f.Families[1].ID)
	head := func(route, path string) Page { return Page{Route: route, Path: path, By: people.Head} }
	all := []Page{
		{Route: "/signin", Path: "/signin"},
		head("/{$}", "/"), head("/recent", "/recent"), head("/password", "/password"),

		head("/households", "/households"), head("/search", "/search"), head("/counter", "/counter"),
		head("/counter/{id}", "/counter/"+person),
		head("/household/{id}", "/household/"+household), head("/household/{id}", "/household/"+string(f.Families[0].ID)),
		head("/match/{kind}/{id}", "/match/person/"+person), head("/match/{kind}/{id}", "/match/vacancy/"+string(f.Vacancy)),
		head("/person/{id}", "/person/"+person), head("/record/{kind}/{id}", "/record/vacancy/"+string(f.Vacancy)),

		head("/household/new", "/household/new"), head("/household/{id}/edit", "/household/"+household+"/edit"),
		head("/household/{id}/member", "/household/"+household+"/member"), head("/person/{id}/edit", "/person/"+person+"/edit"),
		head("/new/{kinds}", "/new/unemployment+registration?of="+url.QueryEscape(person)), head("/new/{kinds}", "/new/vacancy"),
		head("/edit/{kind}/{id}", "/edit/vacancy/"+string(f.Vacancy)),
		head("/saved/{kind}/{id}", "/saved/household/"+household), head("/void/{kind}/{id}", "/void/person/"+person),
		head("/drafts", "/drafts"), head("/draft/{id}", "/draft/"+f.Draft), head("/proposal/{id}", "/proposal/"+f.Proposal),

		head("/tasks", "/tasks"), head("/tasks", "/tasks?due=month&by=name"), head("/families", "/families"), head("/families", "/families?ended=1"),
		head("/case/{id}", "/case/"+string(f.Case)),

		head("/lists", "/lists"), head("/list/{name}", "/list/person"), head("/list/{name}/{id}", "/list/vacancy/"+string(f.Vacancy)),

		head("/decide", "/decide"), head("/decide/check", "/decide/check?refresh=1"), head("/decide/check/{kind}/{rule}", "/decide/check/person/id_area?refresh=1"),
		head("/decide/conflict/{kind}/{id}", "/decide/conflict/household/"+string(f.Families[0].ID)),

		head("/correct/{id}", "/correct/"+string(f.Asked)),

		head("/import", "/import"), head("/import/{id}", f.Import), head("/import/{id}/row/{line}", f.Import+"/row/3"),
		head("/export", "/export"), head("/stick", "/stick"),

		head("/campaigns", "/campaigns"), head("/campaign/{id}", "/campaign/"+string(f.Round)), head("/campaign/{id}/home/{home}", "/campaign/"+string(f.Round)+"/home/"+household),
		{Route: "/campaign/{id}/print", Path: "/campaign/" + string(f.Round) + "/print", By: people.Head, Look: Paper},

		head("/duplicates", "/duplicates"), head("/duplicate/{case}", "/duplicate/c-1"),

		head("/transfers", "/transfers"), head("/transfers/held", "/transfers/held"), head("/transfer/{id}", "/transfer/t-1"),
		head("/household/{id}/transfer", "/household/"+household+"/transfer"), head("/person/{id}/transfer", "/person/"+person+"/transfer"),

		head("/notices", "/notices"), head("/notices/{id}", "/notices/"+string(f.Notice)), head("/settings", "/settings"),
		head("/head", "/head"), head("/head/account/{key}", f.Accounts[people.Operator]),
		head("/archive", "/archive"), head("/archive/close", "/archive/close?year=2026"), head("/archive/volume/{id}", f.Volume),

		{Route: "/screen", Path: "/screen", Look: Television}, {Route: "/screen/{section}/{no}", Path: f.Section, Look: Television},
		{Route: "/screen/text/{id}", Path: "/screen/text/" + string(f.Notice), Look: Television},

		{Route: "/list/{name}/print", Path: "/list/household/print", By: people.Head, Look: Paper},
		{Route: "/list/{name}/print", Path: "/list/task/print?month=1", By: people.Head, Look: Paper},
	}
	for _, ledger := range []string{"1", "2", "3", "4", "5"} {
		all = append(all, head("/ledger/{name}", "/ledger/"+ledger))
		all = append(all, Page{Route: "/ledger/{name}/print", Path: "/ledger/" + ledger + "/print", By: people.Head, Look: Paper})
	}
	for route, path := range map[string]string{"/": "/none", "/a/": "/a/none", "/line": "/line", "/tasks/{id}": "/tasks/none", "/codes/{list}": "/codes/sex", "/transfers/communities": "/transfers/communities", "/settings/certificate": "/settings/certificate", "/export/template/{kind}": "/export/template/person"} {
		all = append(all, Page{Route: route, Path: path, By: people.Head, Look: Part})
	}
	return all
}
