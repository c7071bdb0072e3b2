package entry

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/internal/words"
	"tongbu/node/web/visit"
)

// note is a message above the form.
type note struct {
	Class, Title, Text string
	Href, Link         string
}

// said is one line of the list above the form: what is wrong, and where.
type said struct {
	pages.Message
	Href   string // of the field; "": it is not on the page
	Reason string // of the field for the reason; "": there is none on the page
	Open   int    // the member whose further fields have it
}

// cell is one cell of the table of members; under is what stands below the row.
type cell struct {
	pages.Input
	Skip, Span int // columns before it in the row below, and from it on
}

// row is a member.
type row struct {
	N     int
	On    bool
	New   bool
	Cells []cell
	Below []pages.Message // of fields that are not in the row
}

// face is a sheet as its page shows it.
type face struct {
	Title, Path       string
	Form              string
	Subject, Of       string
	Draft, Tab, By    string
	Revision          uint64
	KeptAt            time.Time // zero: nothing is kept yet
	About, AboutPath  string
	Notes             []note
	Errors, Asks      int
	Said              []said
	Seen              []string
	Checking          bool // nothing was typed: what is stored is to be checked
	Sets              []pages.Fieldset
	Household         bool
	Zero              bool
	Heads             []pages.Input
	Rows              []row
	Open              int
	OpenName          string
	Further           []pages.Fieldset
	Hidden            []pages.Option
	Full              bool
	Covered           bool // numbers are
	Offer             string
	OfferAt           time.Time
	Edit, Voidable    bool
	Kind, FormNo, Day string
}

// rowFields are the fields of a member that stand in the table, in the order of the
// paper.
var rowFields = []string{"name", "relation", "sex", "birth_date", "id_number", "nationality", "hukou", "education", "status"}

// show answers with the page of the sheet.
func (s *sheet) show(v *visit.Visit, status int) error {
	f, err := s.face(v)
	if err != nil {
		return err
	}
	return v.PageAs(status, "households", "entry/form", f)
}

func (s *sheet) face(v *visit.Visit) (*face, error) {
	main := s.parts[0]
	f := &face{Path: s.path(), Form: s.form, Subject: string(s.subject), Of: string(s.of), Draft: s.draft, Tab: s.tab, By: v.Who.Login, Revision: s.revision,
		Notes: s.notes, Household: s.household(), Full: s.full, Checking: s.checking, Edit: s.subject != "", Voidable: s.subject != "" && !s.void, Kind: main.kind.Name,
		Title: s.heading(v), FormNo: main.text(v.Lang, "form_no"), Day: main.text(v.Lang, "survey_date")}
	if s.revision > 0 {
		if d, err := v.Site.Drafts.Get(v.Who.Login, s.draft); err == nil {
			f.KeptAt = d.KeptAt
		}
	}
	if s.offer != nil {
		f.Offer, f.OfferAt = s.offer.ID, s.offer.KeptAt
	}
	if err := s.callAll(v); err != nil {
		return nil, err
	}
	if about := about(main.kind); about != nil && !s.household() {
		f.About, f.AboutPath = main.called[about.Name], "/"+about.Ref+"/"+main.refOf(about)
	}
	zero, err := s.suggestsZero(v)
	if err != nil {
		return nil, err
	}
	f.Zero = zero
	drawn := &drawing{sheet: s, v: v, on: map[string]bool{}}
	if err := drawn.draw(f); err != nil {
		return nil, err
	}
	drawn.list(f)
	s.focus(v, f)
	f.Hidden = drawn.hidden()
	f.Covered = drawn.covered && !s.full
	return f, nil
}

// focus says where one begins to type: in the first field of a new form, and in the row
// of a member who was added. A form that comes back with something to be mended begins
// there.
func (s *sheet) focus(v *visit.Visit, f *face) {
	switch {
	case s.added && len(f.Rows) > 0:
		f.Rows[len(f.Rows)-1].Cells[0].Focus = true
	case s.subject == "" && v.R.Method == http.MethodGet:
		for _, set := range f.Sets {
			if at := slices.IndexFunc(set.Inputs, func(in pages.Input) bool { return !in.IsGroup() }); at >= 0 {
				set.Inputs[at].Focus = true
				return
			}
		}
	}
}

