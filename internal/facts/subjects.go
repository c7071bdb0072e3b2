package facts

import (
	"cmp"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/flow"
	"tongbu/internal/schema"
)

// Subjects that are no persons and no households: vacancies, employers, complaints,
// inspections, requests for corrections, and units themselves. Each is made rows of alone, of its own record and the
// events about it; a unit has no record here, only events.

// Subject is one of these with all that tells of it.
type Subject struct {
	Entry  Entry         // of a unit its kind and id alone
	Events []Entry       // about it, and of a vacancy the referrals to it and what came of them
	Unit   change.UnitID // that holds it
	Level  int           // of that unit; 0 counts as the lowest
}

const (
	vacancyKind    = "vacancy"
	employerKind   = "employer"
	complaintKind  = "complaint"
	inspectionKind = "inspection"
	complaintStep  = "complaint_step"
	inspectionStep = "inspection_step"
	communityStep  = "community_step"
	referralKind   = "referral"
	placementKind  = "placement"
)

// IsSubject reports whether rows are made of records of a kind alone.
func IsSubject(kind string) bool {
	return slices.Contains([]string{vacancyKind, employerKind, complaintKind, inspectionKind, schema.CorrectionRequest, schema.UnitSubject}, kind)
}

// ForUnit is the field by which a record from above names the unit that it is about.
const ForUnit = "for_unit"

// HolderOf is the unit with which the rows of a subject stand: of an inspection that of the
// unit inspected, where there is one, of a request for a correction that which holds the
// record; else whoever keeps the record.
func HolderOf(kind string, value func(string) change.Value, kept change.UnitID) change.UnitID {
	if HeldElsewhere(kind) {
		return change.UnitID(cmp.Or(value(ForUnit).Text(), string(kept)))
	}
	return kept
}

// HeldElsewhere reports whether the rows of subjects of a kind may stand with another unit
// than that which keeps the record.
func HeldElsewhere(kind string) bool {
	return kind == inspectionKind || kind == schema.CorrectionRequest
}

// OwnAlone reports whether events about subjects of a kind count from the unit alone with
// which their rows stand: a complaint is handled by whoever took it, and what it is handed on
// to keeps a record of its own; a request for a correction is answered by whoever holds the
// record.
func OwnAlone(kind string) bool { return kind == complaintKind || kind == schema.CorrectionRequest }

// Bears is the field by which an event about somebody tells of another subject, and the kind
// of what that names: a referral of its vacancy, a placement of its referral.
func Bears(kind string) (field, of string) {
	switch kind {
	case referralKind:
		return vacancyKind, vacancyKind
	case placementKind:
		return referralKind, referralKind
	}
	return "", ""
}

// subject is a family of no members: a subject of its own, read for a day.
func (b *Book) subject(s *Subject, day string) *family {
	f := b.family(day)
	f.unit, f.level = s.Unit, cmp.Or(s.Level, flow.Community)
	f.events = b.inOrder(s.Events, f.span)
	f.about = cells{}.either("name", s.Entry.value("complainant"), s.Entry.value("employer_name"))
	f.keeper, f.responsible = cmp.Or(s.Entry.Level, f.level), s.Entry.value("responsible")
	if s.Entry.Kind == schema.CorrectionRequest {
		f.about.from(&s.Entry, "name")
		if k := b.kinds[s.Entry.text("of_kind")]; k != nil {
			f.asked = change.Text(k.Asked(s.Entry.text("wanted")))
		}
	}
	for _, k := range []string{CaseKind, TaskKind} {
		for _, field := range b.subjectsOf(k) {
			if field.About() == s.Entry.Kind {
				f.about[field.Name] = change.Text(string(s.Entry.ID))
			}
		}
	}
	return f
}

func (b *Book) subjectsOf(kind string) []*schema.Field {
	if k := b.kinds[kind]; k != nil {
		return k.Subjects()
	}
	return nil
}

// OfRecord makes the rows of a subject of its own: of a vacancy its row of L2, of an employer
// its row of the register, of complaints, inspections and units their cases and what there is
// to do.
func (b *Book) OfRecord(s Subject, day string) Rows {
	f := b.subject(&s, day)
	switch e := &s.Entry; e.Kind {
	case vacancyKind:
		b.vacancyRow(f, e)
	case employerKind:
		b.employerRow(f, e)
	}
	cases := b.casesOf(f, &s.Entry)
	for _, c := range cases {
		b.caseRow(f, c)
		b.clockTasks(f, c)
		f.arrearsTask(c, &s.Entry)
	}
	if name, has := flowOf[s.Entry.Kind]; has {
		b.matterRow(f, &s.Entry, name, cases)
	}
	return f.made()
}

// flowOf is the procedure of subjects of a kind.
var flowOf = map[string]string{complaintKind: flow.Complaint, inspectionKind: flow.Inspection, schema.UnitSubject: flow.FullCommunity, schema.CorrectionRequest: flow.Correction}

