package facts

import (
	"tongbu/internal/change"
)

// unemployedRows are the rows of L1 (下岗失业人员台帐): one for each time without work
// of a person, named by what began it.
func (b *Book) unemployedRows(f *family, m *member) {
	for i := range m.spells {
		b.unemployedRow(f, m, &m.spells[i])
	}
}

func (b *Book) unemployedRow(f *family, m *member, s *spell) {
	var loss *Entry // that began it
	if s.from.by.Kind == lossKind {
		loss = s.from.by
	}
	registered := b.during(m, s, "registration")
	gone := goneFrom(m, registered)
	row := f.person(m).from(m.Entry, "hukou", "education", "job_wish", "training_wish").with("hardship", set(m.facts.hardship)).
		either("reason", loss.value("reason"), formerOf(m, s, "loss_reason")).day("loss_on", s.from.on).
		either("employer_kind", loss.value("employer_kind"), formerOf(m, s, "former_employer_kind")).
		day("registered_on", registered.day()).
		from(registered.entry(), "certificate_no", "privilege_no", "place_kind", "benefit_from", "benefit_to", "service_need", "promise").
		from(f.household, "low_income", "kinds").as("address", f.household, "address").
		either("phone", m.value("phone"), f.household.value("phone")).
		either("employer_name", loss.value("employer_name"), formerOf(m, s, "former_employer")).
		day("ended_on", s.to.on).day("deregistered_on", gone.day()).as("deregistered_reason", gone.entry(), "reason").
		day("contact_on", b.during(m, s, "service", "guidance", "contact", "retiree_check").day())
	row["went_to"] = wentTo(s)
	row["insured"] = set(m.facts.insured)
	row["lasts"] = change.Bool(s.lasts())
	if s.lasts() {
		row["older"] = change.Bool(m.facts.older)
		row["jobless"] = change.TextOrNull(f.jobless(s.from.on))
	}
	if s.lasts() && m.facts.asked {
		row["six_clear"] = change.Int(int64(6 - len(m.facts.clear)))
	}
	f.add(UnemployedLedger, s.from.by.ID, row)
}

// formerOf is what the person's form says of the loss: of the one on the day that it
// says, else of the last one.
func formerOf(m *member, s *spell, field string) change.Value {
	lost := m.date("lost_on")
	if lost != "" && lost != s.from.on || lost == "" && s != &m.spells[len(m.spells)-1] {
		return change.Null
	}
	return m.value(field)
}

// goneFrom is the deregistration that ended the registration of a spell.
func goneFrom(m *member, registered *event) *event {
	if registered == nil {
		return nil
	}
	for i := range m.events { // the first behind it
		if e := &m.events[i]; e.Kind == "deregistration" && e.on >= registered.on {
			return e
		}
	}
	return nil
}

// wentTo is where somebody went who is no longer without work, as a code of the list
// went_to: by the form of the placement, else by the status.
func wentTo(s *spell) change.Value {
	switch {
	case s.lasts():
		return change.Null
	case s.to.by.has("form"):
		return s.to.by.value("form")
	}
	return change.Null
}
