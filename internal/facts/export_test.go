package facts

// NextDay is the day after one.
func NextDay(date string) string { return addDays(date, 1) }

// AddMonths is addMonths.
func AddMonths(date string, months int) string { return addMonths(date, months) }

// Retires is Rules.retires.
func Retires(r Rules, sex, category, birth string) string { return r.retires(sex, category, birth) }
