package facts

import (
	"cmp"
	"slices"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/flow"
)

// todo is something that somebody has to do.
type todo struct {
	task       string // a code of the list task_kind
	level      int    // of the unit that acts
	since, due string
	unsure     bool            // working days were counted without a table of holidays
	by         change.RecordID // what it follows from
	of         *matter         // the case it is of, nil for none
	key        string          // tells tasks apart that follow from one record; "": there is one
}

// task adds the row of something to do about a member: named by the task and what it
// follows from, so that it stays the same row until it is done.
func (f *family) task(m *member, t todo) {
	row := f.subject(m).with("task", change.TextOrNull(t.task)).with("level", change.TextOrNull(levelCode(t.level))).
		day("since", t.since).day("due", t.due).with("by", change.Text(string(EventOf(string(t.by)))))
	if t.unsure {
		row["unsure"] = change.Bool(true)
	}
	if !f.asked.IsNull() {
		row["asked"] = f.asked
	}
	if t.of != nil {
		row.with("case", change.TextOrNull(t.of.Flow.Name)).with("state", change.TextOrNull(t.of.state))
	}
	switch {
	case m == nil && f.household == nil:
		row["who"] = f.responsibleAt(t.level)
	case t.level == flow.Community:
		row["who"] = f.inCharge(m)
	}
	f.add(TaskKind, change.NumberedRecordID(f.unit, TaskKind, t.task+" "+cmp.Or(t.key, string(t.by))), row)
}

// responsibleAt is whom the record of a subject of its own names as responsible, where the
// unit that keeps the record acts.
func (f *family) responsibleAt(level int) change.Value {
	if f.keeper != level {
		return change.Null
	}
	return f.responsible
}

// inCharge is who at the station last had to do with somebody, or with the household, or
// surveyed it.
func (f *family) inCharge(m *member) change.Value {
	for i := m.told() - 1; i >= 0; i-- {
		for _, field := range []string{"contacted_by", "served_by", "guided_by", "handled_by", "visited_by"} {
			if name := m.events[i].value(field); !name.IsNull() && m.events[i].Level == flow.Community {
				return name
			}
		}
	}
	for i := len(f.events) - 1; i >= 0; i-- {
		if name := f.events[i].value("visited_by"); !name.IsNull() {
			return name
		}
	}
	return f.household.value("surveyor")
}

// passed reports whether a day that something was due on is over.
func (s *span) passed(due string) bool { return s.reached(calendar.AddDays(due, 1)) }

// clockTasks are what the running clocks of a case give to do, and the steps that crossed
// on the way until a later step has been taken. Where the case has ended none is: it is a
// task of whoever entered it, who alone can void it, for a month; what has ended stands by
// then, and a list that nothing shortens is read by nobody. Of what is no person's a step
// of before the beginning is a task too, until the case has ended.
func (b *Book) clockTasks(f *family, c *matter) {
	level := flow.Community
	for i := range c.clocks {
		r := &c.clocks[i]
		if !r.Runs() {
			continue
		}
		level = c.tierOf(r)
		if (r.Name == "no_contact" || r.Name == flow.CorrectionLate) && !f.passed(r.Due) {
			continue // not before it has come to that
		}
		f.task(c.about, todo{task: r.Name, level: level, since: r.From, due: r.Due, unsure: !r.Known, by: change.RecordID(r.By.ID), of: c})
	}
	for _, u := range c.Unheard {
		if c.Ended {
			level = cmp.Or(u.Level, flow.Community)
		}
		early := c.about == nil && !c.Ended && u.On < c.Steps[0].On
		if (early || u.On >= c.Last().On) && (!c.Ended || !f.passed(calendar.AddMonths(u.On, 1))) {
			f.task(c.about, todo{task: "crossed", level: level, since: u.On, by: change.RecordID(u.ID), of: c})
		}
	}
}

// tierOf is the level of the unit that has to act.
func (c *matter) tierOf(r *flow.Running) int {
	if c.tier != nil {
		return c.tier(r)
	}
	return r.Tier
}

// taskRows are what else there is to do about a member.
func (b *Book) taskRows(f *family, m *member) {
	f.feedbackTasks(m)
	f.trainingTasks(m)
	f.retireeTasks(m)
	f.insuranceTasks(m)
	f.joblessTasks(m)
	f.duplicateTasks(m)
}

// feedbackTasks: seven days after a referral its outcome is known.
func (f *family) feedbackTasks(m *member) {
	for i := range m.events {
		e := &m.events[i]
		if e.Kind != "referral" || placementBy(m, e) != nil {
			continue
		}
		if answer := answerTo(m, e); answer == nil || answer.is("result", stillOpen) {
			f.clock(m, "feedback", e.on, e.ID)
		}
	}
}

