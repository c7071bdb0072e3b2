package ledger

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/web/visit"
)

// group are the kinds of one chapter of the schema.
type group struct {
	Title string
	Kinds []listed
}

type listed struct {
	Href, Title, Sort string
	Count             int
}

// showLists lists all kinds that people read, by groups, with how many rows each has.
func showLists(v *visit.Visit) error {
	counts, err := v.Site.Desk.Counts(v.Ctx())
	if err != nil {
		return err
	}
	var groups []group
	for _, k := range v.Site.Replica.Schema.Kinds() {
		n, kept := counts[k.Name]
		if !kept || k.System {
			continue
		}
		title := k.Group.In(string(v.Lang))
		at := slices.IndexFunc(groups, func(g group) bool { return g.Title == title })
		if at < 0 {
			at, groups = len(groups), append(groups, group{Title: title})
		}
		groups[at].Kinds = append(groups[at].Kinds, listed{Href: pathOf(k.Name), Title: labelOf(v, k), Sort: sortText(k).In(v.Lang), Count: n})
	}
	return v.Page("ledgers", "ledger/lists", groups)
}

func sortText(k *schema.Kind) pages.Text {
	switch k.Sort {
	case schema.Event:
		return pages.Text{Zh: "事件", En: "events"}
	case schema.Derived:
		return pages.Text{Zh: "由记录得出", En: "made of records"}
	}
	return pages.Text{Zh: "记录", En: "records"}
}

// recordPage shows one record in all its fields.
type recordPage struct {
	Kind, Title, Back, About string
	Ref                      string // KIND/ID
	Word                     pages.Word
	Void                     bool
	Conflicts                bool
	Lines                    []recordLine
}

type recordLine struct{ Label, Text, Href string }

func showRecord(v *visit.Visit) error {
	name := v.R.PathValue("name")
	k, known := v.Site.Replica.Schema.Kind(name)
	id := change.RecordID(v.R.PathValue("id"))
	if !known || k.System || k.Sort == schema.Derived || id.ValidateName() != nil {
		return visit.NotFound()
	}
	row, err := v.Site.Desk.Read(v.Ctx(), name, id, v.Asker("record "+name))
	if err != nil {
		return err
	}
	p := recordPage{Kind: labelOf(v, k), Back: pathOf(name), Ref: name + "/" + string(row.ID), Word: pages.WordOf(v.Lang, row.State, v.Site.Parent()), Void: row.Void, Conflicts: len(row.Conflicts) > 0}
	p.About = about(row)
	say := teller{k, v.Lang, false}
	p.Title = say.text(columnsOf(k, v.Lang)[0].field, row)
	for _, f := range k.Fields {
		text := say.text(f, row)
		if text == "" || f.Name == "unit" {
			continue
		}
		line := recordLine{Label: f.Label.In(string(v.Lang)), Text: text}
		if id, is := row.Fields[f.Name].(string); is && f.Type == schema.Ref {
			line.Href = refPath(f.Ref, id)
		}
		p.Lines = append(p.Lines, line)
	}
	return v.Page("ledgers", "ledger/record", p)
}

func refPath(kind, id string) string {
	if kind == "person" || kind == "household" {
		return "/" + kind + "/" + id
	}
	return "/list/" + kind + "/" + id
}
