package facts

import (
	"tongbu/internal/calendar"
	"tongbu/internal/change"
)

// seekingRows are the rows of L3 (求职安置台帐): one for each referral with what came
// of it, one for each registration of a job seeker who was not referred, and one for
// each placement that no referral led to.
func (b *Book) seekingRows(f *family, m *member) {
	followed := map[change.RecordID]bool{} // registrations that have a row
	for i := range m.events {
		switch e := &m.events[i]; e.Kind {
		case "referral":
			seek := seekBefore(m, e)
			b.seekingRow(f, m, e, seek, e, placementBy(m, e))
			followed[idOf(seek)] = true
		case "placement":
			if e.has("referral") {
				break
			}
			seek := seekBefore(m, e)
			b.seekingRow(f, m, e, seek, nil, e)
			followed[idOf(seek)] = true
		}
	}
	for i := range m.events {
		if e := &m.events[i]; e.Kind == "job_seeking" && !followed[e.ID] {
			b.seekingRow(f, m, e, e, nil, nil)
		}
	}
}

func (b *Book) seekingRow(f *family, m *member, by, seek, referral, placed *event) {
	answer := answerTo(m, referral)
	guided := last(m.events, within(seek.day(), nextSeek(m, seek), "guidance"))
	checked := checkOf(m, placed)
	row := f.person(m).day("seek_on", seek.day()).
		from(seek.entry(), "seek_no", "occupation_1", "occupation_2", "occupation_3", "pay", "area", "form").
		day("guided_on", guided.day()).as("guided_way", guided.entry(), "way").as("guided", guided.entry(), "content").
		day("referred_on", referral.day()).from(referral.entry(), "referral_no", "vacancy", "vacancy_name", "interview_on", "campaign", "channel").
		as("referred_to", referral.entry(), "employer_name").
		day("answered_on", answer.day()).from(answer.entry(), "result", "failure").
		day("placed_on", placed.day()).as("employer_name", placed.entry(), "employer_name").as("placed_form", placed.entry(), "form").
		from(placed.entry(), "way", "contract_from", "contract_to", "income", "insured").
		day("checked_on", checked.day())
	if placed != nil {
		row["stable"] = change.Bool(b.stable(f, placed, checked))
	}
	f.add(SeekingLedger, by.ID, row)
}

// checkOf is the last follow-up of a placement.
func checkOf(m *member, placed *event) *event {
	return last(m.events, func(e event) bool {
		return e.Kind == "follow_up" && placed != nil && e.ref("placement") == string(placed.ID)
	})
}

// atWorkBy reports whether somebody is at work by a placement, and lost none since.
func (b *Book) atWorkBy(m *member, placed *event) bool {
	return m.facts.employed && (len(m.spells) == 0 || b.compareTurns(turn{on: placed.on, by: placed.Entry}, m.spells[len(m.spells)-1].from) > 0)
}

// stable: a contract of a year or more, an income at or above the local minimum wage,
// and insured; of an own business a licence and an income; on one's own otherwise an income
// and insured. What the last follow-up says goes before what the placement said.
func (b *Book) stable(f *family, placed, checked *event) bool {
	said := func(field string) change.Value {
		if checked.entry().has(field) {
			return checked.value(field)
		}
		return placed.value(field)
	}
	left := checked != nil && checked.has("employed") && !checked.yes("employed")
	income, insured := said("income").Int(), said("insured").Bool()
	switch {
	case left:
		return false
	case placed.is("form", ownBusiness):
		return placed.has("licence_no") && income > 0
	case placed.is("form", flexibleForms...):
		return insured && income > 0
	}
	from, to := placed.date("contract_from"), placed.date("contract_to")
	long := placed.yes("contract") && (placed.yes("open_ended") || from != "" && to != "" && calendar.AddDays(to, 1) >= calendar.AddMonths(from, 12))
	return long && insured && income >= max(f.rules.Subsidies.MinimumWage, 1)
}

func idOf(e *event) change.RecordID {
	if e == nil {
		return ""
	}
	return e.ID
}

// seekBefore is the registration as a job seeker that an event follows.
func seekBefore(m *member, e *event) *event {
	return last(m.events, func(other event) bool { return other.Kind == "job_seeking" && other.on <= e.on })
}

// nextSeek is the day of the registration after one, "" for none.
func nextSeek(m *member, seek *event) string {
	for _, e := range m.events {
		if e.Kind == "job_seeking" && seek != nil && e.on > seek.on {
			return e.on
		}
	}
	return ""
}

// placementBy is the last placement that names a referral.
func placementBy(m *member, referral *event) *event {
	return last(m.events, func(e event) bool { return e.Kind == "placement" && e.ref("referral") == string(referral.ID) })
}

// answerTo is the last feedback to a referral that says in which state it is; one that
// does not answers nothing.
func answerTo(m *member, referral *event) *event {
	if referral == nil {
		return nil
	}
	return last(m.events, func(e event) bool {
		return e.Kind == "feedback" && e.has("result") && e.ref("referral") == string(referral.ID)
	})
}
