// Package census is the pages of census rounds: the rounds that ask homes of this station,
// the homes of one with how far each form has come, a home as it stood when the round began
// beside what it is now, and the forms as paper to take along.
package census

import (
	"embed"
	"encoding/json"
	"net/url"
	"strconv"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

//go:embed all:pages
var files embed.FS

// Add registers the pages.
func Add(s *visit.Site) error {
	s.Get("/campaigns", people.Read, listRounds)
	s.Get("/campaign/{id}", people.Read, showRound)
	s.Get("/campaign/{id}/print", people.Read, printForms)
	s.Get("/campaign/{id}/home/{home}", people.Read, compare)
	return s.Shell.Add("census", files, "pages")
}

// roundKind is the code of census rounds among campaigns.
const roundKind = "01"

// round is a census round as the pages name it.
type round struct {
	ID                    change.RecordID
	Href, Name, From, To  string
	State                 string
	Homes, Met, Done, Bad int // asked; met by somebody; entered; visited in vain
}

// roundOf reads the round that an address names.
func roundOf(v *visit.Visit) (r round, err error) {
	shown, err := v.Site.Desk.Get(v.Ctx(), facts.CampaignKind, change.RecordID(v.R.PathValue("id")), v.Asker("census"))
	switch {
	case fault.Of(err) == fault.Invalid || err == nil && (shown.Void || shown.Fields["kind"] != roundKind):
		return r, visit.NotFound()
	case err != nil:
		return r, err
	}
	return roundAs(v, shown), nil
}

func roundAs(v *visit.Visit, shown *desk.Shown) round {
	k, _ := v.Site.Replica.Schema.Kind(facts.CampaignKind)
	text := func(field string) string { return values.Text(k, field, shown.Fields[field], v.Lang) }
	return round{ID: shown.ID, Href: path(shown.ID, ""), Name: text("name"), From: text("from"), To: text("to"), State: text("state")}
}

// path is the address of a round, and of what is below it.
func path(id change.RecordID, below string) string {
	return "/campaign/" + url.PathEscape(string(id)) + below
}

// where is the filter for the homes of a round.
func (r *round) where(more string) string {
	w := "campaign = " + strconv.Quote(string(r.ID))
	if more != "" {
		w += " AND " + more
	}
	return w
}

// count counts the round's homes.
func (r *round) count(v *visit.Visit) (err error) {
	for more, into := range map[string]*int{"": &r.Homes, metHomes: &r.Met, doneHomes: &r.Done, "in_vain = true": &r.Bad} {
		if *into, err = v.Site.Desk.Count(v.Ctx(), facts.CensusForm, r.where(more)); err != nil {
			return err
		}
	}
	return nil
}

// Filters for some homes of a round.
const (
	doneHomes = `(state = "entered" OR state = "archived")`
	metHomes  = `(state = "filled" OR state = "checked" OR state = "entered" OR state = "archived")`
)

// rounds is the page of all rounds.
type rounds struct{ Rounds []round }

func listRounds(v *visit.Visit) error {
	var p rounds
	err := v.Site.Desk.List(v.Ctx(), facts.CampaignKind, "kind = "+strconv.Quote(roundKind), v.Asker("census"), func(shown *desk.Shown) error {
		p.Rounds = append(p.Rounds, roundAs(v, shown))
		return nil
	})
	for i := 0; i < len(p.Rounds) && err == nil; i++ {
		err = p.Rounds[i].count(v)
	}
	if err != nil {
		return err
	}
	return v.Page("households", "census/rounds", p)
}

// text is what a field says in words, covered; counts come as numbers, not as decoded.
func text(v *visit.Visit, k *schema.Kind, fields map[string]any, field string) string {
	item := fields[field]
	switch n := item.(type) {
	case int64:
		item = json.Number(strconv.FormatInt(n, 10))
	case int:
		item = json.Number(strconv.Itoa(n))
	}
	return values.Text(k, field, item, v.Lang)
}
