package lookup

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tongbu/internal/calendar"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/node/web/visit"
)

// People of other units are asked for up the line, by who may ask about them: a unit asks
// about itself and those below it. Why is said first, since the hub that answers writes
// down who looked at whom and why.

// purposes are what people of other units are looked at for.
var purposes = []purpose{
	{"duplicate", pages.Text{Zh: "查重：来本站登记", En: "checking for a second record: somebody registers here"}},
	{"moved", pages.Text{Zh: "迁入核对", En: "checking who moves in"}},
	{"job", pages.Text{Zh: "岗位推荐", En: "recommending a job"}},
}

type purpose struct {
	Code string
	Word pages.Text
}

// elsewhere is what was found in the units below.
type elsewhere struct {
	Missing bool   // no purpose was given
	Why     string // the purpose, in words
	Failed  string // why there is no answer
	Rows    []stranger
	More    bool
	AsOf    time.Time
	Units   int
	Silent  int
}

// stranger is a person of another unit, as much as is needed to tell who it is.
type stranger struct{ Name, SexAge, Number, Unit, State string }

// Purposes are for the page.
func (results) Purposes() []purpose { return purposes }

// askTime is how long somebody waits for the line.
const askTime = 10 * time.Second

// searchElsewhere answers with what was found here and in the units below.
func searchElsewhere(v *visit.Visit) error {
	found, err := find(v, v.R.PostFormValue("q"))
	if err != nil {
		return err
	}
	if found.Text != "" && found.Above {
		found.Else = askElsewhere(v, found.Text, v.R.PostFormValue("why"))
	}
	return v.Page("search", "lookup/search", found)
}

// askElsewhere asks for persons by a whole ID number or a name. What fails is said in
// its place: the people of this unit are found as ever.
func askElsewhere(v *visit.Visit, text, why string) *elsewhere {
	e := &elsewhere{}
	for _, p := range purposes {
		if p.Code == why {
			e.Why = p.Word.In(v.Lang)
		}
	}
	if e.Why == "" {
		e.Missing = true
		return e
	}
	if v.Site.Ask == nil {
		e.Failed = v.Say("这里没有上级可以问。", "There is no hub to ask.")
		return e
	}
	field, value := "name", text
	if number := schema.NormalizeID(text); schema.HoldsIDNumber(number) {
		field, value = "id_number", number
	}
	ctx, cancel := context.WithTimeout(v.Ctx(), askTime)
	defer cancel()
	answer, err := v.Site.Ask(ctx, question.Question{Kind: "person", Filter: field + " = " + quoted(value), PageSize: shownHits, Labels: true,
		Select: []string{"unit", "name", "sex", "birth_date", "id_number", "status"}, Operator: v.Who.Login, Purpose: e.Why})
	switch fault.Of(err) {
	case fault.OK:
		e.take(v, answer)
	case fault.Denied:
		e.Failed = v.Say("本站看不到那些社区的人，可请上一级帮查。", "This station may not look at people there; ask the next level up.")
	case fault.Unavailable, fault.Busy, fault.Canceled:
		e.Failed = v.Say("线路不通，别处的人现在查不了。本社区的人照常查。", "The line is down, so people elsewhere cannot be looked up now. Those of this unit are found as usual.")
	default:
		e.Failed = v.Lang.Line(err.Error())
	}
	return e
}

func (e *elsewhere) take(v *visit.Visit, a *question.Answer) {
	own := v.Site.Replica.Members.Unit().Code
	for _, row := range a.Rows {
		of := func(column string) string { return a.Get(row, column).Text() }
		label := func(column string) string {
			if name := of(column + question.LabelSuffix); name != "" {
				return name
			}
			return of(column)
		}
		if of("unit") == own {
			continue
		}
		s := stranger{Name: of("name"), SexAge: label("sex"), Number: schema.Masked(of("id_number")), Unit: label("unit"), State: label("status")}
		if years, ok := calendar.Age(of("birth_date"), v.Today()); ok {
			s.SexAge = strings.TrimSpace(s.SexAge + " " + strconv.Itoa(years))
		}
		e.Rows = append(e.Rows, s)
	}
	e.More, e.AsOf, e.Units, e.Silent = a.NextPageToken != "", a.Coverage.AsOf, a.Coverage.Units, len(a.Coverage.Silent)
}

// quoted is a text as a filter has it.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
