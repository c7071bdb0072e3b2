package matching

import (
	"cmp"

	"tongbu/internal/schema"
)

// showPerson masks the person's number, and one that stands in the name: whoever asks.
func (r *Ranked) showPerson(s *Seeker) {
	r.Unit, r.Name, r.Sex, r.Age = s.Unit, schema.MaskIDNumbers(s.Name), s.Sex, s.Age
	if s.IDNumber != "" {
		r.IDNumber = schema.Masked(s.IDNumber)
	}
}

// showVacancy calls the post as it was typed, else by its occupation.
func (r *Ranked) showVacancy(b *Book, v *Vacancy) {
	r.Unit, r.Employer, r.Wage, r.Posts = v.Unit, schema.MaskIDNumbers(v.Employer), v.Wage, v.Posts
	r.Name = cmp.Or(schema.MaskIDNumbers(v.Name), b.called(occupationList, v.occupation).Zh)
}

// AskedBy are the fields of persons that a match asks by, for the audit log: who comes
// first tells something of each.
func AskedBy() []string {
	return []string{"sex", "birth_date", "education", "skill_level", "hardship", "labour_ability", "job_wish",
		"wish_occupation_1", "wish_pay", "wish_area", "wish_form", "takes_public_post"}
}
