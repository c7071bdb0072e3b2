package matching

import (
	"slices"
	"strconv"

	"tongbu/internal/change"
)

// told is a yes or no that may be missing.
type told struct{ has, yes bool }

// Vacancy is what is asked of a vacancy.
type Vacancy struct {
	ID       change.RecordID
	Unit     string // division code
	Name     string // of the trade, as typed; "" where it has the occupation's alone
	Employer string
	Wage     int64 // fen a month, as told
	Posts    int64

	place      place
	open       openness
	from       string // of openness notBegun
	occupation string
	group      string
	wage       int64
	area       int
	form       string
	sex        string
	ageFrom    int
	ageTo      int
	education  string
	schooling  int // the level of that; 0: none is asked for
	skill      string
	takesOlder told
	public     bool
	insurance  string
	board      string
	stable     stability
}

// openness is whether a vacancy takes people on the day.
type openness uint8

const (
	isOpen openness = iota
	isFull
	isOver
	isWithdrawn
	notBegun
)

// stability is whether a post is a stable one: insured, with a contract of a year.
type stability uint8

const (
	stableUnknown stability = iota
	stablePost
	notStable
)

// vacancyFields are the fields that are read of a vacancy.
var vacancyFields = []string{"occupation", "occupation_name", "employer_name", "wage", "posts", "placed", "area", "employment_kind", "sex", "age_from", "age_to",
	"education", "skill_level", "takes_older", "source", "public_kind", "reserved", "insurance", "board", "stable", "contract_term", "from", "to", "state", "registered_on"}

// Vacancy reads a vacancy.
func (b *Book) Vacancy(row Row) *Vacancy {
	v := &Vacancy{ID: row.ID, Unit: row.Unit, Name: row.text("occupation_name"), Employer: row.text("employer_name"),
		Wage: row.number("wage"), Posts: row.number("posts"), place: b.placeOf(row.Unit)}
	v.occupation, v.wage, v.area, v.form = row.text("occupation"), v.Wage, tierOf(row.text("area")), row.text("employment_kind")
	v.group = b.groups[v.occupation]
	v.sex, v.ageFrom, v.ageTo = row.text("sex"), int(row.number("age_from")), int(row.number("age_to"))
	v.education, v.skill, v.takesOlder = row.text("education"), row.text("skill_level"), row.told("takes_older")
	v.schooling = educationNeeded(v.education)
	v.public = row.text("public_kind") != "" || row.told("reserved").yes || slices.Contains(publicSources, row.text("source"))
	v.insurance, v.board = row.text("insurance"), row.text("board")
	v.open, v.from = b.openness(row), row.text("from")
	v.stable = stabilityOf(row.told("stable"), v.insurance, row.text("contract_term"))
	return v
}

func (b *Book) openness(row Row) openness {
	posts, from, to := row.number("posts"), row.text("from"), row.text("to")
	switch state := row.text("state"); {
	case state == withdrawn:
		return isWithdrawn
	case state == expired, to != "" && to < b.day:
		return isOver
	case state == filled, posts > 0 && row.number("placed") >= posts:
		return isFull
	case from > b.day:
		return notBegun
	}
	return isOpen
}

// stabilityOf is what the vacancy says itself, else what insurance and contract say.
func stabilityOf(said told, insurance, term string) stability {
	months, known := termMonths(term)
	insured := insurance == allFive || insurance == someKinds || insurance == withSubsidy
	switch {
	case said.has && said.yes, insured && known && months >= 12:
		return stablePost
	case said.has, insurance == noInsurance, known && months < 12:
		return notStable
	}
	return stableUnknown
}

// tierOf is the number of an area: 1 is the community, 5 another city.
func tierOf(code string) int {
	n, _ := strconv.Atoi(code) // what is no number is no area
	return n
}
