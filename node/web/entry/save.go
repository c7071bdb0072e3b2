package entry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/drafts"
	"tongbu/node/web/visit"
)

// posted reads the sheet that a page has sent.
func posted(v *visit.Visit, p plan) (*sheet, error) {
	if err := v.R.ParseForm(); err != nil {
		return nil, unread(err)
	}
	values := v.R.PostForm
	if by := values.Get("by"); by != "" && by != v.Who.Login {
		return nil, errAnother
	}
	s, err := load(v, p, values.Get("full") == "1" || values.Get("act") == "full")
	if err != nil {
		return nil, err
	}
	s.open = 0
	fmt.Sscan(values.Get("open"), &s.open) //nolint:errcheck // what is no number opens nothing
	s.setControls(values)
	return s, s.read(values)
}

// errAnother is that somebody else has signed in than who has the form open: what one has
// typed is neither kept nor saved as another's.
var errAnother = fault.New(fault.Denied, "somebody else has signed in since this form was opened").WithHint("sign in as the one who typed it")

// setControls takes over what the page says of itself.
func (s *sheet) setControls(values url.Values) {
	if id := values.Get("draft"); isDraftID(id) {
		s.draft = id
	}
	if tab := values.Get("tab"); isDraftID(tab) {
		s.tab = tab
	}
	fmt.Sscan(values.Get("revision"), &s.revision) //nolint:errcheck // what is no number is none
	keys := slices.Clone(values["accept"])
	if values.Get("act") == "accept" {
		keys = append(keys, values["seen"]...)
	}
	s.accepted = strings.Split(strings.Join(keys, keyMark), keyMark)
}

// unread is the error of a body that cannot be read.
func unread(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return fault.As(fault.Invalid, "read the form", err)
}

// save saves the sheet, or shows it again with what is to be mended.
func (s *sheet) save(v *visit.Visit) error {
	if err := s.find(v); err != nil {
		return err
	}
	answer, err := s.ask(v, v.Site.Desk.SaveForm)
	switch {
	case fault.Of(err) == fault.Full:
		s.notes = append(s.notes, noteFull(v))
		return s.show(v, http.StatusInsufficientStorage)
	case err != nil:
		return err
	case !answer.Saved:
		return s.keepAndShow(v, http.StatusUnprocessableEntity)
	}
	if err := v.Site.Drafts.Drop(v.Ctx(), v.Who.Login, s.draft); err != nil && fault.Of(err) != fault.NotFound {
		v.Site.Log.Warn("the draft of a saved form stays", "error", err)
	}
	v.Site.Stale()
	return v.Go(savedPath(s, answer))
}

// savedPath is the page that says what was saved.
func savedPath(s *sheet, answer desk.FormAnswer) string {
	q := url.Values{}
	if answer.Again {
		q.Set("again", "1")
	}
	if n := len(s.parts); n > 1 && s.household() {
		q.Set("members", fmt.Sprint(n-1))
	}
	for i, p := range answer.Parts {
		if len(p.Conflicts) > 0 {
			q.Add("conflict", s.parts[i].kind.Name+"/"+string(p.ID))
		}
	}
	to := "/saved/" + s.parts[0].kind.Name + "/" + url.PathEscape(string(answer.Parts[0].ID))
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	return to
}

// ask gives the sheet to the desk, to be saved or checked, and keeps the answers.
func (s *sheet) ask(v *visit.Visit, ask func(context.Context, desk.Form) (desk.FormAnswer, error)) (answer desk.FormAnswer, err error) {
	form := desk.Form{How: desk.Saving{Actor: v.Who.Login, Run: s.draft, KeepsValid: true}, Accept: s.accepted}
	if slices.ContainsFunc(s.parts, func(p *part) bool { return len(p.own) > 0 }) {
		ask = v.Site.Desk.CheckForm // it is not saved, and all is said at once
	}
	for _, p := range s.parts {
		one, err := p.item(v)
		if err != nil {
			return answer, err
		}
		form.Parts = append(form.Parts, one)
	}
	if answer, err = ask(v.Ctx(), form); err != nil {
		return answer, err
	}
	for i, p := range s.parts {
		p.answer = answer.Parts[i]
		p.answer.Problems = append(slices.DeleteFunc(p.answer.Problems, p.isSaidBetter), p.own...)
		p.answer.Findings = slices.DeleteFunc(p.answer.Findings, p.isSaidBetter)
	}
	return answer, s.findTwins(v, answer)
}

