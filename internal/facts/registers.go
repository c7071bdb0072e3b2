package facts

import (
	"slices"

	"tongbu/internal/change"
)

// The further lists that stations keep of the same events.
const (
	HardshipRegister   = "register_hardship"
	ReemployedRegister = "register_reemployed"
	NewlyRegister      = "register_newly_employed"
	RetiredRegister    = "register_retired"
	GraduateRegister   = "register_graduate"
	EmployerRegister   = "register_employer"
	MatterRegister     = "register_matter"
)

// registerRows are the rows of the lists about one person.
func (b *Book) registerRows(f *family, m *member) {
	step := last(m.events, func(e event) bool { return e.Kind == hardshipStep && !f.overruled[e.ID] })
	if step != nil || len(m.facts.hardship) > 0 {
		f.add(HardshipRegister, m.ID, f.person(m).from(m.Entry, "phone").with("hardship", set(m.facts.hardship)).
			day("step_on", step.day()).as("step", step.entry(), "step").
			with("status", change.TextOrNull(m.facts.status)).with("employed", change.Bool(m.facts.employed)))
	}
	for i := range m.events {
		if e := &m.events[i]; e.Kind == "placement" {
			b.placedRow(f, m, e, last(m.events[:i], of(lossKind)))
		}
	}
	if m.retired() {
		b.retiredRow(f, m)
	}
	if loss := last(m.events, func(e event) bool { return e.Kind == lossKind && e.is("reason", leftSchool) }); loss != nil {
		b.graduateRow(f, m, loss)
	}
}

// placedRow lists a placement: of somebody who lost work before as re-employed,
// of everybody else as newly employed.
func (b *Book) placedRow(f *family, m *member, e, loss *event) {
	kind := NewlyRegister
	if loss != nil {
		kind = ReemployedRegister
	}
	f.add(kind, e.ID, f.person(m).with("hardship", set(m.facts.hardship)).day("placed_on", e.on).day("loss_on", loss.day()).
		from(e.Entry, "employer_name", "form", "way", "line", "channel", "contract_from", "contract_to", "income", "insured"))
}

// retired reports whether somebody draws a pension.
func (m *member) retired() bool { return slices.Contains([]string{"2", "3"}, m.facts.status) }

// retiredRow lists a retired person with the last check that was passed, which is good for
// the months of the rules, what was handed over, and whether the pension is stopped.
func (b *Book) retiredRow(f *family, m *member) {
	check := m.proof()
	file, party, outside := m.retireeStep("file"), m.retireeStep("party"), m.retireeStep("outside")
	row := f.person(m).from(m.Entry, "phone", "retired_on", "retirement_unit").day("checked_on", check.day()).as("check_way", check.entry(), "way").
		day("file_on", file.day()).as("file_by", file.entry(), "handed_by").from(file.entry(), "kept_at").day("party_on", party.day()).
		day("stopped_on", m.stopped().day()).day("outside_on", outside.day())
	row["check_due"] = change.Bool(!m.drawsNoMore() && !f.within(check.day(), f.rules.Clocks.RetireeCheckMonths))
	f.add(RetiredRegister, m.ID, row)
}

// graduateRow lists somebody who left school without work, with the last three times
// that the station followed up.
func (b *Book) graduateRow(f *family, m *member, loss *event) {
	row := f.person(m).from(m.Entry, "education", "phone").day("loss_on", loss.on).with("status", change.TextOrNull(m.facts.status))
	before := ""
	for _, block := range []string{"1", "2", "3"} {
		e := last(m.events, within(loss.on, before, "service", "guidance", "referral", "follow_up"))
		if e == nil {
			break
		}
		row.day("followed_on_"+block, e.on).with("followed_by_"+block, change.TextOrNull(e.kind.Label.Zh))
		before = e.on
	}
	f.add(GraduateRegister, m.ID, row)
}

// employerRow lists an employer, and says whether it was founded within twelve months
// and is not insured.
func (b *Book) employerRow(f *family, e *Entry) {
	row := b.copied(EmployerRegister, e)
	insured := e.date("insured_on") != "" && f.reached(e.date("insured_on")) || e.value("insured_staff").Int() > 0
	row["new_uninsured"] = change.Bool(!insured && f.withinYear(e.date("founded_on")))
	f.add(EmployerRegister, e.ID, row)
}

// copied are the values of an entry for which the derived kind has a field of the name.
func (b *Book) copied(kind string, e *Entry) cells {
	row := cells{}
	k := b.kinds[kind]
	if k == nil {
		return row
	}
	if f, ok := k.Field(k.Subject); ok {
		row[f.Name] = change.Text(string(e.ID))
	}
	for _, field := range k.Fields {
		if field.Name == k.Subject {
			continue
		}
		row[field.Name] = e.value(field.Name)
	}
	return row
}