// clock adds what is due some time after a day, by the rules.
func (f *family) clock(m *member, task, since string, by change.RecordID) {
	due, known := f.terms.Due(&flow.Clock{Name: task}, since)
	f.task(m, todo{task: task, level: flow.Community, since: since, due: due, unsure: !known, by: by})
}

// trainingTasks: half a year after somebody passed it is looked at whether the training
// led to work.
func (f *family) trainingTasks(m *member) {
	for i := range m.events {
		e := &m.events[i]
		if e.Kind != "training_result" || !e.yes("passed") || e.yes("placed") {
			continue
		}
		if last(m.events, within(e.on, "", "placement", "follow_up")) == nil {
			f.clock(m, "training_placed", e.on, e.ID)
		}
	}
}

// insuranceTasks: whose payments have stopped is asked why; who is in hardship, at work
// and insured is entitled to a subsidy.
func (f *family) insuranceTasks(m *member) {
	for _, group := range []string{pension, medical, jobless} {
		state := last(m.events, func(e event) bool { return e.Kind == "insurance_state" && insuranceGroup(e) == group })
		if state != nil && state.is("state", pausedState) {
			f.task(m, todo{task: "stopped_payer", level: flow.Community, since: state.on, by: state.ID})
		}
	}
	applied := last(m.events, of("benefit_application"))
	if len(m.facts.hardship) > 0 && m.facts.employed && len(m.facts.insured) > 0 && applied == nil {
		f.task(m, todo{task: "no_subsidy", level: flow.Community, since: m.facts.since, by: m.ID})
	}
}

// joblessTasks: alarms at half a year and a year without work, three refusals, the young
// who left school and nobody registered, and the households with an allowance.
func (f *family) joblessTasks(m *member) {
	s := &m.facts
	if s.spell != nil {
		switch since := s.spell.from.on; f.jobless(since) {
		case "2":
			f.alarm(m, "half_year", calendar.AddMonths(since, 6))
		case "3", "4":
			f.alarm(m, "whole_year", calendar.AddYears(since, 1))
		}
		if s.registered == nil && s.unemployed && s.working && s.age < youngUntil {
			f.task(m, todo{task: "young_out", level: flow.Community, since: s.spell.from.on, by: m.ID})
		}
	}
	if r, most := f.refusals(m), f.rules.Clocks.RefusalsAllowed; len(r) >= most {
		f.task(m, todo{task: "refused_thrice", level: flow.Community, since: r[most-1], by: s.registered.ID})
	}
	if f.household.yes("low_income") && s.working {
		f.lowIncomeTask(m)
	}
}

// lowIncomeTask: of a household with an allowance somebody who is at work is visited, and
// somebody who is able is referred, also after an employer said no.
func (f *family) lowIncomeTask(m *member) {
	s := &m.facts
	met := func(e event) bool { return e.Kind == "visit" && e.is("result", metSomebody) && e.on >= s.since }
	referral := last(m.events, within(s.since, "", "referral"))
	switch {
	case s.employed && last(f.events, met) == nil:
		f.task(m, todo{task: "low_income_work", level: flow.Community, since: s.since, by: m.ID})
	case s.willing && !s.employed && (referral == nil || answerTo(m, referral).entry().is("result", failedState)):
		f.task(m, todo{task: "low_income_able", level: flow.Community, since: s.since, by: m.ID})
	}
}

const youngUntil = 25 // years

// alarm is to be done until somebody has done something for who is without work, on its
// day or later: an alarm that nothing settles stands until nobody reads the list.
func (f *family) alarm(m *member, task, since string) {
	helped := func(e event) bool { return e.on >= since && (reaches(&e) || e.Kind == "enrolment") }
	if last(m.events, helped) == nil {
		f.task(m, todo{task: task, level: flow.Community, since: since, by: m.facts.spell.from.by.ID})
	}
}

// refusals are the days on which somebody who is registered refused a post without a good
// reason.
func (f *family) refusals(m *member) (days []string) {
	if m.facts.registered == nil {
		return nil
	}
	for i := range m.events {
		if e := &m.events[i]; e.Kind == "feedback" && e.on >= m.facts.registered.on && e.is("failure", refused) {
			days = append(days, e.on)
		}
	}
	return days
}

// familyTask: a household without anybody at work of which no case is open.
func (b *Book) familyTask(f *family) {
	m := f.head()
	isOpen := func(c *matter) bool { return !c.Ended }
	if m == nil || slices.ContainsFunc(f.zeroCases(), isOpen) || !b.zero(f, f.count()) {
		return
	}
	since := ""
	for _, o := range f.members {
		since = max(since, o.facts.since)
	}
	f.task(m, todo{task: "family_open", level: flow.Community, since: since, by: f.household.ID})
}
