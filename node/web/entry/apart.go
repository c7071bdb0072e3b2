package entry

import (
	"cmp"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// nameFields are the fields that say what a record is called.
var nameFields = []string{"head_name", "name", "employer_name", "title"}

// tellApart is a record in a list to choose from, and wherever one was chosen: its name,
// and what tells it from others of that name. Of a person that is the birth date, or the
// covered number, and where the person lives.
func tellApart(v *visit.Visit, k *schema.Kind, shown *desk.Shown, home *desk.Home) string {
	p := storedPart(0, k, shown)
	textOf := func(field string) string {
		f, known := k.Field(field)
		if !known {
			return ""
		}
		return strings.Join(p.texts(v.Lang, f, false), "")
	}
	said := []string{textOf("head_name"), textOf("name"), textOf("employer_name"), textOf("occupation"), textOf("title"), textOf("address"), textOf("wage")}
	if k.Name == "person" {
		said = []string{textOf("name"), cmp.Or(textOf("birth_date"), textOf("id_number")), textOf("hukou_address")}
		if home != nil && home.Address != "" {
			said[2] = home.Address
		}
	}
	return schema.MaskIDNumbers(joinSome(said, 3))
}

// joinSome joins those of the texts that say something, at most so many.
func joinSome(texts []string, most int) string {
	var some []string
	for _, text := range texts {
		if text != "" && len(some) < most {
			some = append(some, text)
		}
	}
	return strings.Join(some, " ")
}

// call says what the records are called that the fields name, so that two of one name are
// told apart. It asks once: whom it tells of is in the audit log.
func (p *part) call(v *visit.Visit) error {
	if p.called != nil {
		return nil
	}
	called := map[string]string{}
	byKind, fields := map[string][]change.RecordID{}, map[desk.Ref][]string{}
	for _, f := range p.kind.Fields {
		id := change.RecordID(p.refOf(f))
		if f.Type != schema.Ref || id == "" || strings.HasPrefix(string(id), "#") || len(id) > change.MaxName {
			continue
		}
		ref := desk.Ref{Kind: f.Ref, ID: id}
		if fields[ref] == nil {
			byKind[f.Ref] = append(byKind[f.Ref], id)
		}
		fields[ref] = append(fields[ref], f.Name)
	}
	for kind, ids := range byKind {
		all, err := v.Site.Desk.Several(v.Ctx(), kind, ids, v.Asker("edit"))
		if err != nil {
			return err
		}
		k, _ := v.Site.Replica.Schema.Kind(kind) // it was read
		for _, said := range all {
			text := said.Called
			if k.Sort != schema.Event {
				text = cmp.Or(tellApart(v, k, said.Shown, said.Home), text)
			}
			for _, field := range fields[desk.Ref{Kind: kind, ID: said.ID}] {
				called[field] = text
			}
		}
	}
	p.called = called
	return nil
}
