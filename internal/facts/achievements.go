package facts

import (
	"slices"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
)

// Achievement is the kind of rows of what is counted in a year.
const Achievement = "achievement"

// deed is something that is counted in a year.
type deed struct {
	id    change.RecordID
	on    string
	lines []string // parts of figures without their measures
	cells cells
}

// newDeed begins one of an entry.
func newDeed(event, on string, by *Entry, lines ...string) deed {
	return deed{id: by.ID, on: on, lines: lines, cells: cells{"event": change.Text(event), "recorded_by": by.value("recorded_by")}}
}

// achievementRows are the rows of what is counted in a year: one for each event of that
// sort about the member. A row counts by each of its lines: as an event, and as a person
// where it is the person's first on the line; in the year of the day, and since the
// beginning.
func (b *Book) achievementRows(f *family, m *member) {
	_, home := f.resettled()
	met := map[string]bool{}
	for _, d := range b.deeds(f, m) {
		now, year := f.thisYear(d.on), d.on[:4]
		var parts []part
		for _, line := range d.lines {
			parts = append(parts, part{line + "_n", now}, part{line + "_p", now && !met[line+year]},
				part{line + "_n_all", true}, part{line + "_p_all", !met[line]})
			met[line], met[line+year] = true, true
		}
		if m.elsewhere {
			parts = nil
		}
		row := f.person(m).day("on", d.on).with("year", change.Int(int64(calendar.Digits(year)))).
			with("hardship", set(m.facts.hardship)).from(f.household, "low_income").with("resettled", change.Bool(home)).
			with(CountsField, b.counted(parts))
		for name, value := range d.cells {
			row[name] = value
		}
		f.add(Achievement, d.id, row)
	}
}

// counted are the counts of parts, of those that there is a figure of.
func (b *Book) counted(parts []part) change.Value {
	return counts(slices.DeleteFunc(parts, func(p part) bool { return !b.parts[p.code] }))
}

// deeds are what is counted of a member, each line in its order.
func (b *Book) deeds(f *family, m *member) []deed {
	deeds := insuranceDeeds(m)
	for i := range m.events {
		switch e := &m.events[i]; e.Kind {
		case "placement":
			d := newDeed("placement", e.on, e.Entry, "placement")
			if line := e.text("line"); line != "" {
				d.lines = append(d.lines, "line"+line)
			}
			d.cells.from(e.Entry, "line", "channel", "campaign", "form", "public_post_kind", "employer_name")
			deeds = append(deeds, d)
		case "referral":
			d := newDeed("referral", e.on, e.Entry, "referral")
			if placementBy(m, e) != nil {
				d.lines = append(d.lines, "referral_won")
			}
			d.cells.from(e.Entry, "channel", "campaign", "employer_name")
			deeds = append(deeds, d)
		case "training_result":
			if e.yes("passed") {
				deeds = append(deeds, trainingDeed(m, e))
			}
		}
	}
	return slices.Concat(deeds, f.zeroDeeds(m), f.recordDeeds(m))
}

// trainingDeed is that somebody has passed a training: by the enrolment of whom it was
// for.
func trainingDeed(m *member, result *event) deed {
	enrolled := last(m.events, func(e event) bool {
		return e.Kind == "enrolment" && (string(e.ID) == result.ref("enrolment") || e.has("class") && e.text("class") == result.text("class"))
	}).entry()
	d := newDeed("training", result.on, result.Entry, "line"+lineTraining)
	switch {
	case enrolled.is("person_category", againTrainees...):
		d.lines = append(d.lines, "line08")
	case enrolled.is("person_category", ruralTrainees...):
		d.lines = append(d.lines, "line09")
	}
	d.cells.from(enrolled, "person_category").with("line", change.Text(lineTraining))
	return d
}

// insuranceDeeds are that somebody has joined an insurance or left it. What the form found
// before the first event about it is no joining; an interruption is no leaving.
func insuranceDeeds(m *member) (deeds []deed) {
	insured := map[string]bool{}
	for i := range m.events {
		e := &m.events[i]
		if e.Kind != "insurance_state" {
			continue
		}
		group := insuranceGroup(*e)
		was, known := insured[group]
		if form := insuranceForm[group]; !known && form != "" && m.date(form+"_on") <= e.on {
			was = m.is(form+"_state", insuredState...)
		}
		is := e.is("state", payingState...) || was && e.is("state", pausedState)
		insured[group] = is
		if is == was {
			continue
		}
		word, way := "joined", "_in"
		if was {
			word, way = "left", "_out"
		}
		d := newDeed(word, e.on, e.Entry, "insured"+way)
		if group == pension {
			d.lines = append(d.lines, "pension"+way)
		}
		d.cells.from(e.Entry, "insurance", "employer_name").with("line", change.Text(lineInsured))
		deeds = append(deeds, d)
	}
	return deeds
}

// stepOf is the day of a step of a record about somebody: as its case says, and where it has
// none as the record does in a field.
func (m *member) stepOf(e *Entry, step, field string) string {
	if c := m.caseOf(e.ID); c != nil {
		return c.on(step)
	}
	return e.date(field)
}

// caseOf is the last case of a certificate or a loan, nil for none.
func (m *member) caseOf(id change.RecordID) (of *matter) {
	for _, c := range m.cases {
		if c.of == id && (of == nil || of.Steps[0].On <= c.Steps[0].On) {
			of = c
		}
	}
	return of
}

// recordDeeds are the loans that were paid out and the certificates that were issued.
func (f *family) recordDeeds(m *member) (deeds []deed) {
	for i := range m.held {
		var d deed
		switch e := &m.held[i]; e.Kind {
		case loanKind:
			d = newDeed("loan", m.stepOf(e, "paid", "paid_on"), e, "line"+lineLoan)
			d.cells.from(e, "amount").with("line", change.Text(lineLoan))
		case certificateKind:
			d = newDeed("certificate", m.stepOf(e, "issued", "issued_on"), e, "issued")
			d.cells.as("certificate", e, "kind")
		}
		if d.on != "" && f.reached(d.on) {
			deeds = append(deeds, d)
		}
	}
	slices.SortStableFunc(deeds, func(a, b deed) int { return strings.Compare(a.on, b.on) })
	return deeds
}
