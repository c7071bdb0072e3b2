package facts

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/flow"
)

// The kinds of what has to be done.
const (
	CaseKind = "case"
	TaskKind = "task"
)

// matter is a case with what its row says of it.
type matter struct {
	flow.Case
	about  *member
	of     change.RecordID // the certificate or loan that it is of; "" for none
	clocks []flow.Running
	by     *Entry // the event that began it
	state  string // a code of the list case_state

	tier  func(*flow.Running) int // who has to act; nil: whom the clock names
	cells cells                   // what its row says besides

	appeared string // what the first step that counts and says it says of when it came to this
}

// judgeCases judges the steps of all members, before anything else is made of them: a step
// that another one overrules, or of a tier that may not take it, recognises nobody. One
// that is only out of turn does, as what is copied from paper leaves steps out.
func (f *family) judgeCases() {
	f.overruled = map[change.RecordID]bool{}
	for _, m := range f.members {
		m.cases = f.casesOf(m)
		for _, c := range m.cases {
			for _, u := range c.Unheard {
				if u.Why != flow.OutOf {
					f.overruled[EventOf(u.ID)] = true
				}
			}
		}
	}
}

// zeroCases are the cases of the household as one without anybody at work.
func (f *family) zeroCases() (all []*matter) {
	if m := f.head(); m != nil {
		for _, c := range m.cases {
			if c.Flow.Name == flow.Family && c.by.is("family_kind", zeroFamily) {
				all = append(all, c)
			}
		}
	}
	return all
}

// casesOf are the cases of a member; those of the household stand with its head.
func (f *family) casesOf(m *member) (all []*matter) {
	all = append(all, f.matters(m, flow.Hardship, grouped(m.events, hardshipStep, ""))...)
	all = append(all, f.matters(m, flow.Registration, map[string][]taken{"": registrationSteps(m)})...)
	all = append(all, f.matters(m, flow.Benefit, benefitSteps(m))...)
	all = append(all, f.matters(m, flow.Certificate, f.paperSteps(m, certificateKind, certificateStep, certificateSteps))...)
	all = append(all, f.matters(m, flow.Loan, f.paperSteps(m, loanKind, loanStep, loanSteps))...)
	if m == f.head() {
		all = append(all, f.matters(m, flow.Family, grouped(f.events, familyStep, "family_kind"))...)
	}
	return all
}

// head is the member with whom stands what is the household's: the head, or the eldest
// where nobody or more than one is said to be. So it does not hang on ids.
func (f *family) head() *member {
	if f.household == nil || len(f.members) == 0 {
		return nil
	}
	first := f.members[0]
	for _, m := range f.members[1:] {
		if m.before(first) {
			first = m
		}
	}
	return first
}

// before reports whether a member stands for the home before another: a head, else the
// elder.
func (m *member) before(o *member) bool {
	if a, b := m.is("relation", head), o.is("relation", head); a != b {
		return a
	}
	a, b := m.date("birth_date"), o.date("birth_date")
	return a != "" && (b == "" || a < b)
}

// taken is a step and the event that says it.
type taken struct {
	flow.Step
	by *Entry
}

// take makes a step of an event.
func take(e *event, name string) taken {
	return taken{flow.Step{ID: string(e.ID), Name: name, On: e.on, Level: e.Level, Answers: e.ref("answers")}, e.Entry}
}

// grouped are the steps of one kind of events, by a field that tells cases apart.
func grouped(events []event, kind, field string) map[string][]taken {
	groups := map[string][]taken{}
	for i := range events {
		if e := &events[i]; e.Kind == kind {
			groups[e.text(field)] = append(groups[e.text(field)], take(e, e.text("step")))
		}
	}
	return groups
}

// askedStep ends the id of the step of a registration that its event says beside registered.
const askedStep = saidBy + "asked"

// registrationSteps: asked and registered are of one event; the first contact behind it
// is a step, later ones renew the clock of contacts.
func registrationSteps(m *member) (steps []taken) {
	contacted := true
	for i := range m.events {
		switch e := &m.events[i]; {
		case e.Kind == "registration":
			asked := take(e, "asked")
			asked.ID, asked.On = asked.ID+askedStep, cmp.Or(min(e.date("asked_on"), e.on), e.on)
			steps, contacted = append(steps, asked, take(e, "registered")), false
		case e.Kind == "deregistration":
			steps, contacted = append(steps, take(e, "deregistered")), true
		case !contacted && reaches(e):
			steps, contacted = append(steps, take(e, "contacted")), true
		}
	}
	return steps
}

// reaches reports whether somebody was met or spoken to by an event.
func reaches(e *event) bool {
	return !failed(e) && slices.Contains([]string{"contact", "guidance", "service", "referral", "follow_up"}, e.Kind)
}

// failed reports whether an event is a contact that does not say that it reached anybody.
func failed(e *event) bool { return e.Kind == "contact" && !e.yes("reached") }

