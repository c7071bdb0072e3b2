package schema

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
