package facts

// Retires is Rules.retires.
func Retires(r Rules, sex, category, birth string) string { return r.retires(sex, category, birth) }
