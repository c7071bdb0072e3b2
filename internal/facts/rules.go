package facts

import "tongbu/internal/calendar"

// Rules are the parameters of a rule pack that rows are made by.
type Rules struct {
	Name string
	Ages []AgeRule
	// FreeIncome is what a household may have a month from business and investments
	// and still be one without work, in fen.
	FreeIncome int64
	// ServiceDays is for how many days a service keeps the placement clear.
	ServiceDays int
	MinimumWage int64 // local, a month, in fen; 0: any income will do
	TravelDay   int64 // paid to somebody in training for each day, in fen
}

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

// workingFrom is the age in years at which working age begins (Labour Law, article 15).
const workingFrom = 16

// Plain are the rules that hold until others are published: men to 59, women to 54.
func Plain() Rules {
	return Rules{Name: "plain", ServiceDays: 90, TravelDay: 500, Ages: []AgeRule{
		{Sex: female, Months: 55 * 12},
		{Months: 60 * 12},
	}}
}

// Gradual are the rules of the decision of 13 September 2024 on raising the statutory
// retirement age, in force from 2025.
func Gradual() Rules {
	r := Plain()
	r.Name = "2025"
	r.Ages = []AgeRule{
		{Sex: female, Category: woman50, Months: 50 * 12, Since: "1975-01", Step: 2, Most: 55 * 12},
		{Sex: female, Months: 55 * 12, Since: "1970-01", Step: 4, Most: 58 * 12},
		{Months: 60 * 12, Since: "1965-01", Step: 4, Most: 63 * 12},
	}
	return r
}

// retires is the day from which a person is above working age.
func (r Rules) retires(sex, category, birth string) string {
	for _, a := range r.Ages {
		if a.Sex != "" && a.Sex != sex || a.Category != "" && a.Category != category {
			continue
		}
		return calendar.AddMonths(birth, a.months(birth))
	}
	return calendar.AddMonths(birth, 60*12)
}

func (a AgeRule) months(birth string) int {
	if a.Since == "" || a.Step == 0 || birth[:7] < a.Since {
		return a.Months
	}
	return min(a.Months+(calendar.Month(birth)-calendar.Month(a.Since))/a.Step+1, a.Most)
}
