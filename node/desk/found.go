package desk

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// foundLater are the fields of an edit that only an event changes: the record keeps
// what was found first, and the ledger what was before. Who types what the record says
// means that it is so again; a table or a run that is put once more means nothing by it.
func (s *saver) foundLater(drawn *draft, fields map[string]change.Value) map[string]*schema.Kind {
	later := map[string]*schema.Kind{}
	if drawn.known == nil || drawn.whole[merge.VoidField] == voidValue {
		return later
	}
	given := fields
	if s.how.Run == "" {
		given = drawn.values
	}
	for name, value := range given {
		by := s.at.Schema.Now().FoundBy(s.kind, name)
		if by != nil && !value.IsNull() && !drawn.known.Value(name).IsNull() && !isDisputed(drawn.known, name) {
			later[name] = by
		}
	}
	return later
}

// writeFound takes from an edit what only an event changes, and writes the events
// where they say something else than is known on their day. It returns what people are
// told of them.
func (s *saver) writeFound(w *streams.Writer, e *entry, drawn *draft, fields map[string]change.Value) (warnings []string, err error) {
	for name, by := range s.foundLater(drawn, fields) {
		value := drawn.values[name]
		delete(fields, name)
		was := s.kind.Complete(drawn.known.Values())
		if err := s.keepFoundOn(w.Tx, e.name, name, drawn, was); err != nil {
			return nil, err
		}
		status, since, day, err := s.standing(w.Tx, facts.Entry{Kind: s.kind.Name, ID: e.name, Values: was}, drawn)
		if err != nil {
			return nil, err
		}
		if value.Text() == status {
			continue
		}
		if on, said := was[name+"_on"]; said && on != drawn.known.Value(name+"_on") {
			fields[name+"_on"] = on
		}
		if since > day {
			day = since
		}
		if err := s.writeEvent(w, by, e.name, day, value); err != nil {
			return nil, err
		}
		warnings = append(warnings, fmt.Sprintf("%s: %s: 已另记为%s，档案保留首次查明的 / written as %s; the record keeps what was found first",
			name, by.Name, by.Label.Zh, by.Label.En))
	}
	return warnings, nil
}

// writeEvent says a status that was found on a day: in the event that is of that day,
// where this unit has written one, else in a new one.
func (s *saver) writeEvent(w *streams.Writer, by *schema.Kind, person change.RecordID, day string, status change.Value) error {
	own := s.at.Members.Unit().ID
	e := entry{called: called{name: change.NewRecordID(own, uuid.Must(uuid.NewV7()))}}
	of, err := s.eventsAbout(w.Tx, by, person)
	if err != nil {
		return err
	}
	for _, rec := range of {
		if maker, _ := rec.ID().Maker(); maker == own && rec.Value(by.Day).Text() == day {
			e.name = rec.ID()
		}
	}
	e.typed = &typed{object: map[string]any{by.Subject: string(person), by.Day: day, by.GivesFrom: status.Text()}}
	sub := saver{Desk: s.Desk, kind: by, how: Saving{Actor: s.how.Actor}}
	_, err = sub.writeOne(w, &e)
	return err
}

func isDisputed(r *merge.Record, field string) bool {
	return slices.ContainsFunc(r.Conflicts(), func(c merge.Conflict) bool { return c.Field == field })
}
