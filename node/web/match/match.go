// Package match is the page on which vacancies are found for a person, and persons for a
// vacancy, the best first and with the reasons; one click begins the referral.
package match

import (
	"embed"
	"fmt"
	"net/url"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/matching"
	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

//go:embed all:pages
var files embed.FS

// Add registers the pages.
func Add(s *visit.Site) error {
	s.Get("/match/{kind}/{id}", people.Read, show)
	return s.Shell.Add("match", files, "pages")
}

// rows is how many the page shows.
const rows = 50

// matched is what the page shows.
type matched struct {
	Person   bool // vacancies are found for a person; else persons for a vacancy
	About    one
	Asked    []matching.Asked
	Change   string // where what is asked for is changed; "": who is there may not
	Found    []one
	Referred []referral
	Looked   int
	Cut      bool
	All      bool // those too that a hard reason excludes
	Here     string
}

// one is a person or a vacancy.
type one struct {
	matching.Ranked
	Href     string
	Initial  string
	SexAge   string
	Pay      string // a month, in yuan
	UnitName string
	Fits, Of int    // of the reasons
	Before   string // what came of an earlier referral; "": there was none
	Refer    string // where the referral is entered; "": it is not to be
}

func show(v *visit.Visit) error {
	ask := matching.Ask{Kind: v.R.PathValue("kind"), ID: change.RecordID(v.R.PathValue("id")), All: v.R.URL.Query().Get("all") == "1", Limit: rows}
	if ask.Kind != matching.PersonKind && ask.Kind != matching.VacancyKind {
		return visit.NotFound()
	}
	a, err := desk.Suitable(v.Ctx(), v.Site.Desk, ask, v.Asker("match"))
	if fault.Of(err) == fault.NotFound {
		return visit.NotFound()
	}
	if err != nil {
		return err
	}
	page := matched{Person: ask.Kind == matching.PersonKind, Asked: a.Asked, Looked: a.Looked, Cut: a.Cut, All: ask.All,
		Here: "/match/" + ask.Kind + "/" + url.PathEscape(string(a.About.ID))}
	page.About = shown(v, a.About, page.Person)
	page.Change = changeOf(v, page.Person, a.About.ID)
	before, err := referrals(v, ask.Kind, a.About.ID)
	if err != nil {
		return err
	}
	for _, row := range a.Rows {
		page.Found = append(page.Found, page.found(v, row, before))
	}
	page.Referred = before.shown(v, page.Person)
	return v.Page("households", "match/match", page)
}

// changeOf is where what is asked for is changed: of a person a new registration, since
// the one of before stays as it was.
func changeOf(v *visit.Visit, person bool, id change.RecordID) string {
	kind, to := "vacancy", values.EditPath("vacancy", id)
	if person {
		kind, to = "job_seeking", "/new/job_seeking?"+url.Values{"of": {string(id)}}.Encode()
	}
	if k, known := v.Site.Replica.Schema.Kind(kind); !known || !v.Writes(k) {
		return ""
	}
	if maker, _ := id.Maker(); !v.Site.Replica.Holds(maker) { // another's vacancy
		return ""
	}
	return to
}

// shown is a person or a vacancy as the page shows it.
func shown(v *visit.Visit, row matching.Ranked, person bool) one {
	o := one{Ranked: row, Href: visit.RecordPath(matching.VacancyKind, string(row.ID))}
	if person {
		o.Href = visit.RecordPath(matching.PersonKind, string(row.ID))
		o.SexAge = sexAndAge(v, row)
	}
	for _, r := range row.Name {
		o.Initial = string(r)
		break
	}
	if row.Wage > 0 {
		o.Pay = pages.Grouped(fmt.Sprint(row.Wage / 100))
	}
	if t := v.Site.Replica.Members.Tree(); t != nil {
		if u, known := t.ByCode(row.Unit); known {
			o.UnitName = u.Name
		}
	}
	return o
}

// found is one of the answer, with what came of an earlier referral.
func (p *matched) found(v *visit.Visit, row matching.Ranked, before earlier) one {
	o := shown(v, row, !p.Person)
	for _, r := range row.Reasons {
		o.Of++
		if r.Fits {
			o.Fits++
		}
	}
	o.Before = before.said(row.ID)
	person, vacancy := row.ID, p.About.ID
	if p.Person {
		person, vacancy = p.About.ID, row.ID
	}
	if k, known := v.Site.Replica.Schema.Kind("referral"); known && v.Writes(k) && !row.Excluded {
		o.Refer = "/new/referral?" + url.Values{"of": {string(person)}, "vacancy": {string(vacancy)}}.Encode()
	}
	return o
}

func sexAndAge(v *visit.Visit, row matching.Ranked) string {
	k, _ := v.Site.Replica.Schema.Kind(matching.PersonKind)
	said := values.Text(k, "sex", item(row.Sex), v.Lang)
	if row.Age > 0 {
		said += fmt.Sprintf(" %d", row.Age)
	}
	return said
}

// item is a text as a record shows it: nothing where there is none.
func item(text string) any {
	if text == "" {
		return nil
	}
	return text
}