// benefitSteps are the steps of each application.
func benefitSteps(m *member) map[string][]taken {
	groups := map[string][]taken{}
	for i := range m.events {
		e := &m.events[i]
		of, name := e.ref("application"), ""
		switch e.Kind {
		case "benefit_application":
			of, name = string(e.ID), "applied"
		case "benefit_decision":
			if name = e.text("result"); name == "approved" {
				name = decidedBy[cmp.Or(e.text("tier"), levelCode(e.Level))]
			}
		case "payment":
			name = "paid"
		}
		if of != "" && name != "" {
			groups[of] = append(groups[of], take(e, name))
		}
	}
	return groups
}

// decidedBy is the step of a benefit that was approved by a tier, of the list deciding_tier.
var decidedBy = map[string]string{"5": "community", "4": "street", "3": "district", "2": "district"}

func levelCode(level int) string { return string(rune('0' + cmp.Or(level, flow.Community))) }

// matters are the cases of one flow, with their clocks.
func (f *family) matters(m *member, name string, groups map[string][]taken) (all []*matter) {
	for of, steps := range groups {
		bare := make([]flow.Step, len(steps))
		for i := range steps {
			bare[i] = steps[i].Step
		}
		for _, c := range flow.Flows[name].Cases(bare) {
			x := &matter{Case: c, about: m, by: steps[slices.Index(bare, c.Steps[0])].by, state: c.Flow.Code(c.Last().Name)}
			for _, s := range c.Steps {
				x.appeared = cmp.Or(x.appeared, steps[slices.Index(bare, s)].by.date("appeared_on"))
			}
			if name == flow.Certificate || name == flow.Loan {
				x.of = change.RecordID(of)
			}
			x.clocks = c.Clocks(f.terms, func(clock string) []string { return f.renewals(m, clock, of) })
			if name == flow.Loan {
				x.clocks = append(x.clocks, f.instalment(m, x)...)
			}
			all = append(all, x)
		}
	}
	slices.SortFunc(all, func(a, b *matter) int { return strings.Compare(a.Steps[0].ID, b.Steps[0].ID) })
	return all
}

// renewals are the days of the events that renew a clock, of a loan that of one loan.
func (f *family) renewals(m *member, clock, of string) (days []string) {
	if m == nil {
		return nil
	}
	if clock == "loan_follow" {
		return m.followed(of)
	}
	if clock == "family_visit" {
		for _, e := range f.events {
			if e.Kind == "visit" && e.is("result", metSomebody) {
				days = append(days, e.on)
			}
		}
		return days
	}
	for i := range m.events {
		if e := &m.events[i]; reaches(e) {
			days = append(days, e.on)
		}
	}
	return days
}

// caseRow is the row of a case, named by the event that began it.
func (b *Book) caseRow(f *family, c *matter) {
	row := f.subject(c.about).and(c.cells).with("flow", change.TextOrNull(c.Flow.Name)).with("state", change.TextOrNull(c.state)).day("since", c.Last().On).
		day("begun_on", c.Steps[0].On).from(c.by, "family_kind", "benefit").with("certificate_kind", f.certificateKind(c)).day("appeared_on", c.appeared).
		day("declared_on", c.on("DECLARED", "FOUND")).day("recognised_on", c.on("STREET_CONFIRMED", "recognised", "district")).
		day("employed_on", c.on("ONE_EMPLOYED", "DUAL_EMPLOYED")).day("dual_on", c.on("DUAL_EMPLOYED")).
		with("ended", change.Bool(c.Ended)).with("steps", change.Int(int64(len(c.Steps)))).with("unheard", change.Int(int64(len(c.Unheard))))
	if c.Ended {
		row.day("ended_on", c.Last().On)
	}
	due, overdue, late := "", false, []string(nil)
	for i := range c.clocks {
		switch r := &c.clocks[i]; {
		case r.Runs():
			overdue = f.passed(r.Due) || overdue
			if due == "" || r.Due < due {
				due = r.Due
			}
		case r.Late() && !slices.Contains(late, r.Name):
			late = append(late, r.Name)
		}
	}
	f.add(CaseKind, c.by.ID, row.day("due", due).with("overdue", change.Bool(overdue)).with("late", set(late)).with(CountsField, b.caseCounts(f, c)))
}

// certificateKind is the kind of the certificate that a case is of.
func (f *family) certificateKind(c *matter) change.Value {
	if c.about == nil {
		return change.Null
	}
	at := slices.IndexFunc(c.about.held, func(e Entry) bool { return e.Kind == certificateKind && e.ID == c.of })
	if at < 0 {
		return change.Null
	}
	return c.about.held[at].value("kind")
}

// on is the day of the first step that counts and has one of some names; "" for none.
func (c *matter) on(names ...string) string {
	for _, s := range c.Steps {
		if slices.Contains(names, s.Name) {
			return s.On
		}
	}
	return ""
}

// subject begins a row about a member with whom it is about.
func (f *family) subject(m *member) cells {
	switch {
	case m == nil && f.household != nil: // nobody is listed with it yet
		return cells{"household": change.Text(string(f.household.ID)), "name": f.household.value("head_name")}
	case m == nil:
		return maps.Clone(f.about)
	}
	row := cells{"person": change.Text(string(m.ID)), "name": m.value("name")}
	if f.household != nil {
		row["household"] = change.Text(string(f.household.ID))
	}
	return row
}