// isSaidBetter reports whether a problem is of a field in which a text leads to no record:
// the desk is told of an empty one, and what it says of that is not what is wrong.
func (p *part) isSaidBetter(found schema.Problem) bool {
	return slices.ContainsFunc(p.own, func(own schema.Problem) bool { return own.Field == found.Field })
}

// item is what the desk is told of a part.
func (p *part) item(v *visit.Visit) (desk.Part, error) {
	typed := map[string][]string{}
	for name, texts := range p.typed {
		f, known := p.kind.Field(name)
		if !known || strings.ContainsAny(name, "@~") || isCovered(p.kind, f, first(texts)) {
			continue
		}
		typed[f.Name] = wholeCodes(f, texts)
	}
	for name, id := range p.fixed {
		typed[name] = []string{id}
	}
	if p.id != "" {
		typed["id"], typed["version"] = []string{string(p.id)}, []string{p.version}
	} else {
		p.sign(v, typed)
	}
	return v.Site.Desk.PartOf(p.kind.Name, typed)
}

// wholeCodes are codes with the zeros in front that people leave out: 1 is 01 where the
// list has one such code alone.
func wholeCodes(f *schema.Field, texts []string) []string {
	if f.Type != schema.Code || len(texts) != 1 || f.List() == nil {
		return texts
	}
	text := strings.TrimSpace(texts[0])
	if _, known := f.List().Find(text); known || text == "" {
		return texts
	}
	var whole []string
	for _, item := range f.List().Items {
		if strings.TrimLeft(item.Code, "0") == text {
			whole = append(whole, item.Code)
		}
	}
	if len(whole) != 1 {
		return texts
	}
	return whole
}

// sign says on a new record who has entered it, where and when.
func (p *part) sign(v *visit.Visit, typed map[string][]string) {
	for name, text := range map[string]string{"recorded_by": v.Who.Name, "recorded_at": v.Site.Replica.Members.Unit().Name, "recorded_on": v.Today()} {
		if f, known := p.kind.Field(name); known && !f.ReadOnly && text != "" {
			typed[f.Name] = []string{text}
		}
	}
}

// keepAndShow keeps what was typed as a draft, which a page without script does not do
// by itself, and shows the sheet.
func (s *sheet) keepAndShow(v *visit.Visit, status int) error {
	kept, err := s.keep(v)
	var clash *drafts.Conflict
	switch {
	case errors.As(err, &clash):
		s.draft, s.revision = clash.Kept.ID, clash.Kept.Revision
		s.notes = append(s.notes, noteBeside(v, clash))
	case fault.Of(err) == fault.Full:
		s.notes = append(s.notes, noteFull(v))
	case fault.Of(err) == fault.NotFound: // it was dropped in another window: this one begins again
		s.draft, s.revision = drafts.NewID(), 0
	case err != nil:
		return err
	default:
		s.revision = kept.Revision
	}
	return s.show(v, status)
}

func (s *sheet) keep(v *visit.Visit) (drafts.Draft, error) {
	if err := s.callAll(v); err != nil { // the title says whom it is about
		return drafts.Draft{}, err
	}
	return v.Site.Drafts.Keep(v.Ctx(), drafts.Draft{ID: s.draft, Owner: v.Who.Login, Form: s.form, Subject: string(s.subject),
		Title: s.title(v.Lang), Values: s.values(), Tab: s.tab, Revision: s.revision})
}
