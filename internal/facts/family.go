package facts

import (
	"cmp"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/flow"
	"tongbu/internal/rulepack"
)

// Family is a household with all that its custodian holds of it, or a person of no
// household. What another unit holds is not in it.
type Family struct {
	Household *Entry
	Events    []Entry // about the household, and records from which something follows
	Members   []Person
	// Unit holds the family; "": the unit in its ids.
	Unit change.UnitID
	// Above reports whether a unit is that which holds the family, or stands above it; nil:
	// all do.
	Above func(change.UnitID) bool
}

// Person is a person's record with the events and the records about the person that tell
// something (Tells).
type Person struct {
	Entry  Entry
	Events []Entry
}

// unit is the unit in the ids of a family.
func (f *Family) unit() change.UnitID {
	id := change.RecordID("")
	if f.Household != nil {
		id = f.Household.ID
	} else if len(f.Members) > 0 {
		id = f.Members[0].Entry.ID
	}
	unit, _ := id.Maker()
	return unit
}

// family is a Family read for a day.
type family struct {
	*span
	book      *Book
	rules     *rulepack.Rules // in force on the day
	terms     flow.Terms      // theirs
	unit      change.UnitID   // that holds the family; "" where ids do not say it
	household *Entry
	events    []event
	members   []*member
	rounds    []round // in whose area the household is
	rows      []Row
	level     int   // of the unit that holds a subject of its own
	about     cells // how rows name that
	keeper    int   // level of the unit that keeps its record
	// responsible is whom that record names as responsible.
	responsible change.Value
	asked       change.Value             // of a request for a correction: which fields; Null for all else
	overruled   map[change.RecordID]bool // steps that recognise nobody
}

// member is a person of a family as a day finds them.
type member struct {
	*Entry
	events []event
	held   []Entry   // records about the person
	cases  []*matter // the household's are the head's
	given  bool      // an event gives a status, on whatever day
	spells []spell   // times without work, in order
	facts  standing

	elsewhere bool // another community's record of the person is the one that counts
}

// told is how many events there are about a member; none about nobody.
func (m *member) told() int {
	if m == nil {
		return 0
	}
	return len(m.events)
}

// family begins to read a family for a day, by the rules in force on it.
func (b *Book) family(day string) *family {
	f := &family{span: &span{day: day}, book: b}
	now := b.published.on(f.span)
	f.rules, f.terms = now.rules, now.terms
	return f
}

// OfFamily makes the rows of a household and of its members on a day: their facts and
// the ledgers that list them.
func (b *Book) OfFamily(given Family, day string) Rows {
	f := b.familyOn(given, day)
	for _, m := range f.members {
		b.judge(f, m)
		b.personRow(f, m)
		b.unemployedRows(f, m)
		b.seekingRows(f, m)
		b.trainingRows(f, m)
		b.insuranceRows(f, m)
		b.registerRows(f, m)
		b.achievementRows(f, m)
	}
	for _, m := range f.members {
		for _, c := range m.cases {
			b.caseRow(f, c)
			b.clockTasks(f, c)
		}
		b.taskRows(f, m)
	}
	b.familyTask(f)
	b.layoffRows(f)
	b.censusRows(f)
	b.householdRow(f)
	return f.made()
}

// CountsOfFamily are those rows of OfFamily that add to figures.
func (b *Book) CountsOfFamily(given Family, day string) Rows {
	f := b.familyOn(given, day)
	for _, m := range f.members {
		b.judge(f, m)
		b.personRow(f, m)
		b.achievementRows(f, m)
		for _, c := range m.cases {
			b.caseRow(f, c)
		}
	}
	b.householdRow(f)
	return Rows{All: f.rows}
}

// familyOn is a family with its events as they stand on a day.
func (b *Book) familyOn(given Family, day string) *family {
	f := b.family(day)
	f.household = given.Household
	f.unit = cmp.Or(given.Unit, given.unit())
	f.events = b.inOrder(given.Events, f.span)
	f.rounds = f.roundsOn(given.Above)
	for i := range given.Members {
		m := &member{Entry: &given.Members[i].Entry, given: b.haveGiven(given.Members[i].Events), elsewhere: countsElsewhere(given.Members[i].Events)}
		m.events = b.inOrder(given.Members[i].Events, f.span)
		m.held = b.records(given.Members[i].Events)
		f.members = append(f.members, m)
	}
	slices.SortFunc(f.members, func(a, b *member) int { return compareIDs(a.ID, b.ID) })
	f.judgeCases()
	return f
}

// made are the rows, which say for which days they are the same.
func (f *family) made() Rows {
	for _, row := range f.rows {
		if f.from != "" {
			row.Values["valid_from"] = change.TextOrNull(f.from)
		}
		if f.until != "" {
			row.Values["valid_until"] = change.TextOrNull(f.until)
		}
	}
	return Rows{All: f.rows, From: f.from, Until: f.until}
}

// add adds a row of a kind that the schema has; what has no value is left out.
func (f *family) add(kind string, id change.RecordID, values map[string]change.Value) {
	if f.book.kinds[kind] == nil {
		return
	}
	for name, value := range values {
		if value.IsNull() {
			delete(values, name)
		}
	}
	f.rows = append(f.rows, Row{Kind: kind, ID: f.name(id), Values: values})
}

// name is the id of a row: that of what it is made of, within the unit that holds the
// subject, whichever tier wrote the event. What another unit has numbered itself gets a
// number of the whole id: this unit may have a record of its own of that number.
func (f *family) name(id change.RecordID) change.RecordID {
	maker, named := id.Maker()
	switch {
	case !named || maker == f.unit || f.unit == "":
		return id
	case id.Timed():
		return change.RecordID(f.unit) + id[len(maker):]
	}
	return change.NumberedRecordID(f.unit, rowOfAnother, string(id))
}

// rowOfAnother is what rows are numbered as that are made of another unit's own numbers.
const rowOfAnother = "row of another"