func (s *sheet) heading(v *visit.Visit) string {
	if s.household() {
		return v.Say("户表", "Household form")
	}
	var labels []string
	for _, k := range s.kinds {
		labels = append(labels, k.Label.In(string(v.Lang)))
	}
	return strings.Join(labels, v.Say("、", ", "))
}

// drawing makes the inputs of a sheet, and notes which fields are on the page.
type drawing struct {
	*sheet
	v       *visit.Visit
	on      map[string]bool
	covered bool
}

func (d *drawing) draw(f *face) error {
	for _, p := range d.parts {
		if d.household() && p.n > 0 {
			break
		}
		sets, err := d.sets(p, nil)
		if err != nil {
			return err
		}
		if d.household() {
			sets = joined(d.v.Say("一、住户", "1. Household"), sets)
		}
		if len(d.parts) > 1 && !d.household() {
			sets[0].Title = p.kind.Label.In(string(d.v.Lang)) + " · " + sets[0].Title
		}
		f.Sets = append(f.Sets, sets...)
	}
	if !d.household() {
		return nil
	}
	for _, p := range d.parts[1:] {
		f.Rows = append(f.Rows, d.row(p))
	}
	if len(d.parts) > 1 {
		for _, c := range f.Rows[0].Cells {
			f.Heads = append(f.Heads, c.Input)
		}
	}
	return d.further(f)
}

// joined are the sections of a card as the one that it has on paper.
func joined(title string, sets []pages.Fieldset) []pages.Fieldset {
	one := pages.Fieldset{Title: title}
	for _, set := range sets {
		one.Inputs = append(one.Inputs, set.Inputs...)
	}
	one.Inputs = pages.Fill(one.Inputs)
	return []pages.Fieldset{one}
}

// further are the fields of the member one stands in that are not in the table.
func (d *drawing) further(f *face) (err error) {
	d.open = d.opened()
	if f.Open = d.open; f.Open == 0 {
		return nil
	}
	p := d.parts[f.Open]
	f.OpenName = p.said(d.v.Lang, "name")
	f.Further, err = d.sets(p, rowFields)
	return err
}

// opened is the member whose further fields are shown: the one asked for, else the first
// with an error in them.
func (d *drawing) opened() int {
	for _, p := range d.parts[1:] {
		for _, problem := range p.answer.Problems {
			if !slices.Contains(rowFields, problem.Field) {
				return p.n
			}
		}
	}
	if d.open > 0 && d.open < len(d.parts) {
		return d.open
	}
	return min(1, len(d.parts)-1)
}

// sets are the inputs of a part by the sections of its form, but for some fields.
func (d *drawing) sets(p *part, but []string) (sets []pages.Fieldset, err error) {
	names := []string{}
	bySection := map[string][]pages.Input{}
	for _, s := range p.kind.Sections {
		names = append(names, s.Name)
	}
	for _, f := range p.kind.Fields {
		if !asks(p.kind, f, p.id != "") || p.fixed[f.Name] != "" || slices.Contains(but, f.Name) || d.isSubject(p, f) {
			continue
		}
		in, err := d.input(p, f)
		if err != nil {
			return nil, err
		}
		if f.Section == "" && !slices.Contains(names, "") {
			names = append(names, "")
		}
		bySection[f.Section] = append(bySection[f.Section], in)
	}
	for _, name := range names {
		if len(bySection[name]) > 0 {
			sets = append(sets, pages.Fieldset{Title: d.sectionTitle(p, name), Inputs: bySection[name]})
		}
	}
	for i := range sets {
		if !d.household() || p.n > 0 {
			pages.Fill(sets[i].Inputs)
		}
	}
	if len(sets) == 0 {
		sets = []pages.Fieldset{{Title: d.sectionTitle(p, "")}}
	}
	return sets, nil
}

