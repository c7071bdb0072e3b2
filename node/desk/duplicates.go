package desk

import (
	"cmp"
	"context"
	"slices"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// Duplicates are the duplicate cases that the city has told here: of each a record of a unit
// at or below this one, and of the other record its unit and the reasons alone.
type Duplicates struct{ desk *Desk }

// DuplicatesOf are those of a desk.
func DuplicatesOf(d *Desk) Duplicates { return Duplicates{desk: d} }

// Duplicate is a case as the city has told it about one of its two records, with the codes of
// the lists of duplicate cases.
type Duplicate struct {
	Case    string          `json:"case"`
	Word    change.RecordID `json:"word"` // the city's, about this record
	State   string          `json:"state"`
	Score   int             `json:"score"` // 0 to 100
	Reasons []string        `json:"reasons"`
	On      string          `json:"on"`
	Due     string          `json:"due,omitempty"`
	Decided string          `json:"decided,omitempty"`
	To      string          `json:"to,omitempty"`         // code
	Other   string          `json:"other_unit,omitempty"` // code
	OtherIs string          `json:"other_unit_name,omitempty"`
	Reason  string          `json:"reason,omitempty"`

	Person  change.RecordID `json:"person"`
	Unit    string          `json:"unit"` // code
	UnitIs  string          `json:"unit_name,omitempty"`
	Counts  bool            `json:"counts"` // not of a record that is void
	Correct bool            `json:"to_correct,omitempty"`
	Void    bool            `json:"void,omitempty"`

	Answer   string `json:"answer,omitempty"` // the last one of this record's unit
	Answered string `json:"answered,omitempty"`
	Note     string `json:"note,omitempty"`
	By       string `json:"answered_by,omitempty"`

	Name     string `json:"name,omitempty"`      // of one case only
	IDNumber string `json:"id_number,omitempty"` // masked; where somebody says what for
	Birth    string `json:"birth_date,omitempty"`

	unit change.UnitID
}

// List are the cases that were told here, in the order in which they were opened, without
// who the persons are.
func (a Duplicates) List(ctx context.Context) (all []Duplicate, err error) {
	if all, err = a.told(""); err != nil {
		return nil, err
	}
	for i := range all {
		if _, err := a.fill(ctx, &all[i]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b Duplicate) int {
		return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Case, b.Case), cmp.Compare(a.Unit, b.Unit))
	})
	return all, nil
}

// Show are the records of one case that are at or below this unit: one, or at a hub above
// both communities two. It says who they are, at a hub where somebody says what for; whom it
// tells of is in the audit log. It returns NotFound for a case that was not told here.
func (a Duplicates) Show(ctx context.Context, name string, by Asker) ([]Duplicate, error) {
	all, err := a.told(name)
	if err != nil || len(all) == 0 {
		return nil, cmp.Or(err, error(errNoDuplicate))
	}
	k, _ := a.desk.at.Schema.Kind(personKind)
	var persons []change.RecordID
	for i := range all {
		one := &all[i]
		rec, err := a.fill(ctx, one)
		if err != nil {
			return nil, err
		}
		if rec == nil || a.desk.at.IsHub() && by.Purpose == "" {
			continue
		}
		persons = append(persons, rec.ID())
		one.Name, one.Birth = rec.Value("name").Text(), rec.Value("birth_date").Text()
		if by.Purpose != "" {
			one.IDNumber = schema.Masked(rec.Value("id_number").Text())
		}
	}
	if len(persons) == 0 {
		return all, nil
	}
	return all, a.desk.auditLook(ctx, audit.Get, k, persons, by, nil)
}

var errNoDuplicate = fault.New(fault.NotFound, "no such duplicate case here").WithHint("list them: tongbu duplicates list --dir DIR")

// told reads the city's words about a case, "" for all.
func (a Duplicates) told(name string) (all []Duplicate, err error) {
	err = a.desk.at.Journal.View(func(tx *journal.Tx) error {
		all, err = a.toldIn(tx, name)
		return err
	})
	return all, err
}

