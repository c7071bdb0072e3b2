package entry

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// checked is what is said of one field as somebody leaves it.
type checked struct {
	Name     string
	Messages []pages.Message
	Bad      bool
	Filled   []pages.Option // fields that the ID number has filled in: name and text
}

// check says what is wrong with one field of a form, and writes nothing.
func check(v *visit.Visit) error {
	s, err := postedAnywhere(v)
	if err != nil {
		return err
	}
	n, field, _ := strings.Cut(v.R.PostForm.Get("field"), ".")
	place, err := strconv.Atoi(n)
	if err != nil || place < 0 || place >= len(s.parts) {
		return fault.New(fault.Invalid, "no such field on this form")
	}
	p, field := s.parts[place], strings.TrimRight(field, "~@")
	c := checked{Name: p.name(field)}
	for name, text := range p.fillFromID(v) {
		c.Filled = append(c.Filled, pages.Option{Value: p.name(name), Text: text})
	}
	slices.SortFunc(c.Filled, func(a, b pages.Option) int { return strings.Compare(a.Value, b.Value) })
	if first(p.typed[field+"~"]) == "" || first(p.typed[field]) != "" { // a record is looked for when the form is saved
		if _, err := s.ask(v, v.Site.Desk.CheckForm); err != nil {
			return err
		}
		c.Messages = p.messages(v.Lang, field, s.accepted)
	}
	c.Bad = slices.ContainsFunc(c.Messages, func(m pages.Message) bool { return m.Hard })
	return v.Shard("entry/form", "checked", c)
}

// further answers with the fields of the member one stands in that are not in the table.
func further(v *visit.Visit) error {
	s, err := postedAnywhere(v)
	if err != nil {
		return err
	}
	f, err := s.face(v)
	if err != nil {
		return err
	}
	return v.Shard("entry/form", "further", f)
}

// codeList is a code list for a combobox.
type codeList struct{ Items []codeItem }

type codeItem struct{ Code, Name, Initials string }

// showCodes answers with a code list, for the comboboxes of a page: it is asked for once
// one stands in such a field, so that pages stay small.
func showCodes(v *visit.Visit) error {
	list, known := v.Site.Replica.Schema.Now().List(v.R.PathValue("list"))
	if !known {
		return visit.NotFound()
	}
	var all codeList
	for _, item := range list.Items {
		if !item.Withdrawn {
			all.Items = append(all.Items, codeItem{Code: item.Code, Name: nameOf(v, list, item), Initials: strings.ToLower(desk.Spell(item.Zh))})
		}
	}
	return v.Shard("entry/form", "codes", all)
}

// nameOf is what an item puts into the field: its name, unless that is another one's too.
func nameOf(v *visit.Visit, list *schema.CodeList, item schema.Item) string {
	name := item.Label().In(string(v.Lang))
	if code, _ := list.Find(name); code != item.Code {
		return item.Code
	}
	return name
}

// showFound answers with the records of a kind that a text leads to.
func showFound(v *visit.Visit) error {
	found, _, err := seek(v, v.R.PathValue("kind"), v.R.PostFormValue("q"))
	if fault.Of(err) == fault.Invalid {
		found, err = nil, nil
	}
	if err != nil {
		return err
	}
	v.W.Header().Set("Cache-Control", "no-store")
	if len(found) == 0 {
		v.W.WriteHeader(http.StatusNoContent)
		return nil
	}
	return v.Shard("entry/form", "found", found)
}
