package matching

import (
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
)

// reader reads what one question needs.
type reader struct {
	ctx  context.Context
	in   Records
	book *Book
}

// subject is the record that is asked about.
func (r reader) subject(kind, other string, id change.RecordID, fields []string) (Row, error) {
	find := func(kind string, fields []string) ([]Row, error) {
		rows, _, err := r.in.Find(r.ctx, Query{Kind: kind, Where: []Test{{"id", names([]change.RecordID{id})}}, Fields: fields, Limit: 1, Void: true, Known: true})
		return rows, err
	}
	rows, err := find(kind, fields)
	switch {
	case err != nil:
		return Row{}, err
	case len(rows) == 1 && rows[0].Void:
		return Row{}, fault.New(fault.Invalid, "the %s is void", kind).WithHint("its history says why")
	case len(rows) == 1:
		return rows[0], nil
	}
	if rows, err = find(other, nil); err != nil {
		return Row{}, err
	}
	if len(rows) == 1 {
		return Row{}, fault.New(fault.Invalid, "the id is that of a %s", other).WithHint("match the %s", other)
	}
	return Row{}, fault.New(fault.NotFound, "no such %s here", kind).WithHint("give the id as an answer shows it")
}

// gathering is the candidates of a question while they are gathered.
type gathering struct {
	reader
	most int // 0: all
	all  []change.RecordID
	rows []Row // as they were found, of those that are candidates themselves
	has  map[change.RecordID]bool
	cut  bool
}

// from takes candidates from what a query finds, until there are so many in all. The
// sources that are whole say whether some were left out; the others only choose who
// comes first.
func (g *gathering) from(q Query, upTo int, whole bool, id func(Row) change.RecordID) error {
	if g.cut && len(g.all) >= upTo { // there is no room, and that there are more is known
		return nil
	}
	q.Limit = g.most
	rows, more, err := g.in.Find(g.ctx, q)
	if err != nil {
		return err
	}
	for _, row := range rows {
		one := id(row)
		switch {
		case one == "" || g.has[one]:
		case g.most > 0 && len(g.all) >= upTo:
			more = true
		default:
			g.has[one] = true
			g.all, g.rows = append(g.all, one), append(g.rows, row)
		}
	}
	g.cut = g.cut || whole && more
	return nil
}

func own(row Row) change.RecordID { return row.ID }

// named is the person that a record names.
func named(row Row) change.RecordID {
	unit, _ := row.ID.Maker()
	return change.RecordID(row.text("person")).Of(PersonKind, unit)
}

// candidates are the persons who may be asked about a vacancy: those without work who are
// able and willing, and those who have registered as seekers. First come seekers of an
// occupation of the group, the latest first, then members of families without anybody at
// work, then the others: so a bound leaves out those who fit the least.
func (r reader) candidates(v *Vacancy, most int) ([]Known, bool, error) {
	g := &gathering{reader: r, most: most, has: map[change.RecordID]bool{}}
	person := []string{"person"}
	var err error
	if most > 0 { // else all are taken anyway
		if codes := r.book.codesOf(v.group); len(codes) > 0 {
			err = g.from(Query{Kind: seekingKind, Where: []Test{{"occupation_1", codes}}, Fields: person, Latest: "on"}, most/2, false, named)
		}
		if err == nil {
			err = g.zeroFamilies(most * 3 / 4)
		}
	}
	if err == nil {
		err = g.from(Query{Kind: facts.PersonFacts, Where: []Test{{"unemployed", []change.Value{change.Bool(true)}}}, Fields: person}, most, true, named)
	}
	if err == nil {
		err = g.from(Query{Kind: seekingKind, Fields: person, Latest: "on"}, most, true, named)
	}
	if err != nil {
		return nil, false, err
	}
	people, err := g.byID(PersonKind, g.all, personFields)
	if err != nil {
		return nil, false, err
	}
	known, err := r.know(people)
	return slices.DeleteFunc(known, func(k Known) bool { return len(k.Seekings) == 0 && !k.Facts.told("unemployed").yes }), g.cut, err
}

func (g *gathering) zeroFamilies(upTo int) error {
	q := Query{Kind: facts.HouseholdFacts, Where: []Test{{"zero_employment", []change.Value{change.Bool(true)}}}, Limit: g.most}
	homes, _, err := g.in.Find(g.ctx, q)
	if err != nil || len(homes) == 0 {
		return err
	}
	ids := make([]change.RecordID, len(homes))
	for i, home := range homes {
		ids[i] = home.ID
	}
	return g.from(Query{Kind: PersonKind, Where: []Test{{"household", names(ids)}}}, upTo, false, own)
}

// vacancies are those that a person may be asked about: of the occupations wanted first,
// the latest first, then the others that are open; all: closed ones at last.
func (r reader) vacancies(s *Seeker, most int, all bool) ([]Row, bool, error) {
	g := &gathering{reader: r, most: most, has: map[change.RecordID]bool{}}
	find := func(upTo int, whole bool, id func(Row) change.RecordID, tests ...Test) error {
		return g.from(Query{Kind: VacancyKind, Where: tests, Fields: vacancyFields, Latest: "registered_on"}, upTo, whole, id)
	}
	var codes []change.Value
	for _, wish := range s.occupations {
		codes = append(codes, r.book.codesOf(wish.group)...)
	}
	if most > 0 && len(codes) > 0 {
		// The state is looked at here: with a second test an engine may go by neither index.
		if err := find(most/2, false, openOnly, Test{"occupation", codes}); err != nil {
			return nil, false, err
		}
	}
	for _, state := range [][]change.Value{texts(openStates...), nil} { // one that does not tell its state is taken to be open
		if err := find(most, true, own, Test{"state", state}); err != nil {
			return nil, false, err
		}
	}
	var err error
	if all {
		err = find(most, true, own)
	}
	return g.rows, g.cut, err
}

// openOnly is the name of a vacancy that is open, by its state.
func openOnly(row Row) change.RecordID {
	if state := row.text("state"); state != "" && !slices.Contains(openStates, state) {
		return ""
	}
	return row.ID
}

// codesOf are the occupations of a group.
func (b *Book) codesOf(group string) (codes []change.Value) {
	if group == "" {
		return nil
	}
	list, _ := b.schema.List(occupationList)
	for _, item := range list.Items {
		if b.groups[item.Code] == group {
			codes = append(codes, change.Text(item.Code))
		}
	}
	return codes
}