// toldIn reads them in the order of the codes of their units.
func (a Duplicates) toldIn(tx *journal.Tx, name string) (all []Duplicate, err error) {
	d := a.desk
	err = d.at.Records.Each(tx, facts.DuplicateCase, "", func(r *merge.Record) error {
		maker, _ := r.ID().Maker()
		if !r.Void() && maker == d.at.Place.RootUnit && (name == "" || r.Value("case").Text() == name) {
			all = append(all, d.duplicateOf(r))
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b Duplicate) int { return cmp.Compare(a.Unit, b.Unit) })
	return all, fault.Wrap("read the duplicate cases", err)
}

func (d *Desk) duplicateOf(r *merge.Record) Duplicate {
	text := func(field string) string { return r.Value(field).Text() }
	code := func(field string) string {
		if text(field) == "" {
			return ""
		}
		return d.at.Members.Code(change.UnitID(text(field)))
	}
	one := Duplicate{Case: text("case"), Word: r.ID(), State: text("state"), Score: int(r.Value("score").Int()), Reasons: []string{}, On: text("on"), Due: text("due_on"), Decided: text("decided_on"),
		To: code("to_unit"), Other: code("other_unit"), Reason: text("reason"), Person: change.RecordID(text("person")), Unit: code(facts.ForUnit), Counts: r.Value("counts").Bool(), Correct: r.Value("to_correct").Bool(),
		unit: change.UnitID(text(facts.ForUnit))}
	one.OtherIs, one.UnitIs = d.unitName(change.UnitID(text("other_unit"))), d.unitName(one.unit)
	r.Value("reasons").EachText(func(reason string) { one.Reasons = append(one.Reasons, reason) })
	return one
}

// unitName is what a unit is called; "" where the tree does not say.
func (d *Desk) unitName(unit change.UnitID) string {
	t := d.at.Members.Tree()
	if t == nil {
		return ""
	}
	u, _ := t.Unit(unit)
	return u.Name
}

// fill adds what was answered, and whether the record counts, which it returns: nil for one
// that is not here.
func (a Duplicates) fill(ctx context.Context, one *Duplicate) (*merge.Record, error) {
	answer, err := a.record(ctx, facts.DuplicateAnswer, facts.DuplicateAnswerID(one.unit, one.Word), one.unit)
	if err != nil {
		return nil, err
	}
	if answer != nil && !answer.Void() {
		text := func(field string) string { return answer.Value(field).Text() }
		one.Answer, one.Answered, one.Note, one.By = text("answer"), text("on"), text("note"), text("answered_by")
	}
	person, err := a.record(ctx, personKind, one.Person, one.unit)
	if person != nil && person.Void() {
		one.Void, one.Counts = true, false
	}
	return person, err
}

// record is one that a unit holds: of this one, or at a hub one that its view has.
func (a Duplicates) record(ctx context.Context, kind string, id change.RecordID, unit change.UnitID) (rec *merge.Record, err error) {
	d := a.desk
	k, known := d.at.Schema.Kind(kind)
	if !known {
		return nil, nil //nolint:nilnil // this program knows no such record
	}
	if d.at.Holds(unit) {
		err = d.at.Journal.View(func(tx *journal.Tx) error {
			rec, err = d.at.Records.Get(tx, k.Name, id)
			return err
		})
		return rec, err
	}
	if d.Below == nil {
		return nil, nil //nolint:nilnil // a hub without a view has none
	}
	if rec, err = d.Below.Record(ctx, k, id); fault.Of(err) == fault.NotFound {
		return nil, nil //nolint:nilnil // it is not here yet, or no longer
	}
	return rec, err
}

// CaseOf names the case of a word of the city; "" for one that is not here.
func (a Duplicates) CaseOf(word change.RecordID) (name string, err error) {
	err = a.desk.at.Journal.View(func(tx *journal.Tx) error {
		r, err := a.desk.at.Records.Get(tx, facts.DuplicateCase, word)
		if r != nil {
			name = records.ValueOf(r, "case").Text()
		}
		return err
	})
	return name, err
}
