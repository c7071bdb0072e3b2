package view

import (
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// touchSubject notes whose derived rows may change with a record: a person and the
// household, the subject of an event, or the record itself.
func (j *judging) touchSubject(k *schema.Kind, r Content) {
	unit := j.home(r).Unit
	switch {
	case facts.Tells(k):
		if f, ok := k.Field(k.Subject); ok && (isSubject(f.About()) || facts.Carries(f.Ref)) {
			j.subjects[recordName{f.About(), change.RecordID(r.Value(k.Subject).Text()).Of(f.About(), unit)}] = true
		}
		if field, of := facts.Bears(k.Name); field != "" && r.Value(field).Text() != "" {
			j.bears(recordName{of, change.RecordID(r.Value(field).Text()).Of(of, unit)})
		}
	case k.Name == personKind:
		j.subjects[recordName{personKind, r.ID()}] = true
		if of := r.Value(householdField).Text(); of != "" {
			j.subjects[recordName{householdKind, change.RecordID(of).Of(householdKind, unit)}] = true
		}
	case isSubject(k.Name):
		j.subjects[recordName{k.Name, r.ID()}] = true
	}
}

// bears notes the subject that an event about somebody tells of besides: a vacancy, or that of
// the referral that it names.
func (j *judging) bears(named recordName) {
	if isSubject(named.kind) {
		j.subjects[named] = true
		return
	}
	field, of := facts.Bears(named.kind)
	if r := j.record(named); r != nil && field != "" && r.Value(field).Text() != "" {
		j.bears(recordName{of, change.RecordID(r.Value(field).Text()).Of(of, j.home(r).Unit)})
	}
}

// Kinds and fields by which families are gathered.
const (
	personKind     = "person"
	householdKind  = "household"
	householdField = "household"
)

// isSubject reports whether derived rows are made of records of the kind.
func isSubject(kind string) bool {
	return kind == personKind || kind == householdKind || facts.IsSubject(kind)
}

// derive makes the derived rows of all subjects that were touched.
func (j *judging) derive() error {
	families := map[recordName]bool{} // households, and persons of none
	for subject := range j.subjects {
		j.addFamilies(families, subject)
	}
	made := derivation{had: map[string][]Held{}, rows: map[string][]facts.Row{}}
	for _, name := range slices.SortedFunc(maps.Keys(families), recordName.compare) {
		j.deriveFamily(&made, name)
	}
	if j.err != nil {
		return j.err
	}
	for _, k := range j.view.derived {
		if err := j.rewrite(k, made.had[k.Name], made.rows[k.Name]); err != nil {
			return err
		}
	}
	return j.writeDerivedCounts()
}

// addFamilies names the families of a subject: the household of a person who has one
// here, else the person alone. Of a household that is not here any more its members
// are families of their own.
func (j *judging) addFamilies(families map[recordName]bool, subject recordName) {
	switch {
	case facts.Carries(subject.kind):
		if r := j.valid(subject); r != nil {
			k := j.view.layouts[subject.kind].kind
			f, _ := k.Field(k.Subject)
			j.addFamilies(families, recordName{f.Ref, change.RecordID(r.Value(k.Subject).Text()).Of(f.Ref, j.home(r).Unit)})
		}
		return
	case subject.kind == personKind:
		families[j.familyOf(subject)] = true
		return
	}
	families[subject] = true
	if subject.kind != householdKind {
		return
	}
	for _, member := range j.having(lookup{personKind, householdField, change.Text(string(subject.id))}) {
		families[j.familyOf(member)] = true
	}
}

// familyOf is the household of a person, or the person where it is not here.
func (j *judging) familyOf(person recordName) recordName {
	p := j.valid(person)
	if p == nil {
		return person
	}
	unit := j.home(p).Unit
	of := recordName{householdKind, change.RecordID(p.Value(householdField).Text()).Of(householdKind, unit)}
	if h := j.valid(of); h == nil || j.home(h).Unit != unit {
		return person
	}
	return of
}

// valid is a record that is there and not void.
func (j *judging) valid(name recordName) *merge.Record {
	if r := j.record(name); r != nil && !r.Void() {
		return r
	}
	return nil
}

// derivation is the derived rows of families, as they stand and as they are to be, by
// their kinds. They are written together: a row that passes from one family to another,
// as the case of a household whose head has left it, is in both.
type derivation struct {
	had  map[string][]Held
	rows map[string][]facts.Row
}

// deriveFamily makes the rows of a household and its members, of a person alone, or of
// a record that is its own subject.
func (j *judging) deriveFamily(made *derivation, name recordName) {
	j.hadOf(made.had, name)
	var rows facts.Rows
	switch name.kind {
	case personKind, householdKind:
		f := j.family(name)
		for _, p := range f.Members {
			j.hadOf(made.had, recordName{personKind, p.Entry.ID})
		}
		rows = j.view.book.OfFamily(f, j.day)
	default:
		if s, there := j.subject(name); there {
			rows = j.view.book.OfRecord(s, j.day)
		}
	}
	for _, row := range rows.All {
		made.rows[row.Kind] = append(made.rows[row.Kind], row)
	}
}

// hadOf reads the derived rows of a subject as they stand.
func (j *judging) hadOf(had map[string][]Held, subject recordName) {
	for _, k := range j.view.derived {
		for _, f := range k.Subjects() {
			if f.About() != subject.kind || !j.view.filled[k.Name] || j.err != nil {
				continue
			}
			var held []Held
			held, j.err = j.tx.Beside(k, f.Name, TextCell(string(subject.id)))
			had[k.Name] = append(had[k.Name], held...)
		}
	}
}

// subject gathers a subject of its own with what tells of it; false where it is void, or
// nobody of its line has said anything of it.
func (j *judging) subject(name recordName) (s facts.Subject, there bool) {
	if name.kind == schema.UnitSubject {
		s.Entry, s.Unit = facts.Entry{Kind: name.kind, ID: name.id}, change.UnitID(name.id)
	} else {
		r := j.valid(name)
		if r == nil {
			return s, false
		}
		kept := j.home(r).Unit
		s.Unit = facts.HolderOf(name.kind, r.Value, kept)
		s.Entry = said(j.view.layouts[name.kind].kind, r, j.view.level(kept, s.Unit))
		if s.Entry.Level == 0 {
			return s, false
		}
	}
	s.Level, s.Events = j.view.level(s.Unit, s.Unit), j.eventsOf(name, s.Unit)
	s.Events = append(s.Events, j.bearing(name, s.Unit)...)
	return s, name.kind != schema.UnitSubject || len(s.Events) > 0
}

// bearing are the events about persons that tell of a subject, and what follows from them.
func (j *judging) bearing(name recordName, unit change.UnitID) (events []facts.Entry) {
	for _, k := range j.view.schema.Kinds() {
		field, of := facts.Bears(k.Name)
		if of != name.kind {
			continue
		}
		for _, by := range j.having(lookup{k.Name, field, change.Text(string(name.id))}) {
			e := j.valid(by)
			if e == nil {
				continue
			}
			if level := j.view.level(j.home(e).Unit, unit); level > 0 {
				events = append(append(events, said(k, e, level)), j.bearing(by, unit)...)
			}
		}
	}
	return events
}

// family gathers a household with its members, or a person alone.
func (j *judging) family(name recordName) (f facts.Family) {
	if name.kind == personKind { // of no household, which no census round asks
		if p := j.valid(name); p != nil {
			f.Members, f.Unit = append(f.Members, j.personOf(p)), j.home(p).Unit
		}
		return f
	}
	h := j.valid(name)
	if h == nil {
		return f
	}
	e := entryOf(j.view.layouts[householdKind].kind, h)
	f.Household, f.Unit = &e, j.home(h).Unit
	f.Events = j.eventsOf(name, f.Unit)
	f.Above = func(by change.UnitID) bool { return j.view.level(by, f.Unit) > 0 }
	for _, member := range j.having(lookup{personKind, householdField, change.Text(string(name.id))}) {
		if p := j.valid(member); p != nil && j.home(p).Unit == f.Unit {
			f.Members = append(f.Members, j.personOf(p))
		}
	}
	return f
}

func (j *judging) personOf(p *merge.Record) facts.Person {
	name := recordName{personKind, p.ID()}
	return facts.Person{Entry: entryOf(j.view.layouts[personKind].kind, p), Events: j.eventsOf(name, j.home(p).Unit)}
}

// eventsOf are the events about a subject that units of its line have written, and those
// about records that carry some.
func (j *judging) eventsOf(subject recordName, unit change.UnitID) (events []facts.Entry) {
	for _, k := range j.view.book.About(subject.kind) {
		for _, name := range j.having(lookup{k.Name, k.Subject, change.Text(string(subject.id))}) {
			e := j.valid(name)
			if e == nil {
				continue
			}
			by := j.home(e).Unit
			if level := j.view.level(by, unit); level > 0 && (by == unit || !facts.OwnAlone(subject.kind)) {
				events = append(events, said(k, e, level))
				if facts.Carries(k.Name) {
					events = append(events, j.eventsOf(name, unit)...)
				}
			}
		}
	}
	return events
}

// said is a record as facts read it of a unit of some level.
func said(k *schema.Kind, r *merge.Record, level int) facts.Entry {
	e := entryOf(k, r)
	e.Level = level
	return e
}

// level is that of a unit that is another or stands above it, and 0 for others. A unit
// that the tree does not know yet holds records as communities do.
func (m *Merged) level(unit, below change.UnitID) int {
	if m.tree != nil && m.tree.Below(unit, below) || unit == below {
		if u, known := m.treeUnit(unit); known {
			return int(u.Level)
		}
		return int(tree.Community)
	}
	return 0
}

func (m *Merged) treeUnit(unit change.UnitID) (tree.Unit, bool) {
	if m.tree == nil {
		return tree.Unit{}, false
	}
	return m.tree.Unit(unit)
}

// holdingOf gathers what a unit holds for its derived rows; held are its records, and
// those of the units above it what they have said of its people.
func (m *Merged) holdingOf(unit change.UnitID, held map[string][]Read) *facts.Holding {
	h := m.book.NewHolding(unit, func(of change.UnitID) int { return m.level(of, unit) })
	for kind, records := range held {
		for _, r := range records {
			if !r.Void() {
				h.Add(entryOf(m.layouts[kind].kind, r), m.home(r).Unit)
			}
		}
	}
	return h
}
