package desk

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/flow"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// Below is what a hub's view has of the units below.
type Below interface {
	// Record reads a record. It returns NotFound, in words, for one that is not there, or
	// that this unit may not see.
	Record(ctx context.Context, k *schema.Kind, id change.RecordID) (*merge.Record, error)
	// Requests names the requests for corrections of a record, of this unit and of those
	// below it.
	Requests(ctx context.Context, of change.RecordID) ([]change.RecordID, error)
}

// Correction is a request for a correction as it stands, by what is here of the request,
// of its answer and of the record.
type Correction struct {
	ID     change.RecordID `json:"id"`
	State  string          `json:"state"` // asked, done, declined, overtaken or withdrawn
	Kind   string          `json:"kind"`
	Record change.RecordID `json:"record"`
	Name   string          `json:"name,omitempty"` // of the record, when it was asked
	Void   bool            `json:"void,omitempty"` // the record is
	Gone   bool            `json:"gone,omitempty"` // the record is not here
	By     string          `json:"by"`             // division code of the unit that asks
	Unit   string          `json:"unit"`           // and of that which holds the record
	Reason string          `json:"reason"`
	Asked  string          `json:"asked_on"`

	Due      string `json:"due,omitempty"` // while there is no answer
	Overdue  bool   `json:"overdue,omitempty"`
	Answered string `json:"answered_on,omitempty"`
	Opinion  string `json:"opinion,omitempty"`

	Version string           `json:"version,omitempty"` // of the record as it is shown, to be given back with the answer
	Fields  []CorrectedField `json:"fields"`

	request, answer *merge.Record
	kind            *schema.Kind // of the record; nil: this program does not know it, or cannot read what is wanted
	wanted, was     map[string]change.Value
}

// CorrectedField is a field that a request names.
type CorrectedField struct {
	Field  string `json:"field"`
	Was    any    `json:"was,omitempty"` // when it was asked
	Now    any    `json:"now,omitempty"`
	Wanted any    `json:"wanted,omitempty"`
	Edited bool   `json:"edited,omitempty"` // the record says something else now than it did, or nobody says what it did
	Same   bool   `json:"same,omitempty"`   // the record says what is wanted
	Taken  bool   `json:"taken,omitempty"`

	Cleared bool `json:"cleared,omitempty"` // nothing is wanted in it: it is to be emptied
}

// How a request stands.
const (
	CorrectionAsked     = "asked"
	CorrectionDone      = "done"
	CorrectionDeclined  = "declined"
	CorrectionOvertaken = "overtaken"
	CorrectionWithdrawn = "withdrawn"
)

// correctionStates are all of them.
var correctionStates = []string{CorrectionAsked, CorrectionDone, CorrectionDeclined, CorrectionOvertaken, CorrectionWithdrawn}

// answerID names the answer to a request: whichever device of a unit gives it, it is the
// same record.
func answerID(unit change.UnitID, request change.RecordID) change.RecordID {
	return change.NumberedRecordID(unit, schema.CorrectionAnswer, string(request))
}

// correctionOf reads a request with its answer; the record is looked at afterwards.
func (d *Desk) correctionOf(tx *journal.Tx, request *merge.Record) (*Correction, error) {
	text := func(field string) string { return request.Value(field).Text() }
	maker, _ := request.ID().Maker()
	holder := change.UnitID(text(facts.ForUnit))
	c := &Correction{ID: request.ID(), Kind: text("of_kind"), Record: change.RecordID(text("record")), Name: text("name"), By: d.at.Members.Code(maker), Unit: d.at.Members.Code(holder),
		Reason: text("reason"), Asked: text("asked_on"), Fields: []CorrectedField{}, request: request}
	c.read(d.at.Schema.Now())
	answer, err := d.at.Records.Get(tx, schema.CorrectionAnswer, answerID(holder, request.ID()))
	if err == nil {
		err = d.dueOf(tx, c, maker, holder)
	}
	c.hear(answer)
	return c, err
}

// hear reads the answer; nil: there is none.
func (c *Correction) hear(answer *merge.Record) {
	if answer != nil && !answer.Void() {
		c.answer, c.Answered, c.Opinion = answer, answer.Value("on").Text(), answer.Value("opinion").Text()
		c.Due, c.Overdue = "", false
	}
}

