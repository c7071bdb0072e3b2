package lookup

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
	"tongbu/node/web/work"
)

// fewSteps is how many rows of a history a page shows; all of it stands on a page of its
// own.
const fewSteps = 25

// fewSaid is how many events a page shows.
const fewSaid = 20

// card is what the pages of a person and of a household share.
type card struct {
	ID, Name, Initial string
	Void              bool
	Waits             *visit.VoidAsked // a void of it is asked for
	Writes            bool
	Head              string // what stands beside the name
	Tags              []tag
	Newest            *newest
	Word              pages.Word
	Ref               string
	Fields            []said
	Members           []member
	Said              []told
	MoreSaid          int
	History           history
	Findings          []string
	Lost              []lost
	Conflicts         []string // labels of fields
	Conflict          string   // where they are settled
	Edit              string
	Transfer          string // where it is offered to another community; "": who is there may not
	Offered           string // where the open offer of it is; "": there is none
	Full              *full  // what somebody asked to see in full
	Cases             []work.Brief
	Tasks             []work.Line
}

// full is a number that is shown once, to who asked for it.
type full struct{ Label, Text string }

// member is somebody of a household.
type member struct {
	Href, Name, Relation, SexAge, State string
	Here                                bool
	Tags                                []tag
	Word                                pages.Word
	Ref                                 string
	Missing                             string // what is missing of the person's six
}

// told is what is recorded about somebody.
type told struct {
	Href, What, Day, Text, Who string
	Name                       string // whom it is about, on a household's page
	Entered                    time.Time
	Word                       pages.Word
	Ref                        string
	Void                       bool
}

func cardOf(v *visit.Visit, c *desk.Card) (card, error) {
	k := kindOf(v, c.Kind)
	page := card{ID: string(c.Subject.ID), Name: nameOf(v, k, c.Subject), Void: c.Subject.Void, Writes: v.Who.Role.May(people.Write), Word: word(v, c.Subject),
		Ref: c.Kind + "/" + string(c.Subject.ID), Edit: values.EditPath(c.Kind, c.Subject.ID), Lost: lostOf(v, k, c.Subject), Findings: findings(v, k, c.Subject.Findings, c.Subject.FoundIn),
		Conflict: "/decide/conflict/" + c.Kind + "/" + url.PathEscape(string(c.Subject.ID))}
	for _, r := range page.Name {
		page.Initial = string(r)
		break
	}
	for _, field := range c.Subject.Conflicts {
		page.Conflicts = append(page.Conflicts, values.Label(k, field, v.Lang))
	}
	for _, m := range c.Members {
		page.Members = append(page.Members, memberOf(v, c, m))
	}
	name, err := v.Names()
	if err == nil {
		page.Waits, err = v.AskedToVoid(c.Kind, c.Subject.ID)
	}
	if err != nil {
		return page, err
	}
	for i, t := range c.Said {
		if i == fewSaid {
			page.MoreSaid = len(c.Said) - fewSaid
			break
		}
		one := toldOf(v, t)
		one.Who = name(t.By, t.Actor)
		if c.Kind == householdKind {
			one.Name = calledOf(v, c, t.About)
		}
		page.Said = append(page.Said, one)
	}
	page.History, err = historyOf(v, k, c.Past, fewSteps)
	page.History.nameMarks(v, c.Said)
	page.History.Here = "/record/" + page.Ref
	page.Newest = newestOf(page.History)
	page.Cases, page.Tasks = work.BriefsOf(v, c)
	if err != nil {
		return page, err
	}
	return page, page.addTransfer(v, c)
}

// addTransfer says how a record of this unit is given away, or that it is being.
func (page *card) addTransfer(v *visit.Visit, c *desk.Card) error {
	name, err := desk.TransfersOf(v.Site.Desk).Offered(c.Kind, c.Subject.ID)
	switch {
	case err != nil || c.Subject.Void:
	case name != "":
		page.Offered = "/transfer/" + url.PathEscape(name)
	case v.Who.Role.May(people.Lead):
		page.Transfer = visit.RecordPath(c.Kind, page.ID) + "/transfer"
	}
	return err
}

