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

// lossClear: reason and date of the loss of work, by the event or the registration.
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
// was dated within the months of the rules.
// It stands on the census form, or in what was registered since.
func insuranceClear(f *family, m *member) bool {
	for _, group := range []string{pension, medical, jobless} {
		state := last(m.events, func(e event) bool { return e.Kind == "insurance_state" && insuranceGroup(e) == group })
		form := insuranceForm[group]
		known := state != nil && state.has("state") && f.within(state.on, f.rules.InsuranceMonths)
		if told := m.has(form+"_state") && f.within(m.date(form+"_on"), f.rules.InsuranceMonths); !known && !told {
			return false
		}
	}
	return true
}

// insuranceForm begins the names of the form's fields about an insurance.
var insuranceForm = map[string]string{pension: "pension", medical: "medical", jobless: "unemployment"}

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
	served := last(m.events, func(e event) bool { return reaches(&e) && e.Kind != "follow_up" })
	placed := last(m.events, of("placement"))
	visited := last(f.events, of("visit"))
	return placed != nil && placed.on >= m.facts.spell.from.on ||
		f.recent(served.day(), f.rules.ServiceDays) || f.recent(visited.day(), f.rules.ServiceDays)
}

// insuranceGroup is the insurance of an event without regard to who is insured: the
// widest item of its list.
func insuranceGroup(e event) string {
	code := e.text("insurance")
	f, ok := e.kind.Field("insurance")
	if !ok || f.List() == nil {
		return code
	}
	for range f.List().Items {
		item, known := f.List().Item(code)
		if !known || item.Parent == "" {
			break
		}
		code = item.Parent
	}
	return code
}

// insuredBy lists the insurances for which somebody pays or draws: by the newest state
// of each, else by the form.
func insuredBy(m *member) []string {
	newest, groups := map[string]event{}, []string{}
	for _, e := range m.events {
		if e.Kind == "insurance_state" && insuranceGroup(e) != "" {
			newest[insuranceGroup(e)] = e
		}
	}
	for group, e := range newest {
		if e.is("state", payingState...) {
			groups = append(groups, group)
		}
	}
	for group, form := range insuranceForm {
		if _, told := newest[group]; !told && m.is(form+"_state", insuredState...) {
			groups = append(groups, group)
		}
	}
	slices.Sort(groups)
	return groups
}
