package facts

import "tongbu/internal/change"

// householdRow makes the household's facts of those of its members.
func (b *Book) householdRow(f *family) {
	if f.household == nil {
		return
	}
	n := f.count()
	row := map[string]change.Value{
		"household": change.Text(string(f.household.ID)),
		"members":   change.Int(n.members), "employed": change.Int(n.employed),
		"unemployed": change.Int(n.unemployed), "labour": change.Int(n.labour),
		"laid_off": change.Int(n.laidOff), "urban": change.Bool(n.urban),
		"zero_employment": change.Bool(b.zero(f, n)), "double_laid_off": change.Bool(n.laidOff >= 2),
		"dual_employed": change.Bool(n.employed >= 2), "low_income": f.household.value("low_income"),
		"income_per_head": f.household.value("income_per_head"), "free_income": change.Int(freeIncome(f.household)),
		CountsField: b.householdCounts(f, n),
	}
	f.add(HouseholdFacts, f.household.ID, row)
}

// tally counts a family's members.
type tally struct {
	members              int64 // who count here
	employed, unemployed int64 // of working age
	labour               int64 // W: of working age, able and willing
	laidOff              int64 // without work that they had
	idle                 int64 // of W, those without work
	urban                bool
}

func (f *family) count() (n tally) {
	n.urban = f.rules.Everybody
	for _, m := range f.members {
		s := &m.facts
		if m.is("relation", head) { // also one who counts elsewhere: it is the home's hukou
			n.urban = n.urban || s.urban
		}
		if m.elsewhere {
			continue
		}
		n.members++
		if !s.working {
			continue // above working age nobody saves or sinks a family
		}
		n.employed += one(s.employed)
		n.unemployed += one(s.unemployed)
		n.labour += one(s.willing || s.employed)
		n.idle += one(s.willing && s.unemployed)
		n.laidOff += one(s.spell != nil && s.spell.from.by.Kind == lossKind)
	}
	return n
}

// zero reports whether the family is one without anybody at work (零就业家庭): urban,
// with somebody able and willing, each of whom is without work, and no income from
// business or investments above the rules.
func (b *Book) zero(f *family, n tally) bool {
	return n.urban && n.labour > 0 && n.idle == n.labour && freeIncome(f.household) <= f.rules.FreeIncome
}

// freeIncome is what the household has a month without working for wages, in fen.
func freeIncome(h *Entry) int64 {
	return h.value("operating_income").Int() + h.value("investment_income").Int()
}

func one(holds bool) int64 {
	if holds {
		return 1
	}
	return 0
}
