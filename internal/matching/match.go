package matching

import (
	"cmp"
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// The kinds that are matched.
const (
	VacancyKind = "vacancy"
	PersonKind  = "person"
	seekingKind = "job_seeking"
)

// How many rows an answer has.
const (
	DefaultRows = 20
	MaxRows     = 500
)

// Kinds are those of which a match reads records.
func Kinds() []string {
	return []string{VacancyKind, PersonKind, seekingKind, facts.PersonFacts, facts.HouseholdFacts}
}

// Ask is what is asked: persons for a vacancy, or vacancies for a person.
type Ask struct {
	Kind  string          `json:"kind"` // of what the id names
	ID    change.RecordID `json:"id"`
	Scope change.UnitID   `json:"scope,omitempty"` // a division code or a unit; "": where it is asked
	Limit int             `json:"limit,omitempty"` // of rows, 1 to MaxRows; 0: DefaultRows
	All   bool            `json:"all,omitempty"`   // those too that a hard reason excludes
}

// Validate returns Invalid for another kind and a limit out of bounds.
func (a Ask) Validate() error {
	switch {
	case a.Kind != VacancyKind && a.Kind != PersonKind:
		return fault.New(fault.Invalid, "nothing is matched with a record of the kind %q", a.Kind).WithHint("give vacancy or person, and an id")
	case a.Limit < 0 || a.Limit > MaxRows:
		return fault.New(fault.Invalid, "an answer has 1 to %d rows", MaxRows).WithHint("give a limit of 1 to %d", MaxRows)
	}
	return nil
}

// Bounds are how many candidates are looked at; 0: all.
type Bounds struct{ Persons, Vacancies int }

// Answer is who or what goes with what was asked about, the best first.
type Answer struct {
	Rows     []Ranked          `json:"rows"`
	Looked   int               `json:"looked"` // candidates that were looked at
	Cut      bool              `json:"cut"`    // there are more candidates than were looked at
	Coverage question.Coverage `json:"coverage"`

	About Ranked            `json:"-"` // what was asked about, without a rank
	Asked []Asked           `json:"-"` // what that asks for
	Tells []change.RecordID `json:"-"` // persons the answer tells of, for the audit log
}

// Ranked is one of an answer. What only a person or only a vacancy has is left out of the
// other.
type Ranked struct {
	Rank     int             `json:"rank"`
	ID       change.RecordID `json:"id"`
	Unit     string          `json:"unit"`
	Name     string          `json:"name"` // of the person, or of the post
	Score    int             `json:"score"`
	Priority Priority        `json:"priority"`
	Excluded bool            `json:"excluded,omitempty"` // by a hard reason
	Reasons  []Reason        `json:"reasons"`

	IDNumber string `json:"id_number,omitempty"` // masked
	Sex      string `json:"sex,omitempty"`
	Age      int    `json:"age,omitempty"`
	Employer string `json:"employer,omitempty"`
	Wage     int64  `json:"wage,omitempty"` // fen a month
	Posts    int64  `json:"posts,omitempty"`
}

// fewPersons is how many candidates an answer needs to tell of none of those it does not
// show.
const fewPersons = 5

// Match answers what is asked. It returns Invalid for a wrong question, a void record and
// an id of the other kind, NotFound, and what the records return.
func (b *Book) Match(ctx context.Context, in Records, ask Ask, most Bounds) (*Answer, error) {
	if err := ask.Validate(); err != nil {
		return nil, err
	}
	ask.Limit = cmp.Or(ask.Limit, DefaultRows)
	r := reader{ctx: ctx, in: in, book: b}
	if ask.Kind == VacancyKind {
		return r.personsFor(ask, most.Persons)
	}
	return r.vacanciesFor(ask, most.Vacancies)
}

func (r reader) personsFor(ask Ask, most int) (*Answer, error) {
	row, err := r.subject(VacancyKind, PersonKind, ask.ID, vacancyFields)
	if err != nil {
		return nil, err
	}
	v := r.book.Vacancy(row)
	known, cut, err := r.candidates(v, most)
	if err != nil {
		return nil, err
	}
	pairs := make([]pair, len(known))
	for i, k := range known {
		s := r.book.Seeker(k)
		pairs[i] = pair{id: s.ID, v: v, s: s}
	}
	a := r.book.rank(pairs, ask)
	a.About, a.Asked, a.Cut = Ranked{ID: v.ID}, r.book.askedFor(v), cut
	a.About.showVacancy(r.book, v)
	for i := range a.Rows {
		a.Tells = append(a.Tells, a.Rows[i].ID)
	}
	if len(pairs) < fewPersons {
		a.Tells = nil
		for _, p := range pairs {
			a.Tells = append(a.Tells, p.id)
		}
	}
	return a, nil
}

func (r reader) vacanciesFor(ask Ask, most int) (*Answer, error) {
	row, err := r.subject(PersonKind, VacancyKind, ask.ID, personFields)
	if err != nil {
		return nil, err
	}
	known, err := r.know([]Row{row})
	if err != nil {
		return nil, err
	}
	s := r.book.Seeker(known[0])
	rows, cut, err := r.vacancies(s, most, ask.All)
	if err != nil {
		return nil, err
	}
	pairs := make([]pair, len(rows))
	for i, row := range rows {
		pairs[i] = pair{id: row.ID, v: r.book.Vacancy(row), s: s}
	}
	a := r.book.rank(pairs, ask)
	a.About, a.Asked, a.Cut, a.Tells = Ranked{ID: s.ID, Priority: s.Priority}, r.book.askedBy(s), cut, []change.RecordID{s.ID}
	a.About.showPerson(s)
	return a, nil
}

// pair is a candidate with what was asked about; id is the candidate's.
type pair struct {
	id       change.RecordID
	v        *Vacancy
	s        *Seeker
	score    int
	excluded bool
}

// compare puts the best first: those whom nothing excludes, by score, then priority, then
// id. No two have one id, so there is one order.
func (p *pair) compare(other *pair) int {
	return cmp.Or(before(p.excluded, other.excluded), cmp.Compare(other.score, p.score), cmp.Compare(p.s.Priority, other.s.Priority), cmp.Compare(p.id, other.id))
}

func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (b *Book) rank(pairs []pair, ask Ask) *Answer {
	a := &Answer{Rows: []Ranked{}, Looked: len(pairs)}
	kept := make([]*pair, 0, len(pairs))
	for i := range pairs {
		p := &pairs[i]
		if p.score, p.excluded = b.Score(p.v, p.s); ask.All || !p.excluded {
			kept = append(kept, p)
		}
	}
	slices.SortFunc(kept, (*pair).compare)
	for i, p := range kept[:min(len(kept), ask.Limit)] {
		row := Ranked{Rank: i + 1, ID: p.id, Score: p.score, Priority: p.s.Priority, Excluded: p.excluded, Reasons: b.Reasons(p.v, p.s)}
		if ask.Kind == VacancyKind {
			row.showPerson(p.s)
		} else {
			row.showVacancy(b, p.v)
		}
		a.Rows = append(a.Rows, row)
	}
	return a
}