// isSubject reports whether a field says whom a record is about, which the page has said.
// Where that is nobody who is here, it is asked.
func (d *drawing) isSubject(p *part, f *schema.Field) bool {
	if d.household() && p.n > 0 && f == about(p.kind) {
		return true
	}
	return p.id != "" && p.kind.Sort == schema.Event && f.Name == p.kind.Subject && p.called[f.Name] != "" && p.refOf(f) == p.stored[f.Name].Text()
}

func (d *drawing) sectionTitle(p *part, name string) string {
	for _, s := range p.kind.Sections {
		if s.Name == name {
			return s.Label.In(string(d.v.Lang))
		}
	}
	if len(p.kind.Sections) == 0 {
		return p.kind.Label.In(string(d.v.Lang))
	}
	return d.v.Say("其他", "Others")
}

func (d *drawing) input(p *part, f *schema.Field) (pages.Input, error) {
	name := p.name(f.Name)
	d.on[name] = true
	texts := p.texts(d.v.Lang, f, d.full)
	d.covered = d.covered || isCovered(p.kind, f, texts0(texts))
	in := pages.InputOf(d.v.Lang, f, name, texts)
	if f.Name == schema.CorrectionReason && p.kind.Sort == schema.Event {
		in.Must = true
	}
	in.Messages = p.messages(d.v.Lang, f.Name, d.accepted)
	if f.FromID != "" {
		in.Follows, in.Filled, d.on[name+filledMark] = true, p.filled(d.v.Lang, f), true
	}
	if f.Type != schema.Ref {
		return in, nil
	}
	d.on[name+"~"], d.on[name+"@"] = true, true
	events, err := eventsOf(d.v, f, p)
	if err != nil {
		return in, err
	}
	if events != nil {
		in.Look, in.Options = pages.AsSelect, events
		return in, nil
	}
	in.Record, in.Options = p.refOf(f), p.choices[f.Name]
	if in.Text = p.called[f.Name]; in.Record == "" || in.Text == "" {
		in.Text = first(p.typed[f.Name+"~"])
	}
	if in.Text == "" && in.Record != "" && in.Record == p.stored[f.Name].Text() { // left so, it stays as it is
		in.Text = d.v.Say("（这里没有）", "(not here)")
	}
	return in, nil
}

func texts0(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}

// row is the row of a member in the table.
func (d *drawing) row(p *part) row {
	r := row{N: p.n, On: p.n == d.opened(), New: p.id == ""}
	for i, name := range rowFields {
		f, known := p.kind.Field(name)
		if !known {
			continue
		}
		in, _ := d.input(p, f) // none of them is a reference
		in.Aloud = fmt.Sprintf(d.v.Say("第%d人 %s", "Person %d: %s"), p.n, in.Label)
		in.Messages = slices.DeleteFunc(in.Messages, func(m pages.Message) bool { return !m.Hard && m.Key == "" }) // gaps
		in.Class = "cellin" + strings.TrimPrefix(in.Class, "t")
		if in.IsGroup() { // a cell has one control
			in.Look, in.Codes = pages.AsPick, f.Codes
		}
		r.Cells = append(r.Cells, cell{Input: in, Skip: i + 1, Span: len(rowFields) - i})
	}
	if m, _, any := p.gaps(d.v.Lang, d.accepted); any {
		r.Below = append(r.Below, m)
	}
	if !r.On {
		r.Below = append(r.Below, d.elsewhere(p)...)
	}
	return r
}

// elsewhere are the messages of a member's fields that are not on the page.
func (d *drawing) elsewhere(p *part) (all []pages.Message) {
	for _, f := range p.kind.Fields {
		if slices.Contains(rowFields, f.Name) {
			continue
		}
		for _, m := range p.messages(d.v.Lang, f.Name, d.accepted) {
			if !m.Hard && m.Key == "" {
				continue
			}
			m.Text = f.Label.In(string(d.v.Lang)) + d.v.Say("：", ": ") + m.Text
			all = append(all, m)
		}
	}
	return all
}

