// Package duplicates is the pages of duplicate cases: persons of this station whom another
// community may have too, with why, who counts, and what was answered and decided.
package duplicates

import (
	"cmp"
	"embed"
	"net/http"
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
)

//go:embed all:pages
var files embed.FS

// Add registers the pages.
func Add(s *visit.Site) error {
	s.Get("/duplicates", people.Read, list)
	s.Get("/duplicate/{case}", people.Read, show)
	s.Post("/duplicate/{case}", people.Write, reply)
	return s.Shell.Add("duplicates", files, "pages")
}

// word is what the city has said of a person of this station.
type word struct {
	Case, Href, Person, Name  string
	Other, Score, State       string
	Reasons, On, Due, Decided string
	To, Why                   string
	Counts, Correct, Open     bool
	Void                      bool    // the record is
	Answer                    *answer // of this station; nil: none yet
	Enter                     string  // where to answer; "" for who may not, and of a case that is not open
	Choices                   []choice
	Given                     answer // what was typed and cannot be
	Error                     string

	id change.RecordID
}

// answer is what this station has answered.
type answer struct{ On, Code, Said, Note, By string }

// choice is an answer that there is.
type choice struct {
	Code, Word string
	Chosen     bool
}

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
	return v.Page("tasks", "duplicates/show", words[0].shown(v))
}

// shown adds the answers that there are, the one that was given chosen.
func (w word) shown(v *visit.Visit) word {
	w.Choices = choices(v)
	for i := range w.Choices {
		w.Choices[i].Chosen = w.Choices[i].Code == w.Given.Code
	}
	return w
}

// reply writes what this station answers; what cannot be is shown again with why.
func reply(v *visit.Visit) error {
	name, form := v.R.PathValue("case"), v.R.PostFormValue
	given := desk.DuplicateReply{Answer: form("answer"), Note: form("note"), By: v.Who.Name}
	_, err := desk.DuplicatesOf(v.Site.Desk).Answer(v.Ctx(), name, given, v.Asker("duplicates"))
	switch fault.Of(err) {
	case fault.OK:
		v.Site.Stale()
		return v.Go("/duplicate/" + url.PathEscape(name))
	case fault.NotFound:
		return visit.NotFound()
	case fault.Invalid:
	default:
		return err
	}
	words, wrong := wordsOf(v, "case = "+strconv.Quote(name))
	if wrong != nil || len(words) == 0 {
		return cmp.Or(wrong, err)
	}
	w := words[0]
	w.Given, w.Error = answer{Code: given.Answer, Note: given.Note}, v.Lang.Line(err.Error())+v.Say("。什么都没有写入。", ". Nothing was written.")
	if given.Answer == "" {
		w.Error = v.Say("没有选核实意见。", "No answer is chosen.")
	}
	return v.PageAs(http.StatusUnprocessableEntity, "tasks", "duplicates/show", w.shown(v))
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
		if w.Name, _ = person.Fields["name"].(string); person.Void {
			w.Void, w.Counts = true, false
		}
	}
	k, _ := v.Site.Replica.Schema.Kind(facts.DuplicateAnswer)
	said, err := v.Site.Desk.Get(v.Ctx(), facts.DuplicateAnswer, facts.DuplicateAnswerID(v.Site.Replica.Members.Unit().ID, w.id), v.Asker("duplicates"))
	switch {
	case fault.Of(err) == fault.NotFound:
	case err != nil:
		return err
	case !said.Void:
		text := func(field string) string { return values.Text(k, field, said.Fields[field], v.Lang) }
		code, _ := said.Fields["answer"].(string)
		w.Answer = &answer{On: text("on"), Code: code, Said: text("answer"), Note: text("note"), By: text("answered_by")}
		w.Given = *w.Answer
	}
	if w.Open && v.Writes(k) {
		w.Enter = w.Href
	}
	return nil
}

// choices are the answers that there are.
func choices(v *visit.Visit) (all []choice) {
	k, _ := v.Site.Replica.Schema.Kind(facts.DuplicateAnswer)
	f, _ := k.Field("answer")
	for _, item := range f.List().Items {
		all = append(all, choice{Code: item.Code, Word: item.Label().In(string(v.Lang))})
	}
	return all
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
