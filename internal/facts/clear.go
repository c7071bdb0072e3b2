package facts

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// unclear lists which of the six (六个清) are not clear for a person, as codes of the
// list six_clear.
func (b *Book) unclear(f *family, m *member) []string {
	var missing []string
	for _, one := range []struct {
		code  string
		clear bool
	}{
		{"C1", lossClear(m)},
		{"C2", b.householdClear(f)},
		{"C3", insuranceClear(f, m)},
		{"C4", wishClear(m)},
		{"C5", b.placementClear(f, m)},
		{"C6", m.has("skill") && m.has("training_wish")},
	} {
		if !one.clear {
			missing = append(missing, one.code)
		}
	}
	return missing
}

// lossClear: reason and date of the loss of work.
func lossClear(m *member) bool {
	loss := last(m.events, of(lossKind))
	return loss != nil && loss.has("reason") && loss.on >= m.facts.spell.from.on
}

// householdClear: a household with all that its form asks of everybody, and as many
// people as members.
func (b *Book) householdClear(f *family) bool {
	k := b.kinds["household"]
	if k == nil || f.household == nil {
		return false
	}
	for _, field := range k.Fields {
		if field.Must != schema.None && !f.household.has(field.Name) {
			return false
		}
	}
	return f.household.value("people") == change.Int(int64(len(f.members)))
}

// insuranceClear: pension, medical and unemployment insurance, each with a state that
// was dated within twelve months.
func insuranceClear(f *family, m *member) bool {
	for _, group := range []string{pension, medical, jobless} {
		state := last(m.events, func(e event) bool { return e.Kind == "insurance_state" && insuranceGroup(e) == group })
		if state == nil || !state.has("state") || !f.withinYear(state.on) {
			return false
		}
	}
	return true
}

// wishClear: a wish with occupation, pay and area, or why there is none. It stands on
// the census form, or in what was registered since.
func wishClear(m *member) bool {
	if m.is("job_wish", no) {
		return m.has("no_wish_reason")
	}
	seek := last(m.events, of("job_seeking")).entry()
	said := func(inEvent, inForm string) bool { return seek.has(inEvent) || m.has(inForm) }
	return m.is("job_wish", yes) && said("occupation_1", "wish_occupation_1") && said("pay", "wish_pay") && said("area", "wish_area")
}

// placementClear: placed, or served within the days of the rules.
func (b *Book) placementClear(f *family, m *member) bool {
	served := last(m.events, of("service", "guidance", "referral", "contact"))
	placed := last(m.events, of("placement"))
	visited := last(f.events, of("visit"))
	return placed != nil && placed.on >= m.facts.spell.from.on ||
		f.recent(served.day(), b.rules.ServiceDays) || f.recent(visited.day(), b.rules.ServiceDays)
}

// insuranceGroup is the insurance of an event without regard to who is insured: the
// first digit of its code.
func insuranceGroup(e event) string {
	code := e.text("insurance")
	if code == "" {
		return ""
	}
	return code[:1]
}

// insuredBy lists the insurances for which somebody pays or draws, by the newest state
// of each.
func insuredBy(m *member) []string {
	newest := map[string]event{}
	for _, e := range m.events {
		if e.Kind == "insurance_state" && insuranceGroup(e) != "" {
			newest[insuranceGroup(e)] = e
		}
	}
	var groups []string
	for group, e := range newest {
		if e.is("state", paying) {
			groups = append(groups, group)
		}
	}
	slices.Sort(groups)
	return groups
}
