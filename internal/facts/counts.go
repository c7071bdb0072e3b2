package facts

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// A figure is how many rows add to its parts: each row says to which in its field
// `counts`, by codes of the list figure_part. indicators.yaml says of which parts an
// indicator is made.

// CountsField is the field of a derived kind that says to which parts a row adds.
const CountsField = "counts"

// part is a part of figures, and whether a row adds to it.
type part struct {
	code string
	adds bool
}

// counts are the parts to which a row adds.
func counts(parts []part) change.Value {
	var codes []string
	for _, p := range parts {
		if p.adds {
			codes = append(codes, p.code)
		}
	}
	return change.Set(codes)
}

// personCounts are the parts to which a person adds.
func (b *Book) personCounts(f *family, m *member) change.Value {
	s, placed := &m.facts, last(m.events, of("placement"))
	stable := placed != nil && b.atWorkBy(m, placed) && b.stable(f, placed, checkOf(m, placed))
	lost := ""
	if s.unemployed && s.spell != nil {
		lost = f.jobless(s.spell.from.on)
	}
	former, entitled := f.formerZero() && s.employed, has(s.hardship, entitledHardship)
	parts := []part{
		{"persons", true},
		{"urban_employed", s.urban && s.employed}, {"registered", s.unemployed && s.registered != nil},
		{"jobless", s.unemployed}, {"jobless_half", lost >= "2"}, {"jobless_year", lost >= "3"},
		{"asked", s.asked}, {"six_clear", s.asked && len(s.clear) == 0},
		{"former_employed", former}, {"former_stable", former && stable},
		{"placed", placed != nil}, {"placed_stable", stable},
		{"entitled", entitled}, {"certified", entitled && f.certified(m)},
	}
	if s.working && (s.employed || s.unemployed) {
		for _, g := range f.groups(m) {
			parts = append(parts, part{g.code + "_labour", g.adds}, part{g.code + "_work", g.adds && s.employed})
		}
	}
	return counts(parts)
}

// groups are those for which there is a rate of employment.
func (f *family) groups(m *member) []part {
	s := &m.facts
	moved, home := f.resettled()
	jobless := func(s spell) bool { return s.lasts() || s.to.on >= moved }
	return []part{
		{"all", true},
		{"listed", f.registeredInYear(m)},
		{"hardship", len(s.hardshipInYear) > 0},
		{"older", slices.Contains(s.hardshipInYear, older)},
		{"ages", s.age >= olderFrom(m.text("sex"))},
		{"resettled", home && slices.ContainsFunc(m.spells, jobless)},
		{"homes", home},
	}
}

// registeredInYear reports whether somebody was registered as unemployed on the day or
// earlier in its year.
func (f *family) registeredInYear(m *member) bool {
	return m.facts.registered != nil ||
		last(m.events, func(e event) bool { return of("registration", "deregistration")(e) && f.thisYear(e.on) }) != nil
}

// resettled reports whether the home is one of those for who was moved from shanties, and
// since when; "" where nobody says it.
func (f *family) resettled() (since string, is bool) {
	since = f.household.date("resettled_on")
	if since != "" && !f.reached(since) {
		return "", false
	}
	return since, since != "" || f.household.is("housing", resettledHousing)
}

// formerZero reports whether the family was recognised as one without anybody at work: by
// a step that is not overruled.
func (f *family) formerZero() bool {
	return last(f.events, func(e event) bool {
		return e.Kind == familyStep && !f.overruled[e.ID] && e.is("family_kind", zeroFamily) && e.is("step", recognisedSteps...)
	}) != nil
}

// certified reports whether somebody holds the certificate of who is to be helped into
// work, or its number stands in the registration.
func (f *family) certified(m *member) bool {
	if last(m.events, func(e event) bool { return e.Kind == "registration" && e.has("privilege_no") }) != nil {
		return true
	}
	return slices.ContainsFunc(m.held, func(p Entry) bool {
		return p.Kind == certificateKind && p.is("kind", helpCertificates...) && f.isHeld(m, &p)
	})
}

// isHeld reports whether a certificate is in the hands of somebody, by its case, and where it
// has none by the record.
func (f *family) isHeld(m *member, p *Entry) bool {
	if c := m.caseOf(p.ID); c != nil {
		return c.on("issued") != "" && !c.Ended && c.Last().Name != "frozen"
	}
	issued, withdrawn := p.date("issued_on"), p.date("withdrawn_on")
	return (!p.has("state") || p.is("state", certificateValid)) && issued != "" && f.reached(issued) && (withdrawn == "" || !f.reached(withdrawn))
}

// householdCounts are the parts to which a household adds.
func (b *Book) householdCounts(f *family, n tally) change.Value {
	if f.allElsewhere() {
		return counts(nil)
	}
	former := f.formerZero()
	return counts([]part{
		{"households", true}, {"zero_employment", b.zero(f, n)},
		{"double_laid_off", n.laidOff >= 2}, {"dual_employed", n.employed >= 2},
		{"former_zero", former}, {"former_dual", former && n.employed >= 2},
	})
}

// has reports whether one of some codes is among others.
func has(codes, some []string) bool {
	return slices.ContainsFunc(codes, func(code string) bool { return slices.Contains(some, code) })
}

// Counts reports whether rows of a kind add to parts of figures.
func Counts(k *schema.Kind) bool {
	f, ok := k.Field(CountsField)
	return ok && k.Sort == schema.Derived && f.Name == CountsField && f.Type == schema.Codes
}

// AddTo adds one for each part that a row adds to.
func (r Rows) AddTo(parts map[string]int64) {
	for _, row := range r.All {
		row.Values[CountsField].EachText(func(code string) { parts[code]++ })
	}
}

// partsOf are the parts that a kind may add to.
func partsOf(k *schema.Kind) map[string]bool {
	parts := map[string]bool{}
	if k == nil || !Counts(k) {
		return parts
	}
	f, _ := k.Field(CountsField)
	for _, item := range f.List().Items {
		parts[item.Code] = true
	}
	return parts
}