const householdKind, personKind = "household", "person"

func memberOf(v *visit.Visit, c *desk.Card, m *desk.Shown) member {
	k := kindOf(v, personKind)
	one := member{Href: visit.RecordPath(personKind, string(m.ID)), Name: nameOf(v, k, m), Relation: relationOf(v, m), SexAge: sexAndAge(v, m),
		State: text(v, k, m.Fields, "status"), Here: m.ID == c.Subject.ID, Word: word(v, m), Ref: personKind + "/" + string(m.ID)}
	if m.Void {
		one.Tags = append(one.Tags, tag{"red", v.Say("已作废", "void")})
	}
	if fact := c.Fact("person_facts", m.ID); fact != nil {
		one.State = cmp.Or(text(v, kindOf(v, "person_facts"), fact.Fields, "status"), one.State)
		if missing := setOf(fact, "six_missing"); len(missing) > 0 && isInLedger(c, m.ID) {
			one.Missing = shortOf(v, missing)
		}
	}
	return one
}

// isInLedger reports whether somebody is one of those of whom six things are to be clear.
func isInLedger(c *desk.Card, id change.RecordID) bool { return c.Fact("ledger_unemployed", id) != nil }

func calledOf(v *visit.Visit, c *desk.Card, id change.RecordID) string {
	for _, m := range c.Members {
		if m.ID == id {
			return nameOf(v, kindOf(v, personKind), m)
		}
	}
	return ""
}

// toldOf says an event by what its printed list has first.
func toldOf(v *visit.Visit, t desk.Told) told {
	one := told{Href: visit.RecordPath(t.Kind.Name, string(t.ID)), What: v.Label(t.Kind.Label), Day: t.Day, Entered: t.Entered.In(v.Now().Location()),
		Word: word(v, t.Shown), Ref: t.Kind.Name + "/" + string(t.ID), Void: t.Void}
	var all []string
	for _, f := range t.Kind.Printed() {
		if f.Name == t.Kind.Subject || f.Name == t.Kind.Day || f.Type == schema.Ref || f.Name == "unit" {
			continue
		}
		if said := text(v, t.Kind, t.Fields, f.Name); said != "" {
			if f.Type == schema.Boolean {
				said = v.Label(f.Label) + " " + said
			}
			all = append(all, said)
		}
		if len(all) == 3 {
			break
		}
	}
	one.Text = strings.Join(all, v.Say("，", ", "))
	return one
}

// person is the page of a person.
type person struct {
	card
	Home, HomeName string
	Six            []clear
	Unclear        int
	Ledgers        []ledger
	Number, Phone  bool // there is one to be seen in full
	Acts           []work.Act
	Match          string // where vacancies for the person are found; "": there are none for who is void
}

// clear is one of the six that are to be known of somebody without work.
type clear struct {
	Word, Text string
	Not        bool
}

// ledger is a list that has the person, and where.
type ledger struct{ Name, Href string }

func showPerson(v *visit.Visit) error {
	page, err := readPerson(v)
	if err != nil {
		return err
	}
	return v.Page("households", "lookup/person", page)
}

func readPerson(v *visit.Visit) (person, error) {
	c, err := v.Site.Desk.Card(v.Ctx(), personKind, pathID(v), v.Asker(""))
	if err != nil {
		return person{}, err
	}
	return personOf(v, c)
}

