package schema

import (
	"cmp"
	"slices"
)

// Sort says who writes the records of a kind.
type Sort string

// The sorts of kinds.
const (
	Record  Sort = "record"  // people, one custodian at a time; edited and voided
	Event   Sort = "event"   // people, once; corrected with a reason, or voided
	Derived Sort = "derived" // nobody: made of the records and events of one subject and a day
)

// Section is a part of a form.
type Section struct {
	Name  string `yaml:"name" json:"name"`
	Label Label  `yaml:"label" json:"label"`

	Published uint64 `yaml:"-" json:"published,omitempty"` // number of the publication that has it; 0: the program
}

// CorrectionReason is the field of every event that says why it was corrected.
const CorrectionReason = "correction_reason"

// StatusList is the code list of the status that events give a person.
const StatusList = "person_status"

// isOf reports whether a common field belongs to a kind. What the program alone
// writes has unit and validity and nothing that people say of a record; what is
// derived has its unit and its days.
func (f *Field) isOf(k *Kind) bool {
	switch {
	case f.Name == "unit":
		return true
	case k.Sort == Derived:
		return slices.Contains(f.Sorts, Derived)
	case k.System:
		return f.Name == "valid"
	}
	return len(f.Sorts) == 0 || slices.Contains(f.Sorts, k.sort())
}

func (k *Kind) sort() Sort {
	if k.Sort == "" {
		return Record
	}
	return k.Sort
}

// finishSort checks who writes the kind: a derived one nobody, all others units of
// some tiers.
func (k *Kind) finishSort() error {
	k.Sort = k.sort()
	written := len(k.Writers) > 0 && slices.Min(k.Writers) >= 2 && slices.Max(k.Writers) <= 5
	switch {
	case k.Sort != Record && k.Sort != Event && k.Sort != Derived:
		return invalid("no sort of kinds is named %q", k.Sort)
	case k.Label.Zh == "" || k.Sort != Derived && !written:
		return invalid("a kind has a label and writers of the levels 2 to 5")
	case k.Sort == Derived && (len(k.Writers) > 0 || len(k.Checks) > 0 || k.System):
		return invalid("nobody writes a derived kind, and nothing is checked in it")
	}
	return nil
}

// finishEvent checks what says whom an event is about, when it happened and which
// status it gives.
func (k *Kind) finishEvent() error {
	if k.Subject != "" && !is(k, k.Subject, Ref) && !is(k, k.Subject, Unit) {
		return invalid("the subject is no reference of the kind, and no unit")
	}
	for _, name := range k.Also {
		if k.Sort != Derived || !is(k, name, Ref) && !is(k, name, Unit) {
			return invalid("only a derived kind has further subjects, each a reference or a unit")
		}
	}
	if k.To != "" && !is(k, k.To, Unit) {
		return invalid("whom a record is for is a unit")
	}
	if k.Sort != Event {
		if k.Day != "" || k.Rank != 0 || k.Gives != "" || k.GivesFrom != "" || k.Finds != "" {
			return invalid("only an event has a day, a rank and a status that it gives")
		}
		return nil
	}
	switch {
	case k.Subject == "" || !is(k, k.Day, Date) || k.Rank < 1 || k.Rank > 99:
		return invalid("an event has a subject, a day and a rank of 1 to 99")
	case k.byAlias[k.Day].Must != Hard || k.byAlias[k.Subject].Must != Hard:
		return invalid("an event is nothing without its subject and its day: both are `must: hard`")
	case k.Gives != "" && k.GivesFrom != "":
		return invalid("an event gives a status, or a field of it says which")
	case k.GivesFrom != "" && (!is(k, k.GivesFrom, Code) || k.byAlias[k.GivesFrom].Codes != StatusList):
		return invalid("the field that gives a status is a code of the list %s", StatusList)
	case k.Finds != "" && k.GivesFrom == "":
		return invalid("what changes a status of its subject has a field that says which")
	}
	return nil
}

// UnitSubject is the kind of a subject that is a unit itself.
const UnitSubject = "unit"

// About is the kind of what a field names; "" where it names no record and no unit.
func (f *Field) About() string {
	if f.Type == Unit {
		return UnitSubject
	}
	return f.Ref
}

// Subjects are the fields of which one names what a record is about.
func (k *Kind) Subjects() (fields []*Field) {
	for _, name := range append([]string{k.Subject}, k.Also...) {
		if f, has := k.Field(name); has && name != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

// finishForm checks sections and the printed list.
func (b *builder) finishForm(k *Kind) error {
	named, places := map[string]bool{"": true}, map[int]uint64{}
	for _, s := range k.Sections {
		if named[s.Name] || !isProper(s.Name, s.Published) || s.Label.Zh == "" {
			return invalid("a section has no proper name, or one that is taken, or no label")
		}
		named[s.Name] = true
	}
	inTurn := slices.Clone(k.Fields) // the program's first
	slices.SortStableFunc(inTurn, func(a, b *Field) int { return cmp.Compare(a.Published, b.Published) })
	for _, f := range inTurn {
		b.current = f
		if !named[f.Section] {
			return invalid("field %s: no section is named %q", f.Name, f.Section)
		}
		other, taken := places[f.Print]
		if taken && b.yields(f.Published, other) {
			f.Print, taken = 0, false
		}
		if f.Print < 0 || f.Print != 0 && taken {
			return invalid("field %s: its place in the printed list is wrong or taken", f.Name)
		}
		if f.Print != 0 {
			places[f.Print] = f.Published
		}
	}
	return nil
}

// Printed lists the fields of the printed list in their order; a kind that names
// none prints all that people see.
func (k *Kind) Printed() []*Field {
	var fields []*Field
	for _, f := range k.Fields {
		if f.Print > 0 {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		return k.Fields
	}
	slices.SortFunc(fields, func(a, b *Field) int { return a.Print - b.Print })
	return fields
}

// GivesStatus reports whether an event of the kind may give a status.
func (k *Kind) GivesStatus() bool { return k.Gives != "" || k.GivesFrom != "" }

// StatusOf is the status that an event gives, by its values; "" for none.
func (k *Kind) StatusOf(value func(field string) string) string {
	if k.GivesFrom != "" {
		return value(k.GivesFrom)
	}
	return k.Gives
}
