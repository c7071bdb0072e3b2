package desk

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// A complaint and its steps stay with whoever takes them. The community of whoever complained,
// and a unit that it is about, are told its number, how it stands and since when, and no more.

const (
	complaintKind  = "complaint"
	complaintStep  = "complaint_step"
	complaintState = "complaint_state"
)

// stateCodes are the states of a complaint in the list complaint_state, by its steps.
var stateCodes = map[string]string{"received": "1", "accepted": "2", "handed_on": "3", "mediated": "4", "ruled": "5", "closed": "6"}

// errHandledElsewhere is of a step of a complaint that another unit keeps.
var errHandledElsewhere = fault.New(fault.Denied, "another unit handles this complaint").WithHint("record it as a complaint of your own when it is handed on to you")

// tellComplaint tells the units that a complaint concerns how it stands, after it or a step of
// it was written.
func (s *saver) tellComplaint(w *streams.Writer, id change.RecordID) error {
	switch {
	case !s.at.IsHub():
		return nil
	case s.kind.Name == complaintStep:
		step, err := s.at.Records.Get(w.Tx, complaintStep, id)
		if err != nil || step == nil {
			return err
		}
		id = change.RecordID(step.Value(complaintKind).Text())
	case s.kind.Name != complaintKind:
		return nil
	}
	rec, err := s.at.Records.Get(w.Tx, complaintKind, id)
	if err != nil || rec == nil {
		return err
	}
	said, err := s.complaintSays(w, rec)
	if err != nil || said == nil {
		return err
	}
	return s.sendStates(w, rec, said)
}

// sendStates writes what a complaint says to the community of the complainant, and to the unit
// that it is about.
func (s *saver) sendStates(w *streams.Writer, rec *merge.Record, said map[string]change.Value) error {
	self := s.at.Members.Unit().ID
	person := rec.Value(personKind)
	home, err := s.at.Records.HolderOf(w.Tx, personKind, change.RecordID(person.Text()))
	if err != nil {
		return err
	}
	about := change.UnitID(rec.Value(facts.ForUnit).Text())
	below := func(unit change.UnitID) bool { return unit != "" && unit != self && s.at.Members.Below(self, unit) }
	if below(home) {
		said[personKind], said[facts.ForUnit] = person, change.Null
		if err := s.sendState(w, home, string(rec.ID()), said); err != nil {
			return err
		}
	}
	if below(about) && about != home {
		said[personKind], said[facts.ForUnit] = change.Null, change.Text(string(about))
		return s.sendState(w, about, string(rec.ID())+" unit", said)
	}
	return nil
}

// complaintSays is what may be told of a complaint; nil where it does not stand in any state
// yet.
func (s *saver) complaintSays(w *streams.Writer, rec *merge.Record) (map[string]change.Value, error) {
	book, err := s.at.Book(w.Tx)
	if err != nil {
		return nil, err
	}
	day, _, err := s.at.Today(w.Tx)
	if err != nil {
		return nil, err
	}
	k, _ := s.at.Schema.Kind(complaintKind)
	self := s.at.Members.Unit()
	of := facts.Subject{Entry: facts.EntryOf(k, rec.ID(), facts.Values(rec.Values())), Unit: self.ID, Level: int(self.Level)}
	of.Entry.Level = of.Level
	if of.Events, err = s.complaintSteps(w, rec.ID()); err != nil {
		return nil, err
	}
	cases := book.SubjectMatters(of, day.Date)
	if len(cases) == 0 {
		return nil, nil
	}
	last := cases[len(cases)-1].Last()
	said := map[string]change.Value{"reference": rec.Value("complaint_no"), "state": change.Text(stateCodes[last.Name]), "since": change.Text(last.On), merge.VoidField: change.Text("1")}
	if rec.Void() {
		said[merge.VoidField] = change.Text("0")
	}
	return said, nil
}

// complaintSteps are the steps of a complaint that this unit has written.
func (s *saver) complaintSteps(w *streams.Writer, id change.RecordID) (all []facts.Entry, err error) {
	k, _ := s.at.Schema.Kind(complaintStep)
	self := s.at.Members.Unit()
	steps, err := s.naming(w.Tx, k, complaintKind, id)
	for _, step := range steps {
		if !step.Void() && records.ValueOf(step, "unit").Text() == string(self.ID) {
			e := facts.EntryOf(k, step.ID(), facts.Values(step.Values()))
			e.Level = int(self.Level)
			all = append(all, e)
		}
	}
	return all, err
}

// sendState writes a state in the stream to a unit, where it says something else than before.
func (s *saver) sendState(w *streams.Writer, to change.UnitID, name string, said map[string]change.Value) error {
	self := s.at.Members.Unit().ID
	id := change.NumberedRecordID(self, complaintState, name)
	known, err := s.at.Records.Get(w.Tx, complaintState, id)
	if err != nil {
		return err
	}
	fields := map[string]change.Value{}
	for field, value := range said {
		if was := valueOf(known, field); was != value && (field != merge.VoidField || known != nil || value.Text() == "0") {
			fields[field] = value
		}
	}
	if len(fields) == 0 || known == nil && isNothing(fields) {
		return nil
	}
	own, err := w.Own(to)
	if err != nil {
		return err
	}
	_, _, err = s.at.Records.Write(w.Tx, own, self, records.Edit{Kind: complaintState, ID: id, Fields: fields, Actor: s.how.Actor, At: s.at.Now().UnixMilli()})
	return err
}

func valueOf(r *merge.Record, field string) change.Value {
	if r == nil {
		return change.Null
	}
	return r.Value(field)
}

func isNothing(fields map[string]change.Value) bool {
	return !slices.ContainsFunc([]string{"state", "reference"}, func(name string) bool { return !fields[name].IsNull() })
}

// handles refuses a step of a complaint that another unit keeps.
func handles(k *schema.Kind, whole map[string]change.Value, self change.UnitID) error {
	f, has := k.Field(k.Subject)
	if !has || f.About() != complaintKind {
		return nil
	}
	if maker, named := change.RecordID(whole[k.Subject].Text()).Maker(); named && maker != self {
		return errHandledElsewhere
	}
	return nil
}
