package entry

import (
	"fmt"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/words"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// twin is where else that stands which a rule allows once: in the forms of other members,
// or in a record that is here, which is named.
type twin struct {
	members    []int
	to, called string // the address of the record's page, and what it is called; "": there is none
}

// findTwins says of each part where else that stands which is allowed once. Whom it names
// is in the audit log.
func (s *sheet) findTwins(v *visit.Visit, answer desk.FormAnswer) error {
	for _, p := range s.parts {
		p.twins = map[string]twin{}
		for field, ids := range p.answer.Others {
			var t twin
			for _, id := range ids {
				at := slices.IndexFunc(answer.Parts, func(one desk.PartAnswer) bool { return one.ID == id })
				if at > 0 && s.household() {
					t.members = append(t.members, at)
					continue
				}
				if err := t.name(v, p.kind, id); err != nil {
					return err
				}
			}
			p.twins[field] = t
		}
	}
	return nil
}

// name names a record that is here: the first of several.
func (t *twin) name(v *visit.Visit, k *schema.Kind, id change.RecordID) error {
	if t.to != "" {
		return nil
	}
	shown, err := v.Site.Desk.Get(v.Ctx(), k.Name, id, v.Asker("same number"))
	if fault.Of(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	p, said := storedPart(0, k, shown), []string{}
	for _, name := range append(slices.Clone(nameFields), "id_number") {
		if f, known := k.Field(name); known {
			said = append(said, strings.Join(p.texts(v.Lang, f, false), ""))
		}
	}
	t.to, t.called = visit.RecordPath(k.Name, string(id)), schema.MaskIDNumbers(joinSome(said, 2))
	return nil
}

// saysTwin is a message with where else the same stands.
func (p *part) saysTwin(l words.Language, found schema.Problem, text string) (said, to, called string) {
	t := p.twins[found.Field]
	f, known := p.kind.Field(found.Field)
	if !known || len(t.members) == 0 {
		return text, t.to, t.called
	}
	var places []string
	for _, n := range t.members {
		places = append(places, fmt.Sprint(n))
	}
	of := fmt.Sprintf(say(l, "本表第 %s 人的%s也是这个", "Person %s of this form has the same: %s"), strings.Join(places, say(l, "、", ", ")), f.Label.In(string(l)))
	if t.to != "" {
		of += say(l, "；", "; ") + text
	}
	return of, t.to, t.called
}