func personOf(v *visit.Visit, c *desk.Card) (page person, err error) {
	if page.card, err = cardOf(v, c); err != nil {
		return page, err
	}
	k := kindOf(v, personKind)
	page.Fields = sayFields(v, k, c.Subject, "unit", "name", "household", "valid")
	page.Number, page.Phone = c.Subject.Fields["id_number"] != nil, c.Subject.Fields["phone"] != nil
	page.Head = strings.Join(slices.DeleteFunc([]string{sexAndAge(v, c.Subject), relationOf(v, c.Subject)}, func(s string) bool { return s == "" }), v.Say("，", ", "))
	if c.Household != nil {
		page.Home, page.HomeName = visit.RecordPath(householdKind, string(c.Household.ID)), nameOf(v, kindOf(v, householdKind), c.Household)
	}
	fact := c.Fact("person_facts", c.Subject.ID)
	page.Tags = personTags(v, c, fact)
	if fact != nil {
		page.Fields = withState(v, page.Fields, fact)
		page.Six, page.Unclear = sixOf(v, c, fact)
	}
	page.Ledgers = ledgersOf(v, c)
	page.Acts = work.ActsOf(v, c, fact)
	if !c.Subject.Void {
		page.Match = work.MatchPath(personKind, string(c.Subject.ID))
	}
	return page, nil
}

// personTags are at most five.
func personTags(v *visit.Visit, c *desk.Card, fact *desk.Shown) (all []tag) {
	if c.Subject.Void {
		all = append(all, tag{"red", v.Say("已作废", "void")})
	}
	if c.Household != nil {
		all = append(all, kindTags(v, setOf(c.Household, "kinds"), isZero(c, c.Household.ID))...)
	}
	yes := func(field string) bool {
		is, _ := fact.Fields[field].(bool)
		return is
	}
	if fact != nil {
		if yes("older") {
			all = append(all, tag{"amber", "4050"})
		}
		if yes("low_income") {
			all = append(all, tag{"", v.Say("低保", "allowance")})
		}
		if yes("registered") {
			all = append(all, tag{"", v.Say("登记失业", "registered")})
		}
	}
	return all[:min(len(all), 5)]
}

// withState puts the state as it is today before all else.
func withState(v *visit.Visit, fields []said, fact *desk.Shown) []said {
	k := kindOf(v, "person_facts")
	state := text(v, k, fact.Fields, "status")
	if state == "" {
		return fields
	}
	// Whoever is without work is so since the day of the loss, whenever that was registered.
	if since := cmp.Or(text(v, k, fact.Fields, "loss_on"), text(v, k, fact.Fields, "status_since")); since != "" {
		state += v.Say("，自 ", " since ") + since
	}
	label := values.Label(k, "status", v.Lang)
	fields = slices.DeleteFunc(fields, func(s said) bool { return s.Label == label })
	return append([]said{{Label: label, Text: state}}, fields...)
}

// six are the six that are to be known, with what is asked where one is not, and the
// fields that say it.
var six = []struct {
	code      string
	word, ask pages.Text
	says      []string
	inHold    bool // the fields are the household's
}{
	{"C1", pages.Text{Zh: "原因", En: "reason"}, pages.Text{Zh: "补失业日期和原因", En: "day and reason of the loss"}, []string{"loss_reason", "former_employer"}, false},
	{"C2", pages.Text{Zh: "家庭", En: "family"}, pages.Text{Zh: "户表有空项或人数不符", En: "the form has gaps, or the members differ"}, nil, true},
	{"C3", pages.Text{Zh: "社保", En: "insurance"}, pages.Text{Zh: "三险状态要在一年内", En: "three insurances, as of this year"}, []string{"pension_state", "medical_state"}, false},
	{"C4", pages.Text{Zh: "意愿", En: "wish"}, pages.Text{Zh: "补工种、报酬、地区", En: "trade, pay and area"}, []string{"wish_occupation_1", "wish_pay"}, false},
	{"C5", pages.Text{Zh: "去向", En: "placement"}, pages.Text{Zh: "90 天内没有服务", En: "no service in 90 days"}, nil, false},
	{"C6", pages.Text{Zh: "技能", En: "skill"}, pages.Text{Zh: "补技能和培训意愿", En: "skill and training wish"}, []string{"skill"}, false},
}

