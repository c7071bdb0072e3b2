package entry

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/internal/words"
	"tongbu/node/desk"
	"tongbu/node/drafts"
	"tongbu/node/web/values"
)

// maxMembers is how many members a household has on its form.
const maxMembers = 30

// sheet is one form as it stands: what is stored, and over that what was typed.
type sheet struct {
	plan
	parts    []*part
	draft    string // id of the draft, and name of the form when it is saved
	tab      string // the page
	revision uint64 // of the draft as the page has it; 0: nothing is kept yet
	open     int    // the member whose further fields are shown; 0: none
	full     bool   // personal numbers are shown in full
	void     bool   // the record that is edited is
	added    bool   // a member was added just now
	checking bool   // it was opened to look at what the rules find in what is stored
	accepted []string
	notes    []note
	offer    *drafts.Draft // one that was not finished
}

// part is one record of a sheet.
type part struct {
	n       int // its place, which begins the names of its controls
	kind    *schema.Kind
	id      change.RecordID // "": a new one
	version string
	typed   map[string][]string // by field, as people type it; a field that is not there is as it was
	stored  map[string]change.Value
	fixed   map[string]string // fields that are not asked: "#0", or the id of a record
	called  map[string]string // what the records are called that fields name; nil: nobody has asked yet
	choices map[string][]pages.Option
	answer  desk.PartAnswer
	twins   map[string]twin  // by field: where else that stands which is allowed once
	own     []schema.Problem // found before the desk was asked
}

func (p *part) name(field string) string { return strconv.Itoa(p.n) + "." + field }

// texts are what stands in a field.
func (p *part) texts(l words.Language, f *schema.Field, full bool) []string {
	if texts, said := p.typed[f.Name]; said {
		return texts
	}
	value := p.stored[f.Name]
	if item, err := value.Get(); err == nil {
		if set, isSet := item.([]string); isSet {
			return set
		}
	}
	text := pages.Textual(l, f, value)
	if !full && text != "" {
		text = cover(p.kind, f, text)
	}
	return []string{text}
}

// text is what stands in a field of one value.
func (p *part) text(l words.Language, field string) string {
	f, known := p.kind.Field(field)
	if !known {
		return ""
	}
	return strings.TrimSpace(strings.Join(p.texts(l, f, true), " "))
}

// said is text as a page says it elsewhere than in its field: somebody may have typed a
// number there.
func (p *part) said(l words.Language, field string) string {
	return schema.MaskIDNumbers(p.text(l, field))
}

// cover is a personal number as a page shows it.
func cover(k *schema.Kind, f *schema.Field, text string) string {
	switch {
	case f.Mask || f.Type == schema.IDNumber:
		return schema.Masked(text)
	case k.Personal && values.IsPhone(f):
		return values.Phone(text)
	}
	return text
}

// isCovered reports whether a text is one of those covers, which says nothing.
func isCovered(k *schema.Kind, f *schema.Field, text string) bool {
	return strings.Contains(text, "*") && cover(k, f, "000000000") != "000000000"
}

// read reads a form that was posted into the sheet, which has the records as they are
// stored.
func (s *sheet) read(posted map[string][]string) error {
	if size := sizeOf(posted); size > drafts.MaxDraft {
		return fault.New(fault.Invalid, "too large: at most %s; nothing was written", "256 KB")
	}
	byPart := map[int]map[string][]string{}
	for name, texts := range posted {
		head, field, cut := strings.Cut(name, ".")
		n, err := strconv.Atoi(head)
		if !cut || err != nil || n < 0 || strconv.Itoa(n) != head {
			continue
		}
		if n > s.most() {
			return fault.New(fault.Invalid, "the form has more than %d members", maxMembers)
		}
		if byPart[n] == nil {
			byPart[n] = map[string][]string{}
		}
		byPart[n][field] = texts
	}
	stored := s.parts
	s.parts = nil
	for n := 0; n < max(len(s.kinds), len(byPart)) && (n < len(byPart) || !s.household()); n++ {
		p, err := s.partOf(n, stored, byPart[n])
		if err != nil {
			return err
		}
		s.parts = append(s.parts, p)
	}
	for _, p := range stored { // those that came since the page was made
		if p.id != "" && !slices.Contains(s.parts, p) && len(s.parts) <= s.most() {
			p.n = len(s.parts)
			s.parts = append(s.parts, p)
		}
	}
	if len(s.parts) == 0 {
		s.parts = stored
	}
	return nil
}