// matterRow lists a complaint, an inspection, or a unit with a procedure of its own, also
// before the day on which that begins: the last case says how it stands.
func (b *Book) matterRow(f *family, e *Entry, name string, cases []*matter) {
	row, id := b.copied(MatterRegister, e), e.ID
	if e.Kind == schema.UnitSubject {
		id = change.NumberedRecordID(f.unit, MatterRegister, name)
	}
	for _, field := range b.subjectsOf(MatterRegister) {
		delete(row, field.Name)
		if field.About() == e.Kind {
			row[field.Name] = change.Text(string(e.ID))
		}
	}
	row.with("flow", change.TextOrNull(name)).either("number", e.value("complaint_no"), e.value("inspection_no")).with("state", change.Null)
	if e.Kind == complaintKind {
		row.as("complaint_kind", e, "kind")
	} else {
		row.as("inspection_kind", e, "kind")
	}
	if sum := f.recovered(cases); sum > 0 {
		row["recovered"] = change.Int(sum)
	}
	if len(cases) > 0 {
		c := slices.MaxFunc(cases, func(a, b *matter) int {
			return cmp.Or(strings.Compare(a.Steps[0].On, b.Steps[0].On), strings.Compare(a.Steps[0].ID, b.Steps[0].ID))
		})
		row.day("begun_on", c.Steps[0].On).with("state", change.TextOrNull(c.state)).day("since", c.Last().On).with("ended", change.Bool(c.Ended))
	}
	f.add(MatterRegister, id, row)
}

// recovered adds up what steps of cases that count say was recovered by them; 0 where none
// says it, and the record alone does.
func (f *family) recovered(cases []*matter) (sum int64) {
	for _, c := range cases {
		for _, s := range c.Steps {
			if i := slices.IndexFunc(f.events, func(e event) bool { return string(e.ID) == s.ID }); i >= 0 {
				sum += f.events[i].value("recovered").Int()
			}
		}
	}
	return sum
}

// SubjectMatters are the cases of a subject as they stand on a day.
func (b *Book) SubjectMatters(s Subject, day string) (all []Matter) {
	f := b.subject(&s, day)
	for _, c := range b.casesOf(f, &s.Entry) {
		all = append(all, Matter{Case: c.Case, ID: c.by.ID, Of: c.of, Clocks: c.clocks})
	}
	return all
}

// casesOf are the cases of a subject.
func (b *Book) casesOf(f *family, e *Entry) (all []*matter) {
	switch e.Kind {
	case complaintKind:
		all = f.matters(nil, flow.Complaint, f.ownSteps(e, complaintStep, complaintSaid))
		for _, c := range all {
			handed := slices.ContainsFunc(c.Steps, func(s flow.Step) bool { return s.Name == "handed_on" })
			c.tier = func(r *flow.Running) int {
				if handed {
					return min(f.level, flow.District)
				}
				return min(f.level, r.Tier)
			}
			c.cells = cells{}.as("complaint_kind", e, "kind").from(e, "group", "green_lane")
		}
	case inspectionKind:
		all = f.matters(nil, flow.Inspection, f.ownSteps(e, inspectionStep, inspectionSaid))
		for _, c := range all {
			f.inspected(c, e)
		}
	case schema.CorrectionRequest:
		all = f.matters(nil, flow.Correction, f.ownSteps(e, schema.CorrectionAnswer, correctionSaid))
		for _, c := range all {
			c.tier = func(r *flow.Running) int {
				if r.Name == flow.CorrectionLate {
					return cmp.Or(e.Level, flow.City) // whoever asked
				}
				return f.level
			}
		}
	case schema.UnitSubject:
		all = f.matters(nil, flow.FullCommunity, grouped(f.events, communityStep, ""))
	}
	for _, c := range all {
		c.of = e.ID
	}
	return all
}

// said is a step that a record says by the day in one of its fields.
type said struct{ step, field string }

var complaintSaid = []said{{"received", "received_on"}, {"accepted", "accepted_on"}, {"handed_on", "handed_on"}, {"mediated", "mediated_on"}, {"ruled", "ruled_on"}, {"closed", "closed_on"}}
var correctionSaid = []said{{"asked", "asked_on"}}
var inspectionSaid = []said{{"drawn", "drawn_on"}, {"found", "found_on"}, {"ordered", "ordered_on"}, {"closed", "closed_on"}}

// ownSteps are the steps of a record: its events, and those that it says by days and no event
// does.
func (f *family) ownSteps(e *Entry, kind string, says []said) map[string][]taken {
	p := &paper{family: f, Entry: e}
	for i := range f.events {
		if o := &f.events[i]; o.Kind == kind {
			p.steps = append(p.steps, take(o, o.text("step")))
		}
	}
	for _, s := range slices.Backward(says) {
		if !p.said(s.step) {
			p.step(s.step, e.date(s.field), true)
		}
	}
	slices.SortStableFunc(p.steps, func(a, b taken) int { return strings.Compare(a.On, b.On) })
	return map[string][]taken{"": p.steps}
}

// inspected says who has the next step of an inspection: whoever drew it, or whoever was
// inspected, until the day that was named.
func (f *family) inspected(c *matter, e *Entry) {
	drew := cmp.Or(e.Level, f.level)
	c.tier = func(r *flow.Running) int {
		if r.Name == "inspect_answer" {
			return f.level
		}
		return drew
	}
	c.cells = cells{}.as("inspection_kind", e, "kind")
	due := e.date("due_on")
	for i := range f.events {
		if o := &f.events[i]; o.Kind == inspectionStep && o.is("step", "ordered") && o.date("due_on") != "" {
			due = o.date("due_on")
		}
	}
	for i := range c.clocks {
		if r := &c.clocks[i]; r.Name == "inspect_answer" && due >= r.Begun {
			r.Due, r.Known = due, true
		}
	}
}
