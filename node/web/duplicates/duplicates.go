// Package duplicates is the pages of duplicate cases: persons of this station whom another
// community may have too, with why, who counts, and what was answered and decided.
package duplicates

import (
	"cmp"
	"embed"
	"net/url"
	"slices"
	"strconv"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
	"tongbu/node/web/work"
)

//go:embed all:pages
var files embed.FS

// Add registers the pages.
func Add(s *visit.Site) error {
	s.Get("/duplicates", people.Read, list)
	s.Get("/duplicate/{case}", people.Read, show)
	return s.Shell.Add("duplicates", files, "pages")
}

// word is what the city has said of a person of this station.
type word struct {
	Case, Href, Person, Name  string
	Other, Score, State       string
	Reasons, On, Due, Decided string
	To, Why                   string
	Counts, Correct, Open     bool
	Answers                   []answer // of this station, the last one first
	Enter                     string   // where to answer; "" for who may not, and of a case that is not open

	id change.RecordID
}

// answer is what this station has answered.
type answer struct{ On, Said, Note, By string }

// page has the words that are listed.
type page struct {
	Words []word
	Open  int
}

func list(v *visit.Visit) error {
	words, err := wordsOf(v, "")
	if err != nil {
		return err
	}
	p := page{Words: words}
	for _, w := range words {
		if w.Open {
			p.Open++
		}
	}
	return v.Page("tasks", "duplicates/list", p)
}

func show(v *visit.Visit) error {
	words, err := wordsOf(v, "case = "+strconv.Quote(v.R.PathValue("case")))
	switch {
	case fault.Of(err) == fault.Invalid || err == nil && len(words) == 0:
		return visit.NotFound()
	case err != nil:
		return err
	}
	return v.Page("tasks", "duplicates/show", words[0])
}

// wordsOf are the city's words that fit a filter, the open ones first.
func wordsOf(v *visit.Visit, filter string) (all []word, err error) {
	k, _ := v.Site.Replica.Schema.Kind(facts.DuplicateCase)
	err = v.Site.Desk.List(v.Ctx(), facts.DuplicateCase, filter, v.Asker("duplicates"), func(shown *desk.Shown) error {
		all = append(all, wordAs(v, k, shown))
		return nil
	})
	for i := 0; i < len(all) && err == nil; i++ {
		err = all[i].fill(v)
	}
	slices.SortStableFunc(all, func(a, b word) int {
		if a.Open != b.Open {
			return map[bool]int{true: -1, false: 1}[a.Open]
		}
		return cmp.Or(cmp.Compare(b.On, a.On), cmp.Compare(a.Case, b.Case))
	})
	return all, err
}

func wordAs(v *visit.Visit, k *schema.Kind, shown *desk.Shown) word {
	text := func(field string) string { return values.Text(k, field, shown.Fields[field], v.Lang) }
	is := func(field string) bool { b, _ := shown.Fields[field].(bool); return b }
	plain := func(field string) string { t, _ := shown.Fields[field].(string); return t }
	w := word{id: shown.ID, Case: plain("case"), Person: plain("person"), Other: unitName(v, plain("other_unit")), Score: text("score"), State: text("state"), Reasons: text("reasons"),
		On: text("on"), Due: text("due_on"), Decided: text("decided_on"), To: unitName(v, plain("to_unit")), Why: text("reason"), Counts: is("counts"), Correct: is("to_correct"), Open: plain("state") == facts.DuplicateOpen}
	w.Href = "/duplicate/" + url.PathEscape(w.Case)
	return w
}

// fill adds who it is and what this station has answered.
func (w *word) fill(v *visit.Visit) error {
	person, err := v.Site.Desk.Get(v.Ctx(), "person", change.RecordID(w.Person), v.Asker("duplicates"))
	switch {
	case fault.Of(err) == fault.NotFound: // it was refused, or has gone
	case err != nil:
		return err
	default:
		w.Name, _ = person.Fields["name"].(string)
	}
	k, _ := v.Site.Replica.Schema.Kind(facts.DuplicateAnswer)
	err = v.Site.Desk.List(v.Ctx(), facts.DuplicateAnswer, "case = "+strconv.Quote(string(w.id)), v.Asker("duplicates"), func(shown *desk.Shown) error {
		text := func(field string) string { return values.Text(k, field, shown.Fields[field], v.Lang) }
		w.Answers = append(w.Answers, answer{On: text("on"), Said: text("answer"), Note: text("note"), By: text("answered_by")})
		return nil
	})
	slices.SortStableFunc(w.Answers, func(a, b answer) int { return cmp.Compare(b.On, a.On) })
	if w.Open && v.Writes(k) {
		w.Enter = work.NewPath(k.Name, change.RecordID(w.Person), map[string]string{"case": string(w.id)})
	}
	return err
}

// unitName is what a unit is called that a record names by its code or id.
func unitName(v *visit.Visit, named string) string {
	t := v.Site.Replica.Members.Tree()
	if t == nil || named == "" {
		return named
	}
	u, known := t.ByCode(named)
	if !known {
		u, known = t.Unit(change.UnitID(named))
	}
	if !known {
		return named
	}
	return u.Name
}
