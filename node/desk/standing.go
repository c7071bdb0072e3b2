package desk

import (
	"slices"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// standing is the status of a person today with the day since which it is so, and the
// day on which an edit has found another: of the survey, where that is later than what
// is known, else today.
func (s *saver) standing(tx *journal.Tx, person facts.Entry, drawn *draft) (status, since, day string, err error) {
	today, _, err := s.at.Today(tx)
	if err != nil {
		return "", "", "", err
	}
	book := facts.NewBook(s.at.Schema.Now(), facts.Plain())
	family, survey, err := s.familyOf(tx, book, person, drawn)
	if err != nil {
		return "", "", "", err
	}
	for _, row := range book.OfFamily(family, today.Date).All {
		if row.Kind == facts.PersonFacts && row.ID == person.ID {
			status, since = row.Values["status"].Text(), row.Values["status_since"].Text()
		}
	}
	day = today.Date
	if survey > since && survey < day {
		day = survey
	}
	return status, since, day, nil
}

// keepFoundOn has the values of a record say on which day its status was found, which
// was read from the household's survey until now: the next survey is another one.
func (s *saver) keepFoundOn(tx *journal.Tx, person change.RecordID, name string, drawn *draft, values map[string]change.Value) error {
	day := name + "_on"
	if _, ok := s.kind.Field(day); !ok || !drawn.whole[day].IsNull() {
		return nil
	}
	own, err := s.at.Records.History(tx, s.kind.Name, person)
	if err != nil {
		return err
	}
	first := slices.IndexFunc(own, func(p records.Past) bool { return !p.Change.Fields.Get(name).IsNull() })
	of := change.RecordID(drawn.known.Value("household").Text())
	if first < 0 || of == "" {
		return nil
	}
	surveys, err := s.at.Records.History(tx, "household", of.Of("household", s.at.Members.Unit().ID))
	for _, p := range surveys {
		said := p.Change.Fields.Get("survey_date")
		if !said.IsNull() && (values[day].IsNull() || isBefore(p, own[first])) {
			values[day] = said
		}
	}
	return err
}

// isBefore reports whether a change was made before one of another record: as a stream
// has them, else as their authors' clocks said, which is good enough for a proposal.
func isBefore(p, other records.Past) bool {
	if p.Stream == other.Stream {
		return p.Seq < other.Seq
	}
	return p.Change.At <= other.Change.At
}

// familyOf gathers what a person's own status is made of, and the day of the survey.
func (s *saver) familyOf(tx *journal.Tx, book *facts.Book, person facts.Entry, drawn *draft) (f facts.Family, survey string, err error) {
	p := facts.Person{Entry: person}
	for _, k := range book.Events(s.kind.Name) {
		events, err := s.eventsAbout(tx, k, person.ID)
		if err != nil {
			return f, "", err
		}
		for _, rec := range events {
			p.Events = append(p.Events, facts.Entry{Kind: k.Name, ID: rec.ID(), Values: k.Complete(rec.Values())})
		}
	}
	f.Members = []facts.Person{p}
	of := change.RecordID(drawn.whole["household"].Text())
	if of == "" {
		return f, "", nil
	}
	home, err := s.at.Records.Get(tx, "household", of.Of("household", s.at.Members.Unit().ID))
	if err != nil || home == nil || home.Void() {
		return f, "", err
	}
	k, _ := s.at.Schema.Kind("household")
	f.Household = &facts.Entry{Kind: k.Name, ID: home.ID(), Values: k.Complete(home.Values())}
	return f, home.Value("survey_date").Text(), nil
}

// eventsAbout are the valid events of a kind about a person, of the units of the line.
func (s *saver) eventsAbout(tx *journal.Tx, k *schema.Kind, person change.RecordID) (events []*merge.Record, err error) {
	only := filter.Range{Low: string(person), High: string(person)}
	q := records.PageQuery{Kind: k.Name, Where: []filter.Term{{Field: k.Subject, Ranges: []filter.Range{only}, One: true}},
		Match: func(rec *merge.Record) bool {
			by := change.UnitID(records.ValueOf(rec, "unit").Text())
			return !rec.Void() && rec.Value(k.Subject).Text() == string(person) && s.at.OnLine(by)
		}}
	for more := true; more && err == nil; more = q.After != "" {
		var page records.Page
		page, err = s.at.Records.Page(tx, q)
		events = append(events, page.Records...)
		q.After = page.Next
	}
	return events, err
}
