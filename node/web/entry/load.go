package entry

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/internal/words"
	"tongbu/node/desk"
	"tongbu/node/drafts"
	"tongbu/node/web/visit"
)

// load makes the sheet of a plan with the records as they are stored, which are in the
// audit log then; full: with their numbers.
func load(v *visit.Visit, p plan, full bool) (*sheet, error) {
	s := &sheet{plan: p, draft: drafts.NewID(), tab: drafts.NewID(), full: full}
	by := v.Asker("edit")
	if full {
		by = v.Asker("edit, numbers in full")
	}
	if p.subject == "" {
		s.begin(v)
		return s, nil
	}
	main, err := v.Site.Desk.Get(v.Ctx(), p.kinds[0].Name, p.subject, by)
	if err != nil {
		return nil, err
	}
	if s.parts, s.void = []*part{storedPart(0, p.kinds[0], main)}, main.Void; s.void {
		s.notes = append(s.notes, noteVoid(v))
	}
	if !p.household() {
		return s, nil
	}
	where := fmt.Sprintf("household = %q", string(main.ID))
	err = v.Site.Desk.Export(v.Ctx(), "person", where, "", desk.Findable, by, func(one *desk.Shown) error {
		if len(s.parts) > maxMembers {
			return errEnough
		}
		s.parts = append(s.parts, storedPart(len(s.parts), p.kinds[1], one))
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	s.inOrder()
	s.open = min(1, len(s.parts)-1)
	return s, nil
}

// errEnough ends a list.
var errEnough = errors.New("enough")

// inOrder puts the head of the household first, and the others by birth.
func (s *sheet) inOrder() {
	members := s.parts[1:]
	slices.SortStableFunc(members, func(a, b *part) int {
		head := func(p *part) int {
			if p.stored["relation"] == change.Text("02") {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(head(a), head(b)), cmp.Compare(a.stored["birth_date"], b.stored["birth_date"]))
	})
	for i, p := range s.parts {
		p.n = i
	}
}

func storedPart(n int, k *schema.Kind, shown *desk.Shown) *part {
	p := &part{n: n, kind: k, id: shown.ID, version: shown.Version, typed: map[string][]string{}, fixed: map[string]string{}, stored: map[string]change.Value{}}
	for name, item := range shown.Fields {
		if f, known := k.Field(name); known {
			p.stored[f.Name] = valueOf(item)
		}
	}
	return p
}

// valueOf is the value of an item as desk shows it.
func valueOf(item any) change.Value {
	switch x := item.(type) {
	case string:
		return change.Text(x)
	case bool:
		return change.Bool(x)
	case int64:
		return change.Int(x)
	case []string:
		return change.Set(x)
	}
	return change.Null
}

// begin makes the parts of new records, with what is known before anything is typed.
func (s *sheet) begin(v *visit.Visit) {
	for n := range s.kinds {
		p := s.fresh(n)
		s.parts = append(s.parts, p)
		for _, name := range []string{p.kind.Day, "survey_date", "registered_on", "asked_on"} {
			if f, known := p.kind.Field(name); known && f.Type == schema.Date {
				p.typed[f.Name] = []string{v.Today()}
			}
		}
		if f, known := p.kind.Field(p.kind.To); known && p.kind.To != "" { // what a station says for a unit, it says for itself
			p.typed[f.Name] = []string{v.Site.Replica.Members.Unit().Code}
		}
		if f, known := p.kind.Field("surveyor"); known {
			p.typed[f.Name] = []string{v.Who.Name}
		}
		if n == 0 {
			p.prefill(v.Lang, s.begun)
		}
	}
	if s.household() {
		s.open = 1
	}
}

// prefill fills in what an address says: codes of lists and records, which tell no person
// apart, and nothing else. A code stands there by its name, as in an edit. What is no code and no name of a record is left out.
func (p *part) prefill(l words.Language, begun url.Values) {
	for _, f := range p.kind.Fields {
		text := begun.Get(f.Name)
		if text == "" || p.fixed[f.Name] != "" || !asks(p.kind, f, false) {
			continue
		}
		switch f.Type {
		case schema.Code:
			if _, known := f.List().Item(text); known {
				p.typed[f.Name] = []string{pages.Textual(l, f, change.Text(text))}
			}
		case schema.Ref:
			if change.RecordID(text).Validate() == nil {
				p.typed[f.Name] = []string{text}
			}
		}
	}
}

// callAll says what the records are called that the parts name, when that is known: after
// what was typed has been read and found.
func (s *sheet) callAll(v *visit.Visit) error {
	for _, p := range s.parts {
		if err := p.call(v); err != nil {
			return err
		}
	}
	return nil
}

// refOf is the record that a field names as it stands; "" for none.
func (p *part) refOf(f *schema.Field) string {
	if id := p.fixed[f.Name]; id != "" {
		return id
	}
	if texts, said := p.typed[f.Name]; said {
		return first(texts)
	}
	return p.stored[f.Name].Text()
}

// suggestsZero reports whether the records of a household say that nobody in it works,
// and its form does not.
func (s *sheet) suggestsZero(v *visit.Visit) (bool, error) {
	if !s.household() || s.subject == "" {
		return false, nil
	}
	f, _ := s.parts[0].kind.Field("kinds")
	if slices.Contains(s.parts[0].texts(v.Lang, f, true), zeroKind) {
		return false, nil
	}
	facts, err := v.Site.Desk.Get(v.Ctx(), "household_facts", s.subject, v.Asker("edit"))
	if kind := fault.Of(err); kind == fault.NotFound || kind == fault.Unavailable {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	zero, _ := facts.Fields["zero_employment"].(bool)
	return zero, nil
}

// zeroKind is the kind of household in which nobody works, in list household_kind.
const zeroKind = "02"
