package sample

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// household fills in the fields of the household and of everybody in it.
func (d *draft) household() Household {
	d.address, d.phone = d.drawAddress(), d.unusedPhone()
	d.surveyed = time.Date(surveyYear, time.March, 1+d.IntN(surveyDays), 0, 0, 0, 0, time.UTC)
	d.lowIncome = !d.anyIs(working) && d.chance(oneIn4)
	h := Household{Record: Record{ID: d.id, Object: d.householdFields()}}
	for i := range d.members {
		id := d.id + "-" + strconv.Itoa(i+1)
		h.Persons = append(h.Persons, Record{ID: id, Object: d.personFields(&d.members[i])})
	}
	return h
}

// The made-up census of 60 days.
const (
	surveyYear = 2025
	surveyDays = 60
)

func (d *draft) householdFields() map[string]any {
	serial := d.n%999_999 + 1
	object := map[string]any{
		"form_no":         fmt.Sprintf("%s%d%06d", d.community, surveyYear, serial),
		"card_no":         fmt.Sprintf("K%06d", serial),
		"booklet_no":      d.drawDigits("H", 9),
		"head_name":       d.members[0].name,
		"head_id_number":  d.members[0].idNumber,
		"address":         d.address,
		"phone":           d.phone,
		"people":          jsonNumber(len(d.members)),
		"housing":         d.pick(housings),
		"low_income":      d.lowIncome,
		"income_per_head": jsonNumber(d.income()),
		"surveyor":        d.pick(surnames) + d.pick(womanChars),
		"survey_date":     formatDay(d.surveyed),
		"signature":       d.members[0].name,
	}
	if object["housing"] == resettled {
		object["resettled_on"] = formatDay(d.surveyed.AddDate(0, 0, -1-d.IntN(3000)))
	}
	if d.lowIncome {
		object["low_income_cert"] = d.drawDigits("D", 8)
		object["low_income_amount"] = jsonNumber(100 * (300 + d.IntN(500)))
		object["low_income_since"] = formatDay(d.surveyed.AddDate(0, -1-d.IntN(60), 0))
	}
	if kinds := d.kinds(); kinds != nil {
		object["kinds"] = kinds
	}
	return object
}

// income is in fen a month.
func (d *draft) income() int {
	if d.lowIncome {
		return 100 * d.IntN(700)
	}
	return 100 * (700 + d.IntN(4000))
}

// kinds returns what the survey ticks for the household, nil when nothing.
func (d *draft) kinds() []any {
	var kinds []any
	if !d.single() && d.members[0].status == jobless && d.members[1].status == jobless {
		kinds = append(kinds, bothLaidOff)
	}
	if d.anyIs(jobless) && !d.anyIs(working) && !d.anyIs(workingAway) {
		kinds = append(kinds, zeroEmployment)
	}
	if d.single() && slices.ContainsFunc(d.members, func(m member) bool { return m.generation == children }) {
		kinds = append(kinds, singleParent)
	}
	return kinds
}

func (d *draft) anyIs(status string) bool {
	return slices.ContainsFunc(d.members, func(m member) bool { return m.status == status })
}

func (d *draft) personFields(m *member) map[string]any {
	object := map[string]any{
		"household":      d.id,
		"name":           m.name,
		"id_number":      m.idNumber,
		"sex":            m.sex(),
		"birth_date":     formatDay(m.slot.born()),
		"nationality":    d.nationality,
		"hukou":          d.pick(hukous),
		"hukou_division": d.community,
		"hukou_address":  d.address,
		"education":      d.pick(educations),
		"marital":        d.marital(m),
		"political":      d.pick(politics),
		"health":         d.pick(healths),
		"relation":       m.relation,
		"status":         m.status,
		"labour_ability": d.pick(answers),
		"job_wish":       d.pick(answers),
		"training_wish":  d.pick(answers),
		"recorded_on":    formatDay(d.surveyed),
	}
	if m.relation == head {
		object["phone"] = d.phone
	}
	d.addWork(object, m)
	d.addHardship(object, m)
	return object
}

// addWork adds what only some have: a first job, a skill with its certificate.
func (d *draft) addWork(object map[string]any, m *member) {
	if m.status == working || m.status == retired || m.status == jobless {
		object["first_work_date"] = formatDay(m.slot.born().AddDate(16+d.IntN(9), 0, d.IntN(365)))
	}
	if d.chance(oneIn16) {
		object["skill"] = d.pick(skills)
		object["skill_level"] = strconv.Itoa(3 + d.IntN(3))
		object["skill_cert"] = d.drawDigits("Z", 10)
	}
}

// addHardship adds a disability and the reasons why work is hard to find.
func (d *draft) addHardship(object map[string]any, m *member) {
	var hardship []any
	if m.status == jobless {
		hardship = append(hardship, d.pick(hardships))
		if d.lowIncome {
			hardship = append(hardship, longUnemployed)
		}
	}
	if d.chance(oneIn24) {
		object["health"], object["disability_cert"] = disabled, d.drawDigits(m.idNumber, 2)
		hardship = append(hardship, disabledPerson)
	}
	if hardship != nil {
		object["hardship"] = hardship
	}
}

// marital agrees with who lives in the household.
func (d *draft) marital(m *member) string {
	switch {
	case m.generation == children:
		return unmarried
	case m.generation == parents || d.single():
		return d.pick(widowedOrDivorced)
	}
	return married
}

// single reports whether the head lives without a spouse.
func (d *draft) single() bool {
	return !slices.ContainsFunc(d.members, func(m member) bool { return m.relation == husband || m.relation == wife })
}

func (m *member) sex() string {
	if m.man {
		return sexMan
	}
	return sexWoman
}

// drawAddress draws an address that no map has.
func (d *draft) drawAddress() string {
	return fmt.Sprintf("%s%d号%d栋%d单元%d%02d室",
		d.pick(lanes), 1+d.IntN(199), 1+d.IntN(20), 1+d.IntN(4), 1+d.IntN(8), 1+d.IntN(4))
}

// unusedPhone draws a number that begins as no operator's numbers do.
func (d *draft) unusedPhone() string { return d.drawDigits("129", 8) }

// drawDigits draws a number of some digits behind a prefix.
func (d *draft) drawDigits(prefix string, count int) string {
	limit := 1
	for range count {
		limit *= 10
	}
	return fmt.Sprintf("%s%0*d", prefix, count, d.IntN(limit))
}

func formatDay(t time.Time) string { return t.Format(time.DateOnly) }

func jsonNumber(n int) json.Number { return json.Number(strconv.Itoa(n)) }
