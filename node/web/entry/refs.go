package entry

import (
	"fmt"
	"slices"
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

// find turns the texts by which records are chosen into their ids: one that is the whole
// name or number of a single record is that; of all else people choose, as a fragment
// that fits one alone may still mean somebody who is not here yet. A record that was
// chosen stands as long as its text does.
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
	found, exact, err := seek(v, f.Ref, text)
	switch kind := fault.Of(err); {
	case kind == fault.Invalid: // it is not searched: it is called by its number
		p.typed[f.Name] = []string{text}
		return nil
	case err != nil:
		return err
	}
	p.typed[f.Name], p.typed[f.Name+"@"] = []string{""}, []string{text}
	problem := schema.Problem{Field: f.Name, Rule: "ref", Hard: true}
	switch {
	case len(exact) == 1:
		p.typed[f.Name] = []string{exact[0]}
		return nil
	case len(found) == 0:
		problem.Message, problem.Zh = "nothing is found: try another word", "没有找到，换个说法再找"
	case len(found) == 1:
		problem.Message, problem.Zh = "one is near: choose it if it is meant, else try another word", "有一条相近的，是它就选上，不是就换个说法再找"
	case len(exact) > 1:
		problem.Message, problem.Zh = "several are called so: choose one", "同名的有几个，请选一个"
	default:
		problem.Message, problem.Zh = "several are found: choose one", "找到几条，请选一条"
	}
	p.choices[f.Name], p.own = found, append(p.own, problem)
	return nil
}

// seek searches for records of a kind, as options of a list; exact are those of which the
// text is the whole name or number. It returns Invalid for a kind that is not searched.
func seek(v *visit.Visit, kind, text string) (found []pages.Option, exact []string, err error) {
	k, known := v.Site.Replica.Schema.Kind(kind)
	if !known {
		return nil, nil, visit.NotFound()
	}
	err = v.Site.Desk.Search(v.Ctx(), desk.Search{Text: text, Kind: kind, Limit: maxChoices}, v.Asker("choose"), func(hit *desk.Hit) error {
		found = append(found, pages.Option{Value: string(hit.ID), Text: tellApart(v, k, hit.Shown, hit.Home)})
		if isExact(k, hit.Match) {
			exact = append(exact, string(hit.ID))
		}
		return nil
	})
	return found, exact, err
}

// isExact reports whether a record was found by its whole name or number as it is
// written: an address or a phone is that of several, and so is how a name is read.
func isExact(k *schema.Kind, m desk.Match) bool {
	f, known := k.Field(m.Field)
	if m.How != "whole" || m.Pinyin {
		return false
	}
	return !known || f.PersonName || f.Type == schema.IDNumber || slices.Contains(nameFields, f.Name) || strings.HasSuffix(f.Name, "_no")
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
