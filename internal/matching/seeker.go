package matching

import (
	"tongbu/internal/change"
)

// Priority is who comes first of those a vacancy fits equally well.
type Priority uint8

// The priorities, the first first.
const (
	ZeroFamily Priority = iota // of a family without anybody at work
	Hardship                   // recognised as hard to place
	Other
)

var priorityNames = [...]string{"zero_family", "hardship", "other"}

// String is the word of the contract.
func (p Priority) String() string { return priorityNames[p] }

// MarshalText implements encoding.TextMarshaler.
func (p Priority) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. A word that this build does not know
// is the last priority.
func (p *Priority) UnmarshalText(text []byte) error {
	*p = Other
	for i, name := range priorityNames {
		if name == string(text) {
			*p = Priority(i)
		}
	}
	return nil
}

// Seeker is what is asked of a person.
type Seeker struct {
	ID       change.RecordID
	Unit     string // division code
	Name     string
	IDNumber string // as stored; who shows it masks it
	Sex      string
	Age      int // 0: not known
	Priority Priority
	Seeks    bool // has registered as a seeker
	Jobless  bool // without work, able and willing

	place       place
	occupations [3]wish
	pay         int64
	area        int
	form        string
	sex         string
	age         int
	education   string
	schooling   int // the level of that; 0: not known
	skill       string
	able        string
	willing     string
	employed    bool
	hardship    bool
	takesPublic told
}

// wish is an occupation that somebody wants.
type wish struct{ code, group string }

func (s *Seeker) hasWishes() bool { return s.occupations != [3]wish{} }

// isOlder is by the ages of the group 4050, whatever the person does.
func (s *Seeker) isOlder() bool {
	return s.sex == female && s.age >= 40 || s.sex == male && s.age >= 50
}

// The fields that are read of each kind.
var (
	personFields = []string{"name", "id_number", "household", "sex", "education", "skill_level", "labour_ability", "job_wish",
		"wish_occupation_1", "wish_occupation_2", "wish_occupation_3", "wish_pay", "wish_area", "wish_form", "takes_public_post"}
	seekingFields = []string{"person", "on", "valid_to", "occupation_1", "occupation_2", "occupation_3", "pay", "area", "form", "public_post"}
	factFields    = []string{"person", "age", "employed", "unemployed", "hardship"}
	familyFields  = []string{"zero_employment"}
)

// Known is all that is read of a person.
type Known struct {
	Person   Row
	Facts    Row   // person_facts; the zero Row: there are none
	Family   Row   // household_facts; likewise
	Seekings []Row // job_seeking, in any order
}

// Seeker reads a person. What the last registration that is still good leaves open is
// taken from the form.
func (b *Book) Seeker(k Known) *Seeker {
	p := k.Person
	s := &Seeker{ID: p.ID, Unit: p.Unit, Name: p.text("name"), IDNumber: p.text("id_number"), Sex: p.text("sex"), Age: int(k.Facts.number("age")),
		Priority: Other, Seeks: len(k.Seekings) > 0, Jobless: k.Facts.told("unemployed").yes, place: b.placeOf(p.Unit)}
	if s.Sex == "" {
		s.Sex = b.sexIn(s.IDNumber)
	}
	s.sex, s.age, s.education, s.skill = s.Sex, s.Age, p.text("education"), p.text("skill_level")
	s.schooling = educationLevel[s.education]
	s.able, s.willing, s.employed = p.text("labour_ability"), p.text("job_wish"), k.Facts.told("employed").yes
	k.Facts.value("hardship").EachText(func(string) { s.hardship = true })
	switch {
	case k.Family.told("zero_employment").yes:
		s.Priority = ZeroFamily
	case s.hardship:
		s.Priority = Hardship
	}
	b.readWishes(s, p, b.standing(k.Seekings))
	return s
}

func (b *Book) readWishes(s *Seeker, p, seeking Row) {
	s.occupations = b.wishes(seeking, "occupation_1", "occupation_2", "occupation_3")
	if !s.hasWishes() {
		s.occupations = b.wishes(p, "wish_occupation_1", "wish_occupation_2", "wish_occupation_3")
	}
	if s.pay = seeking.number("pay"); s.pay == 0 {
		s.pay = p.number("wish_pay")
	}
	if s.area = tierOf(seeking.text("area")); s.area == 0 {
		s.area = tierOf(p.text("wish_area"))
	}
	if s.form = seeking.text("form"); s.form == "" {
		s.form = p.text("wish_form")
	}
	if s.takesPublic = seeking.told("public_post"); !s.takesPublic.has {
		s.takesPublic = p.told("takes_public_post")
	}
}

func (b *Book) wishes(row Row, fields ...string) (all [3]wish) {
	for i, field := range fields {
		if code := row.text(field); code != "" {
			all[i] = wish{code, b.groups[code]}
		}
	}
	return all
}

// standing is the last registration that is good on the day; of two of one day the later
// id, as with the events of ledgers.
func (b *Book) standing(seekings []Row) (last Row) {
	for _, row := range seekings {
		on, to := row.text("on"), row.text("valid_to")
		if on > b.day || to != "" && to < b.day {
			continue
		}
		if was := last.text("on"); on > was || on == was && row.ID > last.ID {
			last = row
		}
	}
	return last
}

// sexIn is the sex that an ID number tells, as facts have it; "" where it tells none.
func (b *Book) sexIn(number string) string {
	k, ok := b.schema.Kind(PersonKind)
	if !ok || number == "" {
		return ""
	}
	return k.Missing(map[string]change.Value{"id_number": change.Text(number)})["sex"].Text()
}
