package rulepack

import (
	"fmt"

	"tongbu/internal/calendar"
)

// AgeRule says until which age somebody is of working age: from Months months of age
// on for those born before Since, and for those born from then on one month later for
// each Step months of birth, up to Most. The first rule that fits is the one.
type AgeRule struct {
	Sex      string // code of sex; "" for both
	Category string // retirement category; "" for all
	Months   int
	Since    string // YYYY-MM; "" for never
	Step     int
	Most     int // months
}

// Codes of sex (GB/T 2261.1), and the retirement category of a woman who may retire at 50.
const (
	male, female = "1", "2"
	woman50      = "3"
)

// plainAges end working age after the years of age that are given.
func plainAges(man, woman int) []AgeRule {
	return []AgeRule{{Sex: female, Months: (woman + 1) * 12}, {Months: (man + 1) * 12}}
}

// gradualAges are those of the decision of 13 September 2024 on raising the statutory
// retirement age, in force from 2025.
func gradualAges() []AgeRule {
	return []AgeRule{
		{Sex: female, Category: woman50, Months: 50 * 12, Since: "1975-01", Step: 2, Most: 55 * 12},
		{Sex: female, Months: 55 * 12, Since: "1970-01", Step: 4, Most: 58 * 12},
		{Months: 60 * 12, Since: "1965-01", Step: 4, Most: 63 * 12},
	}
}

// Retires is the day from which a person is above working age.
func (r *Rules) Retires(sex, category, birth string) string {
	a := AgeRule{Months: 60 * 12} // no rule: as for men
	for _, rule := range r.Ages {
		if rule.fits(sex, category) {
			a = rule
			break
		}
	}
	return calendar.AddMonths(birth, a.months(birth))
}

func (a AgeRule) fits(sex, category string) bool {
	return (a.Sex == "" || a.Sex == sex) && (a.Category == "" || a.Category == category)
}

func (a AgeRule) months(birth string) int {
	if a.Since == "" || a.Step == 0 || birth[:7] < a.Since {
		return a.Months
	}
	return min(a.Months+(calendar.Month(birth)-calendar.Month(a.Since))/a.Step+1, a.Most)
}

// agesByName are the tables that a pack of working age may name.
func agesByName(name string) ([]AgeRule, bool) {
	switch name {
	case "plain":
		return plainAges(59, 54), true
	case "2025":
		return gradualAges(), true
	}
	return nil, false
}

// Bounds of what a table of ages may say.
const (
	leastAge, mostAge = 40, 70 // years at which working age ends
	maxAgeRules       = 12
)

// judgeAges finds what a table of ages contradicts itself by.
func judgeAges(key string, ages []AgeRule) *Refusal {
	for i, a := range ages {
		for _, before := range ages[:i] {
			if (before.Sex == "" || before.Sex == a.Sex) && (before.Category == "" || before.Category == a.Category) {
				return refuse(key, fmt.Sprintf("row %d is for nobody, an earlier row is for all of them", i+1), fmt.Sprintf("第 %d 行没有人适用，前面的行已包括这些人", i+1))
			}
		}
	}
	man, hasMan := ageOf(ages, male)
	woman, hasWoman := ageOf(ages, female)
	switch {
	case !hasMan || !hasWoman:
		return refuse(key, "men or women have no row", "缺少男性或女性的行")
	case laterAge(woman, man):
		return refuse(key, "working age of women ends after that of men", "女性劳动年龄的上限高于男性")
	}
	return nil
}

// laterAge reports whether somebody would be of working age for longer by one rule than
// by another, born before both change or after.
func laterAge(a, other AgeRule) bool {
	return a.Months > other.Months || max(a.Months, a.Most) > max(other.Months, other.Most)
}

// ageOf is the rule for a sex without a retirement category.
func ageOf(ages []AgeRule, sex string) (AgeRule, bool) {
	for _, a := range ages {
		if a.fits(sex, "") {
			return a, true
		}
	}
	return AgeRule{}, false
}
