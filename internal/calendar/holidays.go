package calendar

// Year is what differs in a year from Monday to Friday being working days: the State
// Council announces each year which of them are off and which weekends are worked.
type Year struct {
	Off    []string // days
	Worked []string // days
}

// Holidays are the tables of some years. The zero value has none. It never changes.
type Holidays struct {
	known map[string]bool // years
	turns map[string]bool // whether a day that differs is worked
}

// NewHolidays takes the tables of years, by "2026".
func NewHolidays(years map[string]Year) Holidays {
	h := Holidays{known: map[string]bool{}, turns: map[string]bool{}}
	for name, year := range years {
		h.known[name] = true
		for _, day := range year.Off {
			h.turns[day] = false
		}
		for _, day := range year.Worked {
			h.turns[day] = true
		}
	}
	return h
}

// Known reports whether there is a table for the year of a day.
func (h Holidays) Known(day string) bool { return h.known[day[:4]] }

// Works reports whether a day is a working day; in a year without a table Monday to
// Friday are.
func (h Holidays) Works(day string) bool {
	if works, differs := h.turns[day]; differs {
		return works
	}
	return Weekday(day) < 5
}

// AddWorking is the last of so many working days counted from the day after one. known
// is false where a year on the way has no table.
func (h Holidays) AddWorking(day string, days int) (last string, known bool) {
	known = true
	for days > 0 {
		day = AddDays(day, 1)
		known = known && h.Known(day)
		if h.Works(day) {
			days--
		}
	}
	return day, known
}

// Weekday is 0 for Monday to 6 for Sunday.
func Weekday(day string) int { return (Number(day) + 2) % 7 }
