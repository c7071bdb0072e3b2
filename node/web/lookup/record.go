package lookup

import (
	"net/url"

	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
	"tongbu/node/web/work"
)

// manySteps is how many rows the page of a record has of its history.
const manySteps = 150

// record is the page of any record.
type record struct {
	Kind, Name, Ref string
	Void, Writes    bool
	Waits           *visit.VoidAsked // a void of it is asked for
	Subject         string           // address of whom it is about; "": nobody
	SubjectWord     string
	Fields          []said
	Word            pages.Word
	Newest          *newest
	Findings        []string
	Lost            []lost
	Conflicts       []string
	Conflict        string
	Edit            string
	Match           string // where persons for a vacancy are found; "": of other records
	Sent            *sent  // who was referred to a vacancy; nil: of other records
	History         history
}

func showRecord(v *visit.Visit) error {
	k, known := v.Site.Replica.Schema.Kind(v.R.PathValue("kind"))
	if !known || k.System || k.Sort == schema.Derived {
		return visit.NotFound()
	}
	id := pathID(v)
	shown, err := v.Site.Desk.Read(v.Ctx(), k.Name, id, v.Asker(""))
	if err != nil {
		return notFoundInstead(err)
	}
	if k.Personal && !mayShow(v, shown.Unit) {
		return visit.NotFound()
	}
	past, err := v.Site.Desk.History(v.Ctx(), k.Name, id, v.Asker(""))
	if err != nil {
		return notFoundInstead(err)
	}
	page := record{Kind: v.Label(k.Label), Name: nameOf(v, k, shown), Ref: k.Name + "/" + string(shown.ID), Void: shown.Void, Writes: v.Writes(k),
		Fields: sayFields(v, k, shown, "unit", "valid"), Word: word(v, shown), Findings: findings(v, k, shown.Findings, shown.FoundIn), Lost: lostOf(v, k, shown),
		Edit: values.EditPath(k.Name, shown.ID), Conflict: "/decide/conflict/" + k.Name + "/" + url.PathEscape(string(shown.ID))}
	if k.Name == "vacancy" && !shown.Void {
		page.Match = work.MatchPath(k.Name, string(shown.ID))
		if page.Sent, err = sentTo(v, shown.ID); err != nil {
			return err
		}
	}
	for _, field := range shown.Conflicts {
		page.Conflicts = append(page.Conflicts, values.Label(k, field, v.Lang))
	}
	if f, has := k.Field(k.Subject); has && f.Type == schema.Ref {
		if about, _ := shown.Fields[f.Name].(string); about != "" {
			page.Subject, page.SubjectWord = visit.RecordPath(f.Ref, about), calledIn(v, f, shown)
		}
	}
	if page.Waits, err = v.AskedToVoid(k.Name, shown.ID); err != nil {
		return err
	}
	if page.History, err = historyOf(v, k, past, manySteps); err != nil {
		return err
	}
	page.Newest = newestOf(page.History)
	return v.Page("households", "lookup/record", page)
}

// mayShow reports whether persons of a unit are this unit's to look at: its own, and what
// units above it have said of them.
func mayShow(v *visit.Visit, code string) bool {
	t := v.Site.Replica.Members.Tree()
	if code == v.Site.Replica.Members.Unit().Code || t == nil {
		return true
	}
	u, known := t.ByCode(code)
	return known && v.Site.Replica.OnLine(u.ID)
}
