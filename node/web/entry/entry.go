// Package entry is where records are typed: the form of a household with its members,
// forms of every other kind made from the schema, the drafts of what is not saved yet,
// and voids with a reason. What is typed is kept as a draft; one form is saved whole or
// not at all.
package entry

import (
	"embed"
	"net/http"
	"strconv"
	"strings"

	"tongbu/internal/change"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

//go:embed all:pages
var files embed.FS

// Add registers the pages.
func Add(s *visit.Site) error {
	for path, of := range forms {
		s.Get(path, people.Write, open(of))
		s.PostKept(path, people.Write, send(of))
	}
	s.Post("/check", people.Write, check)
	s.Post("/further", people.Write, further)
	s.Get("/codes/{list}", people.Read, showCodes)
	s.Post("/seek/{kind}", people.Write, showFound)
	s.Get("/saved/{kind}/{id}", people.Write, showSaved)
	s.Get("/drafts", people.Write, listDrafts)
	s.Get("/draft/{id}", people.Write, openDraft)
	s.PostKept("/draft/{id}", people.Write, keepDraft)
	s.Post("/draft/{id}/drop", people.Write, dropDraft)
	s.Post("/draft/{id}/back", people.Write, takeBack)
	s.Get("/void/{kind}/{id}", people.Write, askVoid)
	s.Post("/void/{kind}/{id}", people.Write, void)
	s.Get("/proposal/{id}", people.Lead, showProposal)
	s.Post("/proposal/{id}", people.Lead, settle)
	s.Counts = append(s.Counts, countWaiting)
	return s.Shell.Add("entry", files, "pages")
}

// forms are the addresses of forms, and how each names its plan.
var forms = map[string]func(*visit.Visit) (plan, error){
	"/household/new":         func(v *visit.Visit) (plan, error) { return planOf(v, formHousehold, "", "") },
	"/household/{id}/edit":   func(v *visit.Visit) (plan, error) { return planOf(v, formHousehold, pathID(v), "") },
	"/household/{id}/member": func(v *visit.Visit) (plan, error) { return planOf(v, "new/person", "", pathID(v)) },
	"/person/{id}/edit":      func(v *visit.Visit) (plan, error) { return planOf(v, "edit/person", pathID(v), "") },
	"/new/{kinds}": func(v *visit.Visit) (plan, error) {
		p, err := planOf(v, "new/"+v.R.PathValue("kinds"), "", change.RecordID(v.R.URL.Query().Get("of")))
		p.begun = v.R.URL.Query()
		return p, err
	},
	"/edit/{kind}/{id}": func(v *visit.Visit) (plan, error) { return planOf(v, "edit/"+v.R.PathValue("kind"), pathID(v), "") },
}

func pathID(v *visit.Visit) change.RecordID { return change.RecordID(v.R.PathValue("id")) }

// open shows a form.
func open(of func(*visit.Visit) (plan, error)) visit.Action {
	return func(v *visit.Visit) error {
		p, err := of(v)
		if err != nil {
			return err
		}
		if p.kinds[0].Name == "household" && !p.household() { // it has a form of its own
			p.form = formHousehold
			return v.Go(p.path())
		}
		s, err := load(v, p, false)
		if err != nil {
			return err
		}
		if s.offer, err = unfinished(v, p); err != nil {
			return err
		}
		if s.checking = s.subject != "" && v.R.URL.Query().Get("check") == "1"; s.checking {
			if _, err := s.ask(v, v.Site.Desk.CheckForm); err != nil {
				return err
			}
		}
		return s.show(v, http.StatusOK)
	}
}

// send takes what a form sends: to be saved, or to come back with one more member or
// other fields.
func send(of func(*visit.Visit) (plan, error)) visit.Action {
	return func(v *visit.Visit) error {
		p, err := of(v)
		if err != nil {
			return err
		}
		s, err := posted(v, p)
		if err != nil {
			return err
		}
		if v.Over {
			return s.keepOver(v)
		}
		for _, one := range s.parts {
			one.fillFromID(v)
		}
		act, which, _ := strings.Cut(v.R.PostForm.Get("act"), ":")
		return s.do(v, act, which)
	}
}

func (s *sheet) do(v *visit.Visit, act, which string) error {
	switch act {
	case "add":
		s.addMember(v)
	case "remove":
		n, _ := strconv.Atoi(which) // what is no number is no member
		s.removeMember(n)
	case "open":
		s.open, _ = strconv.Atoi(which)
	case "zero":
		s.parts[0].tick("kinds", zeroKind)
	case "keep", "full":
	default:
		return s.save(v)
	}
	if err := s.find(v); err != nil {
		return err
	}
	for _, p := range s.parts {
		p.answer.Problems = p.own
	}
	return s.keepAndShow(v, http.StatusOK)
}

func (s *sheet) addMember(v *visit.Visit) {
	if !s.household() {
		return
	}
	if len(s.parts) > maxMembers {
		s.notes = append(s.notes, note{Class: "amber", Title: v.Say("一张户表最多 30 人", "A form has 30 members at most"),
			Text: v.Say("录的都在。先保存，再用“加一名成员”接着录。", "What you typed is here. Save it, then add the others one by one.")})
		return
	}
	p := s.fresh(len(s.parts))
	s.parts = append(s.parts, p)
	s.open, s.added = p.n, true
}

// removeMember takes out a member that is not saved yet.
func (s *sheet) removeMember(n int) {
	if !s.household() || n < 1 || n >= len(s.parts) || s.parts[n].id != "" {
		return
	}
	s.parts = append(s.parts[:n], s.parts[n+1:]...)
	for i, p := range s.parts {
		p.n = i
	}
	s.accepted = nil // what was accepted of those behind it had other places
	s.open = min(n, len(s.parts)-1)
}

// tick adds a code to a set.
func (p *part) tick(field, code string) {
	f, known := p.kind.Field(field)
	if !known {
		return
	}
	p.typed[field] = append(p.texts("", f, true), code)
}
