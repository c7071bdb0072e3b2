package schema

import (
	"strconv"
	"strings"
)

// AgeName is the name of the age where lists, filters and counts speak of it. It is
// no field: a kind of persons has it by its birth date and the day.
const AgeName = "age"

// AgeLabel is what people call it.
var AgeLabel = Label{Zh: "年龄", En: "age"}

// BirthDate returns the field that ages are reckoned from; false for a kind that has
// no ages, or a field of its own of that name.
func (k *Kind) BirthDate() (*Field, bool) {
	f, ok := k.Field("birth_date")
	_, taken := k.Field(AgeName)
	return f, ok && !taken && k.Personal && f.Type == Date
}

// LastBirth returns the latest day of birth of those who are that many full years
// old on a day, which must be valid: who is born on 29 February is a year older on
// the 28th of common years.
func LastBirth(day string, years int) string {
	year, _ := strconv.Atoi(day[:4])
	born := pad4(year-years) + day[4:]
	switch {
	case strings.HasSuffix(born, "-02-28") && isLeap(year-years) && !isLeap(year):
		return born[:8] + "29"
	case strings.HasSuffix(born, "-02-29") && !isLeap(year-years):
		return born[:8] + "28"
	}
	return born
}

func isLeap(year int) bool { return lastDay(year, 2) == 29 }

// pad4 writes a year so that dates compare as texts; one before the first is the
// first, for nobody is born before.
func pad4(year int) string {
	s := strconv.Itoa(max(year, 0))
	return strings.Repeat("0", max(4-len(s), 0)) + s
}