// shortOf are some of the six in short words.
func shortOf(v *visit.Visit, codes []string) string {
	var all []string
	for _, one := range six {
		if slices.Contains(codes, one.code) {
			all = append(all, one.word.In(v.Lang))
		}
	}
	return strings.Join(all, v.Say("、", ", "))
}

// sixOf are the six of somebody in the first ledger, with what each says, or what is to
// be asked.
func sixOf(v *visit.Visit, c *desk.Card, fact *desk.Shown) (all []clear, unclear int) {
	if !isInLedger(c, c.Subject.ID) {
		return nil, 0
	}
	missing := setOf(fact, "six_missing")
	for _, one := range six {
		row := clear{Word: one.word.In(v.Lang), Not: slices.Contains(missing, one.code)}
		if row.Not {
			row.Text = one.ask.In(v.Lang)
			unclear++
		} else {
			row.Text = v.Say("已清", "clear")
			if since := text(v, kindOf(v, "person_facts"), fact.Fields, "loss_on"); one.code == "C1" && since != "" {
				row.Text = since
			}
			if one.inHold {
				row.Text = strconv.Itoa(len(c.Members)) + v.Say(" 人齐", " members")
			}
			for _, field := range one.says {
				if t := text(v, kindOf(v, personKind), c.Subject.Fields, field); t != "" {
					row.Text = t
					break
				}
			}
		}
		all = append(all, row)
	}
	return all, unclear
}

// ledgersOf are the ledgers and registers that have the person; what else is made of the
// records is no ledger.
func ledgersOf(v *visit.Visit, c *desk.Card) (all []ledger) {
	numbers := map[string]string{"ledger_unemployed": "1", "ledger_seeking": "3", "ledger_training": "4", "ledger_insurance": "5"}
	met := map[string]bool{}
	for _, t := range c.Facts {
		name := t.Kind.Name
		if t.About != c.Subject.ID || met[name] {
			continue
		}
		met[name] = true
		switch n := numbers[name]; {
		case n != "":
			all = append(all, ledger{Name: v.Label(t.Kind.Label), Href: "/ledger/" + n})
		case strings.HasPrefix(name, "register_"):
			all = append(all, ledger{Name: v.Label(t.Kind.Label), Href: "/list/" + name})
		}
	}
	return all
}

// revealOf shows a number or a phone of a record in full, once: the page that follows has
// none of it. Who looked, and why, is in the audit log before it is shown.
func revealOf(kind string) visit.Action {
	return func(v *visit.Visit) error {
		field, known := revealed[kind][v.R.PostFormValue("field")]
		if !known {
			return fault.New(fault.NotFound, "no such page")
		}
		k := kindOf(v, kind)
		shown, err := v.Site.Desk.Get(v.Ctx(), kind, pathID(v), v.Asker(v.Say("看全号", "to see it in full")+" "+field))
		if err != nil {
			return err
		}
		if shown.Unit != v.Site.Replica.Members.Unit().Code {
			return fault.New(fault.NotFound, "no such page")
		}
		number, _ := shown.Fields[field].(string)
		seen := &full{Label: values.Label(k, field, v.Lang), Text: cmp.Or(number, v.Say("没有", "none"))}
		if kind == householdKind {
			page, err := readHousehold(v)
			page.Full = seen
			if err != nil {
				return err
			}
			return v.PageAs(http.StatusOK, "households", "lookup/household", page)
		}
		page, err := readPerson(v)
		page.Full = seen
		if err != nil {
			return err
		}
		return v.PageAs(http.StatusOK, "households", "lookup/person", page)
	}
}

// revealed are the fields that are shown in full, by kind and what forms call them.
var revealed = map[string]map[string]string{
	personKind:    {"number": "id_number", "phone": "phone"},
	householdKind: {"number": "head_id_number", "phone": "phone"},
}
