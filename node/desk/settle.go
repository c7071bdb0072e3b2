package desk

import (
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// before is what goes before an edit.
type before struct {
	told  []string          // what people are told of it
	wrote bool              // an event says some of the edit
	about []change.RecordID // whose records are to say another status afterwards
}

// writeBefore writes what goes before an edit.
func (s *saver) writeBefore(w *streams.Writer, e *entry, drawn *draft, fields map[string]change.Value) (b before, err error) {
	if s.within || e.byLine && drawn.known != nil {
		return b, nil
	}
	s.leaveMark(drawn, fields)
	if err = s.writeFound(w, e, drawn, fields, &b); err != nil {
		return b, err
	}
	b.about, err = s.settleBefore(w, drawn, fields)
	if s.kind.Name == personKind && drawn.known == nil && s.how.Run == "" && fields["status"].IsNull() {
		b.about = append(b.about, e.name) // events may have come before it
	}
	return b, err
}

// leaveMark takes from an edit what the program alone says: the mark that a field follows
// from events, and that a marked field is empty. A table may bring both into a record
// that is new, as an export has them.
func (s *saver) leaveMark(drawn *draft, fields map[string]change.Value) {
	if drawn.known == nil && s.how.Run != "" {
		return
	}
	for _, by := range s.at.Schema.Now().FindersOf(s.kind) {
		delete(fields, by.FromEvents())
		if value, given := fields[by.Finds]; given && value.IsNull() && drawn.known != nil && drawn.known.Value(by.FromEvents()).Bool() {
			delete(fields, by.Finds)
		}
	}
}

// settleBefore has events say what was found of the persons whom an edit is about: of
// whoever an event is about that gives a status, of who goes to another household, and of
// a household's members when the day of the survey becomes another one.
func (s *saver) settleBefore(w *streams.Writer, drawn *draft, fields map[string]change.Value) (about []change.RecordID, err error) {
	of := s.at.Schema.Now()
	switch subject, _ := s.kind.Field(s.kind.Subject); {
	case s.kind.GivesStatus() && subject != nil && subject.Ref == personKind:
		about = append(about, change.RecordID(drawn.whole[s.kind.Subject].Text()))
		if was := drawn.known; was != nil && was.Value(s.kind.Subject).Text() != string(about[0]) {
			about = append(about, change.RecordID(was.Value(s.kind.Subject).Text()))
		}
		for i := 0; err == nil && i < len(about); i++ {
			err = s.settlePerson(w, of, about[i], drawn.whole[s.kind.Day].Text())
		}
		return about, err
	case s.kind.Name == personKind && drawn.known != nil && !drawn.known.Value("status").IsNull() && len(fields) > 0 && fields[householdKind] != "":
		about = append(about, drawn.known.ID())
		return about, s.settlePerson(w, of, drawn.known.ID(), "")
	case s.kind.Name == householdKind && drawn.known != nil && !drawn.known.Value(surveyField).IsNull() && !fields[surveyField].IsNull():
		k, _ := of.Kind(personKind)
		members, err := s.naming(w.Tx, k, householdKind, drawn.known.ID())
		for i := 0; err == nil && i < len(members); i++ {
			if !members[i].Value("status").IsNull() {
				about = append(about, members[i].ID())
				err = s.settlePerson(w, of, members[i].ID(), "")
			}
		}
		return about, err
	}
	return nil, nil
}

func (s *saver) settlePerson(w *streams.Writer, of *schema.Schema, id change.RecordID, day string) error {
	p, by, err := s.ownPerson(w.Tx, of, id)
	if p == nil || err != nil {
		return err
	}
	return s.settle(w, by, p, day)
}

// ownPerson is a valid person of this unit whose status events find; nil for another.
func (s *saver) ownPerson(tx *journal.Tx, of *schema.Schema, id change.RecordID) (*subject, *schema.Kind, error) {
	k, known := of.Kind(personKind)
	holder, err := s.at.Records.HolderOf(tx, personKind, id)
	if err != nil || !known || !s.at.Holds(holder) || s.at.IsHub() {
		return nil, nil, err
	}
	by := of.FoundBy(k, "status")
	rec, err := s.at.Records.Get(tx, personKind, id)
	if err != nil || rec == nil || rec.Void() || by == nil {
		return nil, nil, err
	}
	p, err := s.subject(tx, id, rec)
	return p, by, err
}

// repeat has the records of persons say the status that is so, after an event about them.
func (s *saver) repeat(w *streams.Writer, about []change.RecordID) (err error) {
	for i := 0; err == nil && i < len(about); i++ {
		err = s.repeatOne(w, about[i])
	}
	return err
}

func (s *saver) repeatOne(w *streams.Writer, about change.RecordID) error {
	p, by, err := s.ownPerson(w.Tx, s.at.Schema.Now(), about)
	if p != nil && err == nil {
		err = s.gather(w.Tx, p)
	}
	if p != nil && err == nil && p.settled && len(p.statusDays(s.at.Schema.Now())) == 0 {
		p.status, p.since = "", "" // the events that gave it are void
		return s.say(w, by, p, nil)
	}
	if p == nil || err != nil || p.status == "" || p.settled && p.record.Value(by.Finds).Text() == p.status || isDisputed(p.record, by.Finds) {
		return err
	}
	return s.say(w, by, p, p.status)
}

// say has the record of a person say a status that events give, or with nil none.
func (s *saver) say(w *streams.Writer, by *schema.Kind, p *subject, status any) error {
	if status == nil && p.record.Value(by.Finds).IsNull() {
		return nil
	}
	k, _ := s.at.Schema.Kind(personKind)
	sub := saver{Desk: s.Desk, kind: k, how: Saving{Actor: s.how.Actor}, within: true}
	_, err := sub.writeOne(w, &entry{called: called{name: p.ID}, typed: &typed{object: map[string]any{by.Finds: status, by.FromEvents(): true}}})
	return err
}