// await reads an answer of a unit below, which a hub's view alone has.
func (d *Desk) await(ctx context.Context, c *Correction) error {
	if c.answer != nil || d.Below == nil || c.Unit == d.at.Members.Unit().Code {
		return nil
	}
	k, _ := d.at.Schema.Kind(schema.CorrectionAnswer)
	answer, err := d.Below.Record(ctx, k, answerID(change.UnitID(c.request.Value(facts.ForUnit).Text()), c.ID))
	if fault.Of(err) == fault.NotFound {
		return nil
	}
	c.hear(answer)
	return err
}

// read reads the fields, as far as this program knows the kind.
func (c *Correction) read(s *schema.Schema) {
	k, known := s.Kind(c.Kind)
	if !known || !k.Correctable() {
		return
	}
	wanted, wrong := k.ReadWanted(c.request.Value("wanted").Text())
	if wrong != nil {
		return
	}
	c.kind, c.wanted = k, wanted
	c.was = k.ReadWas(c.request.Value("was").Text()) // a field that says none is taken by its name
}

// dueOf says until when an answer is due, as the task does.
func (d *Desk) dueOf(tx *journal.Tx, c *Correction, maker, holder change.UnitID) error {
	book, err := d.at.Book(tx)
	if err != nil {
		return err
	}
	day, _, err := d.at.Today(tx)
	if err != nil || c.request.Void() {
		return err
	}
	k, _ := d.at.Schema.Kind(schema.CorrectionRequest)
	s := facts.Subject{Entry: facts.EntryOf(k, c.ID, facts.Values(c.request.Values())), Unit: holder, Level: d.levelOf(holder)}
	s.Entry.Level = d.levelOf(maker)
	for _, m := range book.SubjectMatters(s, day.Date) {
		for _, clock := range m.Clocks {
			if clock.Name == flow.Correction {
				c.Due, c.Overdue = clock.Due, clock.Due < day.Date
			}
		}
	}
	return nil
}

// levelOf is the level of a unit; 0 for one that the tree does not know.
func (d *Desk) levelOf(unit change.UnitID) int {
	if t := d.at.Members.Tree(); t != nil {
		u, _ := t.Unit(unit)
		return int(u.Level)
	}
	return 0
}

// mayLook reports whether a request is this unit's to look at: it has asked, or a unit
// below it has, or it is to answer.
func (d *Desk) mayLook(request *merge.Record) bool {
	self := d.at.Members.Unit().ID
	maker, _ := request.ID().Maker()
	return change.UnitID(request.Value(facts.ForUnit).Text()) == self || d.at.Members.Below(self, maker)
}

// compare reads the answer, and the record that a request is about, nil where it is not
// here: one of this unit's own, or at a hub one that its view has.
func (d *Desk) compare(ctx context.Context, c *Correction) (*merge.Record, error) {
	if err := d.await(ctx, c); err != nil {
		return nil, err
	}
	rec, err := d.recordOf(ctx, c)
	if err == nil {
		c.stand(rec)
	}
	return rec, err
}

func (d *Desk) recordOf(ctx context.Context, c *Correction) (rec *merge.Record, err error) {
	k, known := d.at.Schema.Kind(c.Kind)
	if !known || !k.Correctable() {
		return nil, nil //nolint:nilnil // this program knows no such record
	}
	if c.Unit == d.at.Members.Unit().Code {
		err = d.at.Journal.View(func(tx *journal.Tx) error {
			rec, err = d.at.Records.Get(tx, k.Name, c.Record)
			return err
		})
		return rec, err
	}
	if d.Below == nil {
		return nil, nil //nolint:nilnil // a hub without a view has none
	}
	if rec, err = d.Below.Record(ctx, k, c.Record); fault.Of(err) == fault.NotFound {
		return nil, nil //nolint:nilnil // it is not here yet, or no longer
	}
	return rec, err
}

// holderOf is the unit that holds a record.
func holderOf(rec *merge.Record) change.UnitID {
	return change.UnitID(records.ValueOf(rec, "unit").Text())
}
