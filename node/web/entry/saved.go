package entry

import (
	"net/url"
	"regexp"
	"strconv"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/visit"
	"tongbu/node/web/work"
)

// refPattern is KIND/ID as an address has it.
var refPattern = regexp.MustCompile(`^[a-z_]{1,40}/[A-Za-z0-9._:~-]{1,200}$`)

// savedPage says what was saved, and how far it has come.
type savedPage struct {
	Kind, ID   string
	What, Name string
	Path       string // of the record
	Members    int
	Again      bool
	Void       bool
	Said       pages.Word
	Only       bool     // it is here alone, and has gone no further
	Conflicts  []string // KIND/ID of records that another has written too
	Persons    bool     // it is a person
	Acts       []work.Act
	Subject    string
	More       string // the form for another one
	Register   string // the form that comes after a loss of work; "": it is filled in, or nothing to do
}

func showSaved(v *visit.Visit) error {
	kind, id := v.R.PathValue("kind"), pathID(v)
	p, err := planOf(v, "edit/"+kind, id, "")
	if err != nil {
		return err
	}
	shown, err := v.Site.Desk.Get(v.Ctx(), kind, id, v.Asker("saved"))
	if err != nil {
		return err
	}
	part := storedPart(0, p.kinds[0], shown)
	q := v.R.URL.Query()
	page := savedPage{Kind: kind, ID: string(shown.ID), What: p.kinds[0].Label.In(string(v.Lang)), Again: q.Get("again") == "1", Void: shown.Void, Only: shown.State == desk.Saved,
		Said: pages.WordOf(v.Lang, shown.State, v.Site.Parent()), Path: "/" + kind + "/" + url.PathEscape(string(shown.ID)), Persons: kind == "person", More: "/new/" + kind}
	if page.Name, err = part.title(v, shown); err != nil {
		return err
	}
	page.Members, _ = strconv.Atoi(q.Get("members")) // no number is none
	if f := about(p.kinds[0]); f != nil {
		page.Subject = part.refOf(f)
	}
	if !page.Persons && kind != "household" {
		page.Path = "/record" + page.Path
	}
	if kind == "unemployment" && !shown.Void && page.Subject != "" && v.Who.Role.May(people.Write) {
		if page.Register, err = registerNext(v, page.Subject); err != nil {
			return err
		}
	}
	if page.Persons && !shown.Void && v.Who.Role.May(people.Write) {
		if page.Acts, err = actsNext(v, shown.ID); err != nil {
			return err
		}
	}
	if kind == "household" {
		page.More = "/household/new"
	}
	if len(shown.Conflicts) > 0 {
		page.Conflicts = []string{kind + "/" + page.ID}
	}
	for _, one := range q["conflict"] {
		if one != kind+"/"+page.ID && len(page.Conflicts) < maxMembers && refPattern.MatchString(one) {
			page.Conflicts = append(page.Conflicts, one)
		}
	}
	return v.Page("households", "entry/saved", page)
}

// fewActs is how many things are offered after a save; all of them are on the page of the
// counter.
const fewActs = 3

// actsNext are what the person who was saved may have done, as the person's page offers it:
// nothing that was done already.
func actsNext(v *visit.Visit, person change.RecordID) ([]work.Act, error) {
	c, err := v.Site.Desk.Card(v.Ctx(), "person", person, v.Asker("saved"))
	if err != nil {
		return nil, err
	}
	all := work.ActsOf(v, c, c.Fact(facts.PersonFacts, c.Subject.ID))
	return all[:min(len(all), fewActs)], nil
}

// registerNext is the form by which a person who lost work is registered as unemployed;
// "" for one who is registered, or works again.
func registerNext(v *visit.Visit, person string) (string, error) {
	fact, err := v.Site.Desk.Get(v.Ctx(), facts.PersonFacts, change.RecordID(person), v.Asker("saved"))
	if fault.Of(err) == fault.NotFound {
		return "", nil // the person is not here yet
	}
	if err != nil {
		return "", err
	}
	registered, _ := fact.Fields["registered"].(bool)
	status, _ := fact.Fields["status"].(string)
	if registered || !facts.IsJobless(status) {
		return "", nil
	}
	return "/new/registration?" + url.Values{"of": {person}}.Encode(), nil
}