// list makes the list above the form.
func (d *drawing) list(f *face) {
	for _, p := range d.parts {
		if m, at, any := p.gaps(d.v.Lang, d.accepted); any {
			f.Asks++
			f.Seen = append(f.Seen, m.Key)
			m.Text = d.place(p, "") + m.Text
			if d.household() && p.n > 0 {
				m.Key = "" // it stands below the member's row
			}
			f.Said = append(f.Said, d.saidAt(p, at, m))
		}
		for _, problem := range append(slices.Clone(p.answer.Problems), p.answer.Findings...) {
			if isGap(problem) {
				continue
			}
			one := said{Message: p.message(d.v.Lang, problem, d.accepted)}
			one.Text = d.place(p, problem.Field) + one.Text
			if name := p.name(problem.Field); d.on[name] {
				one.Href, one.Key = "#"+name, ""
			} else if d.household() && p.n > 0 && problem.Field != "" {
				one.Open, one.Key = p.n, ""
			}
			if reason := p.kind.ReasonField(problem.Rule); reason != nil && d.on[p.name(reason.Name)] {
				one.Reason = "#" + p.name(reason.Name)
			}
			if problem.Hard {
				f.Errors++
			} else {
				f.Asks++
				f.Seen = append(f.Seen, keyOf(p, problem))
			}
			f.Said = append(f.Said, one)
		}
	}
	slices.SortStableFunc(f.Said, func(a, b said) int { return bit(b.Hard) - bit(a.Hard) })
}

// saidAt is a message of the list with where it leads: one that is accepted stays whole.
func (d *drawing) saidAt(p *part, name string, m pages.Message) said {
	one := said{Message: m}
	switch {
	case m.Key != "":
	case d.on[name]:
		one.Href = "#" + name
	default:
		one.Open = p.n
	}
	return one
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// place says where something is: which member, which field.
func (d *drawing) place(p *part, field string) string {
	at := ""
	if d.household() && p.n > 0 {
		at = strings.TrimSpace(fmt.Sprintf(d.v.Say("第 %d 人 %s", "Person %d %s"), p.n, p.said(d.v.Lang, "name"))) + d.v.Say("，", ", ")
	}
	if f, known := p.kind.Field(field); known {
		return at + f.Label.In(string(d.v.Lang)) + d.v.Say("：", ": ")
	}
	return at
}

// hidden are what was typed into fields that are not on the page, and what names the
// records.
func (d *drawing) hidden() (all []pages.Option) {
	for _, p := range d.parts {
		all = append(all, pages.Option{Value: string(p.id), Text: p.name("id")})
		if p.id != "" {
			all = append(all, pages.Option{Value: p.version, Text: p.name("version")})
		}
		for _, f := range p.kind.Fields {
			for _, mark := range []string{"", "~", "@"} {
				texts, typed := p.typed[f.Name+mark]
				if !typed || d.on[p.name(f.Name)+mark] || mark == "" && p.says(d.v.Lang, f, texts) {
					continue
				}
				for _, text := range texts {
					all = append(all, pages.Option{Value: text, Text: p.name(f.Name) + mark})
				}
			}
		}
	}
	return all
}

// says reports whether a field is stored as it was typed.
func (p *part) says(l words.Language, f *schema.Field, texts []string) bool {
	filled := slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return strings.TrimSpace(text) == "" })
	was := (&part{kind: p.kind, stored: p.stored}).texts(l, f, false)
	was = slices.DeleteFunc(slices.Clone(was), func(text string) bool { return text == "" })
	return slices.Equal(filled, was)
}

// Number is the place of the member, as text.
func (r row) Number() string { return strconv.Itoa(r.N) }
