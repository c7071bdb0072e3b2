package matching

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
)

// atOnce is how many records one query names.
const atOnce = 500

// byID reads records by their ids, in any order.
func (r reader) byID(kind string, ids []change.RecordID, fields []string) ([]Row, error) {
	return r.by(Query{Kind: kind, Fields: fields}, "id", ids)
}

// known reads what is told of records elsewhere: wherever that stands.
func (r reader) known(field, kind string, ids []change.RecordID, fields []string) ([]Row, error) {
	return r.by(Query{Kind: kind, Fields: fields, Known: true}, field, ids)
}

// by reads the records that have one of the ids in a field.
func (r reader) by(q Query, field string, ids []change.RecordID) (all []Row, err error) {
	for some := range slices.Chunk(ids, atOnce) {
		q.Where = []Test{{field, names(some)}}
		rows, _, err := r.in.Find(r.ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// know reads what follows from the records of persons, and how they have registered: of
// persons outside of the area of the question too, since one who is asked about may be.
func (r reader) know(people []Row) ([]Known, error) {
	ids := make([]change.RecordID, len(people))
	var homes []change.RecordID
	for i := range people {
		ids[i] = people[i].ID
		if home := homeOf(&people[i]); home != "" {
			homes = append(homes, home)
		}
	}
	slices.Sort(homes)
	homes = slices.Compact(homes)
	found, err := r.known("person", facts.PersonFacts, ids, factFields)
	if err != nil {
		return nil, err
	}
	families, err := r.known("id", facts.HouseholdFacts, homes, familyFields)
	if err != nil {
		return nil, err
	}
	seekings, err := r.known("person", seekingKind, ids, seekingFields)
	if err != nil {
		return nil, err
	}
	of, home, registered := byName(found, named), byName(families, own), map[change.RecordID][]Row{}
	for _, row := range seekings {
		registered[named(row)] = append(registered[named(row)], row)
	}
	known := make([]Known, len(people))
	for i := range people {
		p := people[i]
		known[i] = Known{Person: p, Facts: of[p.ID], Family: home[homeOf(&p)], Seekings: registered[p.ID]}
	}
	return known, nil
}

func byName(rows []Row, id func(Row) change.RecordID) map[change.RecordID]Row {
	all := make(map[change.RecordID]Row, len(rows))
	for _, row := range rows {
		all[id(row)] = row
	}
	return all
}

// homeOf is the household of a person, where it is held by the same unit: another's
// counts in no fact of the person's.
func homeOf(p *Row) change.RecordID {
	unit, _ := p.ID.Maker()
	home := change.RecordID(p.text("household")).Of("household", unit)
	if maker, _ := home.Maker(); maker != unit {
		return ""
	}
	return home
}
