package desk

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/today"
)

// subject is a person of this unit with what is said of its status.
type subject struct {
	facts.Person
	ID        change.RecordID
	record    *merge.Record
	household *facts.Entry // nil: none is here
	settled   bool         // the record only repeats what events say
	today     string       // in the zone
	zone      string

	status, since string // as it is today: see gather
	outranked     bool   // an event which goes before what is found on its day gives it
}

// subject reads a person whose record is given, without the events.
func (s *saver) subject(tx *journal.Tx, id change.RecordID, record *merge.Record) (*subject, error) {
	k, _ := s.at.Schema.Kind(personKind)
	p := &subject{ID: id, record: record, Person: facts.Person{Entry: facts.EntryOf(k, id, facts.Values(record.Values()))}}
	p.settled = p.Entry.Value("status_from_events").Bool()
	day, zone, err := s.at.Today(tx)
	if err != nil {
		return nil, err
	}
	p.today, p.zone = day.Date, zone
	p.household, err = s.householdOf(tx, record)
	return p, err
}

// gather reads the events that give the person a status, and says which one that is
// today.
func (s *saver) gather(tx *journal.Tx, p *subject) error {
	book, err := s.at.Book(tx)
	if err != nil {
		return err
	}
	p.Events = nil
	for _, k := range book.About(personKind) {
		if !k.GivesStatus() {
			continue
		}
		events, err := s.eventsAbout(tx, k, p.ID)
		if err != nil {
			return err
		}
		for _, rec := range events {
			p.Events = append(p.Events, facts.EntryOf(k, rec.ID(), facts.Values(rec.Values())))
		}
	}
	p.status, p.since = book.Standing(p.Person, p.household, p.today)
	p.outranked = slices.ContainsFunc(p.Events, func(e facts.Entry) bool {
		k, _ := s.at.Schema.Kind(e.Kind)
		return k.Finds == "" && e.Value(k.Day).Text() == p.since
	})
	return nil
}

// firstDay is a day on which the status of a record may have been found that names none:
// of its first change, or of an event that gives a status, about to be written too,
// whichever is the earliest.
func (s *saver) firstDay(tx *journal.Tx, p *subject, about string) (day string, err error) {
	in, err := today.Zone(p.zone)
	if err != nil {
		return "", err
	}
	past, err := s.at.Records.History(tx, personKind, p.ID)
	if err != nil || len(past) == 0 {
		return p.today, err
	}
	if err := s.gather(tx, p); err != nil {
		return "", err
	}
	day = dateOf(past[0].Change.At, in)
	for _, other := range append(p.statusDays(s.at.Schema.Now()), about) {
		if other != "" {
			day = min(day, other)
		}
	}
	return day, nil
}

const (
	personKind    = "person"
	householdKind = "household"
	surveyField   = "survey_date"
)

// householdOf is the household of a person as it is, nil where it is not here.
func (s *saver) householdOf(tx *journal.Tx, person *merge.Record) (*facts.Entry, error) {
	of := change.RecordID(person.Value(householdKind).Text())
	if of == "" {
		return nil, nil
	}
	home, err := s.at.Records.Get(tx, householdKind, of.Of(householdKind, s.at.Keeper(ownerOf(person))))
	if err != nil || home == nil || home.Void() {
		return nil, err
	}
	k, _ := s.at.Schema.Kind(householdKind)
	e := facts.EntryOf(k, home.ID(), facts.Values(home.Values()))
	return &e, nil
}

func (p *subject) survey() string {
	if p.household == nil {
		return ""
	}
	return p.household.Value(surveyField).Text()
}

// eventsAbout are the valid events of a kind about a person, of the units of the line.
func (s *saver) eventsAbout(tx *journal.Tx, k *schema.Kind, person change.RecordID) ([]*merge.Record, error) {
	return s.naming(tx, k, k.Subject, person)
}

// naming are the valid records of a kind that name another one, of the units of the line.
func (s *saver) naming(tx *journal.Tx, k *schema.Kind, field string, id change.RecordID) ([]*merge.Record, error) {
	return s.having(tx, k.Name, field, change.Text(string(id)), func(rec *merge.Record) bool {
		return s.at.Tells(ownerOf(rec))
	})
}

func isDisputed(r *merge.Record, field string) bool {
	return slices.ContainsFunc(r.Conflicts(), func(c merge.Conflict) bool { return c.Field == field })
}