// most is the place of the last part there may be.
func (s *sheet) most() int {
	if s.household() {
		return maxMembers
	}
	return len(s.kinds) - 1
}

// partOf is the part of a place: of a record that is stored, or a new one.
func (s *sheet) partOf(n int, stored []*part, typed map[string][]string) (*part, error) {
	id := change.RecordID(first(typed["id"]))
	var p *part
	for _, known := range stored {
		if known.id != "" && known.id == id {
			p = known
		}
	}
	switch {
	case p == nil && id != "":
		return nil, fault.New(fault.NotFound, "no such record on this form")
	case p == nil && n == 0 && s.subject != "":
		p = stored[0]
	case p == nil:
		p = s.fresh(n)
	}
	p.n = n
	if version := first(typed["version"]); version != "" {
		p.version = version
	}
	p.typed = map[string][]string{}
	for field, texts := range typed {
		base := strings.TrimRight(field, "@~")
		f, known := p.kind.Field(base)
		if !known || f.Name != base || !asks(p.kind, f, p.id != "") || p.id != "" && isCovered(p.kind, f, first(texts)) {
			continue // a number that is covered says nothing: it is as it was
		}
		if len(texts) > 0 {
			p.typed[field] = texts
		}
	}
	return p, nil
}

// fresh is a part that makes a record.
func (s *sheet) fresh(n int) *part {
	k := s.kinds[min(n, len(s.kinds)-1)]
	p := &part{n: n, kind: k, typed: map[string][]string{}, fixed: map[string]string{}}
	switch f := about(k); {
	case f == nil:
	case s.household() && n > 0:
		p.fixed[f.Name] = "#0"
	case s.of != "":
		p.fixed[f.Name] = string(s.of)
	}
	return p
}

// values are what was typed, as a draft keeps it.
func (s *sheet) values() map[string][]string {
	all := map[string][]string{}
	if s.of != "" {
		all["of"] = []string{string(s.of)}
	}
	for _, p := range s.parts {
		for field, texts := range p.typed {
			all[p.name(field)] = texts
		}
		if p.id != "" {
			all[p.name("id")], all[p.name("version")] = []string{string(p.id)}, []string{p.version}
		} else if len(p.typed) == 0 {
			all[p.name("id")] = []string{""}
		}
	}
	return all
}

// title is whom or what the draft is about, for a list; which form it is the list says.
func (s *sheet) title(l words.Language) string {
	p := s.parts[0]
	if text := p.subjectName(); text != "" {
		return text
	}
	return joinSome([]string{p.nameOf(l, "head_name"), p.nameOf(l, "name"), p.said(l, "birth_date"), p.said(l, "address"), p.nameOf(l, "employer_name")}, 2)
}

// subjectName is whom an event is about, as it was called or typed; "" for another kind.
func (p *part) subjectName() string {
	f := about(p.kind)
	if f == nil || p.kind.Sort != schema.Event {
		return ""
	}
	typed, of := first(p.typed[f.Name+"~"]), first(p.typed[f.Name+"@"])
	if called := p.called[f.Name]; called != "" && (typed == "" || typed == of) {
		return called
	}
	return withoutDigits(typed)
}

// nameOf is what stands in a field of a name, for a title.
func (p *part) nameOf(l words.Language, field string) string {
	return withoutDigits(p.text(l, field))
}

// withoutDigits is a text in which somebody names a person, without what may be the
// beginning or the end of an ID number.
func withoutDigits(text string) string {
	return strings.TrimSpace(someDigits.ReplaceAllString(text, ""))
}

var someDigits = regexp.MustCompile(`[0-9０-９]{4,}[xXＸｘ]?`)

func sizeOf(values map[string][]string) (size int) {
	for name, texts := range values {
		for _, text := range texts {
			size += len(name) + len(text)
		}
	}
	return size
}

func first(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return strings.TrimSpace(texts[0])
}
