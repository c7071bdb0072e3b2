package entry

import (
	"fmt"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// maxChoices is how many records are offered where a text leads to several.
const maxChoices = 8

// find turns the texts by which records are chosen into their ids: one that leads to a
// single record is that; of several people choose. A record that was chosen stands as
// long as its text does.
func (s *sheet) find(v *visit.Visit) error {
	for _, p := range s.parts {
		p.choices, p.own = map[string][]pages.Option{}, nil
		for _, f := range p.kind.Fields {
			text, typed := p.typed[f.Name+"~"]
			if f.Type != schema.Ref || !typed {
				continue
			}
			if err := p.findOne(v, f, first(text)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *part) findOne(v *visit.Visit, f *schema.Field, text string) error {
	switch {
	case text == "":
		p.typed[f.Name] = []string{""}
		return nil
	case first(p.typed[f.Name]) != "" && first(p.typed[f.Name+"@"]) == text:
		return nil
	}
	found, err := seek(v, f.Ref, text)
	switch kind := fault.Of(err); {
	case kind == fault.Invalid: // it is not searched: it is called by its number
		p.typed[f.Name] = []string{text}
		return nil
	case err != nil:
		return err
	}
	p.typed[f.Name], p.typed[f.Name+"@"] = []string{""}, []string{text}
	switch len(found) {
	case 0:
		p.own = append(p.own, schema.Problem{Field: f.Name, Rule: "ref", Hard: true, Message: "nothing is found: try another word", Zh: "没有找到，换个说法再找"})
	case 1:
		p.typed[f.Name] = []string{found[0].Value}
	default:
		p.choices[f.Name] = found
		p.own = append(p.own, schema.Problem{Field: f.Name, Rule: "ref", Hard: true, Message: "several are found: choose one", Zh: "找到几条，请选一条"})
	}
	return nil
}

// seek searches for records of a kind, as options of a list. It returns Invalid for a
// kind that is not searched.
func seek(v *visit.Visit, kind, text string) (found []pages.Option, err error) {
	k, known := v.Site.Replica.Schema.Kind(kind)
	if !known {
		return nil, visit.NotFound()
	}
	err = v.Site.Desk.Search(v.Ctx(), desk.Search{Text: text, Kind: kind, Limit: maxChoices}, v.Asker("choose"), func(hit *desk.Hit) error {
		found = append(found, pages.Option{Value: string(hit.ID), Text: sayHit(v, k, hit.Shown)})
		return nil
	})
	return found, err
}

// sayHit is a record in a list to choose from: its name, and what tells it from others
// of that name.
func sayHit(v *visit.Visit, k *schema.Kind, shown *desk.Shown) string {
	p := storedPart(0, k, shown)
	var said []string
	for _, name := range []string{"name", "head_name", "employer_name", "occupation", "title", "birth_date", "address", "wage"} {
		if f, known := k.Field(name); known {
			if text := strings.Join(p.texts(v.Lang, f, false), ""); text != "" {
				said = append(said, text)
			}
		}
	}
	if len(said) == 0 {
		return string(shown.ID)
	}
	return schema.MaskIDNumbers(strings.Join(said[:min(len(said), 3)], " "))
}

// eventsOf are the records of a kind of event about one person or household, to choose
// from; nil for other kinds.
func eventsOf(v *visit.Visit, f *schema.Field, p *part) ([]pages.Option, error) {
	k, known := v.Site.Replica.Schema.Kind(f.Ref)
	if !known || k.Sort != schema.Event || k.Subject != p.kind.Subject || k.Day == "" {
		return nil, nil
	}
	subject := about(p.kind)
	id := ""
	if subject != nil {
		id = p.refOf(subject)
	}
	if id == "" || change.RecordID(id).Validate() != nil {
		return nil, nil //nolint:nilerr // nobody is chosen
	}
	chosen := p.refOf(f)
	all := []pages.Option{{Text: v.Say("未填", "not filled in")}}
	where := fmt.Sprintf("%s = %q", k.Subject, id)
	err := v.Site.Desk.List(v.Ctx(), k.Name, where, v.Asker("choose"), func(shown *desk.Shown) error {
		day, _ := shown.Fields[k.Day].(string)
		all = append(all, pages.Option{Value: string(shown.ID), Text: k.Label.In(string(v.Lang)) + " " + day, On: string(shown.ID) == chosen})
		return nil
	})
	return all, err
}
