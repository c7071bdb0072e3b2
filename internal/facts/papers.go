package facts

import (
	"cmp"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/flow"
)

// Certificates and loans are records about somebody, each with a case of its own. Its steps
// are those that somebody entered, and what the record alone says: a certificate that was
// copied from paper was issued, whoever entered no step of it.

// Carries reports whether a kind is of records about somebody that have events about
// themselves: what is said of a certificate is said of whoever has it. The steps of a loan
// name the borrower.
func Carries(kind string) bool { return kind == certificateKind }

// paper is a record with the steps of its case.
type paper struct {
	*family
	*Entry
	steps []taken
}

// paperSteps are the steps of each record of a kind that somebody has.
func (f *family) paperSteps(m *member, kind, stepKind string, of func(*paper)) map[string][]taken {
	groups := map[string][]taken{}
	for i := range m.held {
		p := &paper{family: f, Entry: &m.held[i]}
		if p.Kind != kind {
			continue
		}
		for k := range m.events {
			if e := &m.events[k]; e.Kind == stepKind && e.ref(kind) == string(p.ID) {
				p.steps = append(p.steps, take(e, e.text("step")))
			}
		}
		if of(p); len(p.steps) > 0 {
			slices.SortStableFunc(p.steps, func(a, b taken) int { return strings.Compare(a.On, b.On) })
			groups[string(p.ID)] = p.steps
		}
	}
	return groups
}

// said reports whether a step of one of some names was entered.
func (p *paper) said(names ...string) bool {
	return slices.ContainsFunc(p.steps, func(s taken) bool { return slices.Contains(names, s.Name) })
}

// last is the day of the last step, "" for none.
func (p *paper) last() (on string) {
	for _, s := range p.steps {
		on = max(on, s.On)
	}
	return on
}

// saidBy ends the id of a step that its record says, and no event.
const saidBy = "/"

// step is a step that the record says; before puts it before those of its day.
func (p *paper) step(name, on string, before bool) {
	if on == "" || !p.reached(on) {
		return
	}
	s := taken{flow.Step{ID: string(p.ID) + saidBy + name, Name: name, On: on, Level: p.Level}, p.Entry}
	if name == "granted" || name == "refused" {
		s.Level = flow.District // who writes it down does not decide
	}
	if before {
		p.steps = slices.Insert(p.steps, 0, s)
		return
	}
	p.steps = append(p.steps, s)
}

// certificateSteps adds what a certificate says: that it was issued, checked in a year,
// frozen, withdrawn. One that says nothing of a day has no case.
func certificateSteps(p *paper) {
	given := p.is("state", certificateValid, certificateFrozen, certificateWithdrawn) || !p.has("state") && p.date("issued_on") != ""
	issued := cmp.Or(p.date("issued_on"), p.date("yearly_on"))
	if given && !p.said("issued", "rejected") {
		p.step("issued", issued, true)
	}
	if !p.said("asked") {
		first := p.date("asked_on")
		for _, s := range p.steps {
			first = min(cmp.Or(first, s.On), s.On)
		}
		p.step("asked", first, true)
	}
	if yearly := p.date("yearly_on"); given && yearly > issued && !slices.ContainsFunc(p.steps, func(s taken) bool { return s.Name == "yearly" && s.On >= yearly }) {
		p.step("yearly", yearly, false)
	}
	switch {
	case len(p.steps) == 0:
	case p.date("withdrawn_on") != "" && !p.said("withdrawn"):
		p.step("withdrawn", p.date("withdrawn_on"), false)
	case p.is("state", certificateFrozen) && !p.said("frozen", "withdrawn"):
		p.step("frozen", cmp.Or(p.date("frozen_on"), p.last()), false)
	case p.is("state", certificateWithdrawn) && !p.said("withdrawn"):
		p.step("withdrawn", cmp.Or(p.date("withdrawn_on"), p.last()), false)
	}
}

// loanSteps adds what a loan says of its course.
func loanSteps(p *paper) {
	paid := ""
	if p.is("state", append([]string{loanRepaid}, loanRuns...)...) || p.date("paid_on") != "" && !p.is("state", loanRefused) {
		paid = cmp.Or(p.date("paid_on"), p.date("from"), p.date("decided_on"), p.date("applied_on"), p.date("recorded_on"))
	}
	granted := cmp.Or(p.date("decided_on"), paid)
	if paid == "" && !p.is("state", loanGranted) {
		granted = ""
	}
	for _, s := range [...]struct{ name, on string }{{"paid", paid}, {"granted", min(granted, cmp.Or(paid, granted))}, {"examined", p.date("examined_on")}} {
		if !p.said(s.name, "refused") {
			p.step(s.name, s.on, true)
		}
	}
	if !p.said("asked") {
		first := p.date("applied_on")
		for _, s := range p.steps {
			first = min(cmp.Or(first, s.On), s.On)
		}
		p.step("asked", first, true)
	}
	switch {
	case len(p.steps) == 0:
	case p.is("state", loanRefused) && !p.said("refused", "paid"):
		p.step("refused", cmp.Or(p.date("decided_on"), p.last()), false)
	case p.is("state", loanRepaid) && !p.said("repaid"):
		p.step("repaid", cmp.Or(p.date("repaid_on"), p.last()), false)
	}
}

// followed are the days on which a loan was followed: its own steps, and what was done for
// whoever has it.
func (m *member) followed(loan string) (days []string) {
	for i := range m.events {
		e := &m.events[i]
		if e.Kind == "follow_up" || e.Kind == "service" || e.Kind == loanStep && e.ref(loanKind) == loan && e.is("step", "followed", "overdue") {
			days = append(days, e.on)
		}
	}
	return days
}

// instalment is the clock of a loan's next instalment, as the loan or a step of it says
// last; none where nothing is due.
func (f *family) instalment(m *member, c *matter) []flow.Running {
	due := ""
	for i := range m.held {
		if m.held[i].ID == c.of {
			due = m.held[i].date("next_due_on")
		}
	}
	for i := range m.events {
		if e := &m.events[i]; e.Kind == loanStep && e.ref(loanKind) == string(c.of) {
			due = max(due, e.date("next_due_on"))
		}
	}
	at := slices.IndexFunc(c.Steps, func(s flow.Step) bool { return s.Name == "paid" })
	if due == "" || at < 0 || c.Ended {
		return nil
	}
	by := &c.Steps[at]
	return []flow.Running{{Clock: &flow.Instalment, By: by, From: by.On, Begun: by.On, Due: due, Known: true}}
}

// stepSaidBy ends ids of steps that no event of their own says.
func stepSaidBy(step string) (of change.RecordID, said bool) {
	at := strings.LastIndex(step, saidBy)
	if at < 0 || !slices.Contains(saidSteps, step[at+1:]) {
		return change.RecordID(step), false
	}
	return change.RecordID(step[:at]), true
}

// saidSteps are those that records say.
var saidSteps = []string{"asked", "issued", "yearly", "frozen", "withdrawn", "examined", "granted", "paid", "refused", "repaid",
	"received", "accepted", "handed_on", "mediated", "ruled", "closed", "drawn", "found", "ordered"}
