package desk

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// What is found of a person changes by events alone, each with its day, so that a ledger
// keeps what was before (schema.Kind.Finds). The field of the record repeats what is so
// today, for whoever reads the record, a list or a form. Before the first such event it
// is what the survey found; that is then said by an event too.

// writeFound takes from an edit of a person what only an event changes, and writes the
// event where it says something else than is so.
func (s *saver) writeFound(w *streams.Writer, e *entry, drawn *draft, fields map[string]change.Value, b *before) error {
	for name, by := range s.foundLater(drawn, fields) {
		p, err := s.subject(w.Tx, e.name, drawn.known)
		if err == nil {
			err = s.gather(w.Tx, p)
		}
		if err != nil {
			return err
		}
		given := drawn.values[name]
		day := p.dayOf(given.Text(), drawn)
		again, err := s.isPutAgain(w.Tx, e.name, name, p, drawn)
		switch {
		case err != nil:
			return err
		case given.Text() == p.status:
		case again:
			b.told = append(b.told, name+": put_again: 该状态此前已登记过，未再写入；如为新情况，请填失业日期或更新入户调查日期 / said before, and not written: for a new one give lost_on or a later survey_date")
			delete(fields, name)
			continue
		case day <= p.since && p.outranked:
			b.told = append(b.told, name+": same_day: 当天另有记录决定状态，未写入，请更正或作废该记录 / another event of that day gives the status: not written; correct or void that")
			delete(fields, name)
			continue
		default:
			if err := s.settle(w, by, p, ""); err != nil {
				return err
			}
			if err := s.writeEvent(w, by, p, day, given); err != nil {
				return err
			}
			if !drawn.known.Value(by.FromEvents()).Bool() {
				fields[by.FromEvents()] = change.Bool(true)
			}
			b.wrote = true
			b.told = append(b.told, fmt.Sprintf("%s: %s (%s): 已记入%s / written as %s", name, by.Name, day, by.Label.Zh, by.Label.En))
		}
		if drawn.known.Value(name) != given {
			fields[name] = given
		}
	}
	return nil
}

// foundLater are the fields of an edit that only an event changes. Who types what the
// record says means that it is so again; a table or a run that is put once more means
// nothing by it.
func (s *saver) foundLater(drawn *draft, fields map[string]change.Value) map[string]*schema.Kind {
	later := map[string]*schema.Kind{}
	if drawn.known == nil || drawn.known.Void() || drawn.whole[merge.VoidField] == voidValue {
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

// isPutAgain reports whether a row of a table, without a version, says a status that the
// record has said before, and nobody has surveyed the household since: the same table
// once more.
func (s *saver) isPutAgain(tx *journal.Tx, id change.RecordID, name string, p *subject, drawn *draft) (bool, error) {
	lost := drawn.values["lost_on"].Text()
	if s.how.Run == "" || drawn.read.record != nil || p.survey() > p.since || lost > p.since && facts.IsJobless(drawn.values[name].Text()) {
		return false, nil
	}
	past, err := s.at.Records.History(tx, s.kind.Name, id)
	return slices.ContainsFunc(past, func(c records.Past) bool { return c.Change.Fields.Get(name) == drawn.values[name] }), err
}

// dayOf is the day on which an edit has found a status: that on which work was lost,
// where the edit says it, or of the survey, where these are later than what is known,
// else today.
func (p *subject) dayOf(status string, drawn *draft) string {
	lost := drawn.values["lost_on"].Text()
	if facts.IsJobless(status) && lost >= p.since && lost != "" && lost <= p.today {
		return lost
	}
	if survey := p.survey(); survey > p.since && survey < p.today {
		return survey
	}
	return max(p.today, p.since)
}

// settle has an event say what was found of a person, if only the record says it. Where
// no day is known it was before all that is said besides, or is about to be, on a day.
func (s *saver) settle(w *streams.Writer, by *schema.Kind, p *subject, about string) error {
	found := p.record.Value(by.Finds)
	if p.settled || found.IsNull() {
		return nil
	}
	on := facts.FoundOn(&p.Entry, p.household)
	if on == "" {
		var err error
		if on, err = s.firstDay(w.Tx, p, about); err != nil {
			return err
		}
	}
	p.settled = true
	return s.writeEvent(w, by, p, on, found)
}

// statusDays are the days of the events that give the person a status.
func (p *subject) statusDays(of *schema.Schema) (days []string) {
	for _, e := range p.Events {
		if k, ok := of.Kind(e.Kind); ok && k.GivesStatus() {
			days = append(days, e.Value(k.Day).Text())
		}
	}
	return days
}

// writeEvent says a status that was found on a day: in the event that is of that day,
// where this unit has written one, else in a new one.
func (s *saver) writeEvent(w *streams.Writer, by *schema.Kind, p *subject, day string, status change.Value) error {
	own := s.at.Members.Unit().ID
	e := entry{called: called{name: change.NewRecordID(own, uuid.Must(uuid.NewV7()))}}
	of, err := s.eventsAbout(w.Tx, by, p.ID)
	if err != nil {
		return err
	}
	object := map[string]any{by.Subject: string(p.ID), by.Day: day, by.GivesFrom: status.Text()}
	if _, has := by.Field(sourceField); has {
		object[sourceField] = p.sourceOf(day)
	}
	for _, rec := range of {
		if maker, _ := rec.ID().Maker(); maker == own && rec.Value(by.Day).Text() == day {
			e.name, object[schema.CorrectionReason] = rec.ID(), "同日另报"
			if !rec.Value(sourceField).IsNull() {
				delete(object, sourceField) // somebody has said it
			}
		}
	}
	e.typed = &typed{object: object}
	sub := saver{Desk: s.Desk, kind: by, how: Saving{Actor: s.how.Actor}, within: true}
	_, err = sub.writeOne(w, &e)
	return err
}

// Of an event that the program writes it also says how the status is known, so that
// nobody is asked for it: codes of the list status_source.
const (
	sourceField  = "source"
	bySurvey     = "1"
	byOtherMeans = "9"
)

// sourceOf is how a status of a day is known: the form is that of the survey of its day;
// of an edit nobody has said who told it.
func (p *subject) sourceOf(day string) string {
	if day == p.survey() {
		return bySurvey
	}
	return byOtherMeans
}

// dateOf is the date of a change in the network's time zone.
func dateOf(at int64, zone *time.Location) string {
	return time.UnixMilli(at).In(zone).Format(time.DateOnly)
}
