// Package viewtest is the conformance suite of hub/view: every engine runs it.
package viewtest

import (
	"fmt"
	"slices"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

// The tree of the suite: a city with two districts; below the first a street
// with two communities, below the second a community without a street.
const (
	City      = "110000000000"
	District  = "110101000000"
	Street    = "110101001000"
	First     = "110101001001"
	Second    = "110101001002"
	District2 = "110102000000"
	Third     = "110102000001"
)

// UnitID is the id the suite gives the unit that first had the code.
func UnitID(code string) change.UnitID {
	var random [10]byte
	copy(random[:], code[2:])
	return change.NewUnitID(random)
}

// Units are the units of the tree.
func Units() []tree.Unit {
	unit := func(code, parent string, level tree.Level) tree.Unit {
		u := tree.Unit{ID: UnitID(code), Code: code, Name: "unit " + code, Level: level}
		if parent != "" {
			u.Parent = UnitID(parent)
		}
		return u
	}
	return []tree.Unit{
		unit(City, "", tree.City), unit(District, City, tree.District), unit(Street, District, tree.Street),
		unit(First, Street, tree.Community), unit(Second, Street, tree.Community),
		unit(District2, City, tree.District), unit(Third, District2, tree.Community),
	}
}

// MustTree builds a tree.
func MustTree(t testing.TB, units []tree.Unit) *tree.Tree {
	t.Helper()
	built, err := tree.New(units)
	if err != nil {
		t.Fatal(err)
	}
	return built
}

// MustSchema loads the schema of the product.
func MustSchema(t testing.TB) *schema.Schema {
	t.Helper()
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Journal is a small journal: it numbers what devices say and hands it out.
type Journal struct {
	Changes []view.Change
	Err     error // what Fetch returns, when set
	seqs    map[change.Stream]uint64
	records map[string]*merge.Record
}

// NewJournal returns an empty journal.
func NewJournal() *Journal {
	return &Journal{seqs: map[change.Stream]uint64{}, records: map[string]*merge.Record{}}
}

// StreamOf is the stream of the unit's first device to the audience.
func StreamOf(author, audience string) change.Stream {
	return change.Stream{Device: change.DeviceID(UnitID(author)), Incarnation: 1, Audience: UnitID(audience)}
}

// ownStream is the stream of a device of the unit, from 1, to the unit itself.
func ownStream(unit string, device int) change.Stream {
	var random [10]byte
	copy(random[:], unit[2:])
	random[0] += byte(device - 1)
	return change.Stream{Device: change.DeviceID(change.NewUnitID(random)), Incarnation: 1, Audience: UnitID(unit)}
}

// Named is the name of a record of the unit that has an id of before.
func Named(unit string, id change.RecordID) change.RecordID { return id.Of("person", UnitID(unit)) }

// Numbered is the name of a person of the unit that has a number of its own.
func Numbered(unit, number string) change.RecordID {
	return change.NumberedRecordID(UnitID(unit), "person", number)
}

// Fields of a record as the suite writes them.
type Fields = map[string]change.Value

// Add appends a change that the unit's first device makes of a record, knowing
// of all changes of it that the journal has.
func (j *Journal) Add(author, audience, kind string, id change.RecordID, fields Fields) view.Change {
	s := StreamOf(author, audience)
	name, _ := access.Effect(&change.Change{Kind: kind, Record: id}, s, UnitID(author), UnitID(City))
	return j.append(s, UnitID(author), kind, id, fields, j.record(kind, name).Context())
}

// AddOn appends a change of a person that a device of the unit, from 1, makes
// knowing no more than the context.
func (j *Journal) AddOn(unit string, device int, id change.RecordID, fields Fields, context change.Vector) view.Change {
	return j.append(ownStream(unit, device), UnitID(unit), "person", id, fields, context)
}

func (j *Journal) append(s change.Stream, author change.UnitID, kind string, id change.RecordID, fields Fields, context change.Vector) view.Change {
	j.seqs[s]++
	c := view.Change{
		Arrival: uint64(len(j.Changes) + 1), Stream: s, Seq: j.seqs[s], Author: author,
		Change: &change.Change{Kind: kind, Record: id, Fields: change.FieldsOf(fields), Context: context, Actor: "clerk", At: int64(len(j.Changes))},
	}
	if name, has := access.Effect(c.Change, s, author, UnitID(City)); has {
		j.record(kind, name).Apply(s, c.Change.Named(name))
	}
	j.Changes = append(j.Changes, c)
	return c
}

// Person adds a change of a person's record in its own community.
func (j *Journal) Person(community string, id change.RecordID, fields Fields) view.Change {
	fields["unit"] = change.Text(string(UnitID(community)))
	return j.Add(community, community, "person", id, fields)
}

// Refuse adds the city's refusal of a change.
func (j *Journal) Refuse(id change.RecordID, c view.Change) view.Change {
	return j.RefuseAs(City, id, c)
}

// RefuseAs adds a refusal some unit writes.
func (j *Journal) RefuseAs(author string, id change.RecordID, c view.Change) view.Change {
	return j.Add(author, First, "refusal", id, Fields{
		"stream": change.Text(c.Stream.String()), "seq": change.Int(int64(c.Seq)), "kind": change.Text(c.Change.Kind),
		"record": change.Text(string(c.Change.Record)), "unit": change.Text(string(c.Author)),
		"count": change.Int(int64(c.Change.Count())), "rule": change.Text("custody"),
	})
}

// RefuseRange adds the city's refusal of changes of one stream, in one word.
func (j *Journal) RefuseRange(changes ...view.Change) view.Change {
	places := make([]uint64, len(changes))
	for i, c := range changes {
		places[i] = c.Seq
	}
	slices.Sort(places)
	r := system.Ranges(system.Range{Stream: changes[0].Stream, Rule: "custody", Unit: changes[0].Author}, slices.Compact(places))[0]
	return j.Add(City, First, "refusal", r.ID(), r.Fields())
}

// Decide adds the city's word about one change alone: valid "0" lets it stand.
func (j *Journal) Decide(c view.Change, valid string) view.Change {
	return j.Add(City, First, "refusal", system.WordID(c.Stream, c.Seq), Fields{
		"stream": change.Text(c.Stream.String()), "seq": change.Int(int64(c.Seq)), "kind": change.Text(c.Change.Kind),
		"record": change.Text(string(c.Change.Record)), "count": change.Int(int64(c.Change.Count())), "rule": change.Text("custody"),
		"unit": change.Text(string(c.Author)), "valid": change.Text(valid),
	})
}

// Fetch is view.Options.Fetch.
func (j *Journal) Fetch(s change.Stream, seq uint64) ([]byte, error) {
	if j.Err != nil {
		return nil, j.Err
	}
	for _, c := range j.Changes {
		if c.Stream == s && c.Seq == seq {
			return c.Change.Encode()
		}
	}
	return nil, fault.New(fault.NotFound, "no such change")
}

// Last is the newest arrival.
func (j *Journal) Last() uint64 { return uint64(len(j.Changes)) }

// record is the merged state of all the journal's changes that have an effect on
// the record of the name, refused or not.
func (j *Journal) record(kind string, name change.RecordID) *merge.Record {
	key := fmt.Sprintf("%s/%s", kind, name)
	if j.records[key] == nil {
		j.records[key] = merge.New(kind, name)
	}
	return j.records[key]
}

// Digest is what the view's digest of the records kept must be.
func (j *Journal) Digest(t testing.TB, keep func(*merge.Record) bool) change.Hash {
	t.Helper()
	var records []*merge.Record
	for _, r := range j.records {
		if keep(r) {
			records = append(records, r)
		}
	}
	slices.SortFunc(records, func(a, b *merge.Record) int {
		return slices.Compare([]string{a.Kind(), string(a.ID())}, []string{b.Kind(), string(b.ID())})
	})
	d := merge.NewDigest()
	for _, r := range records {
		if err := d.Add(r.Kind(), r.ID(), r.Encode()); err != nil {
			t.Fatal(err)
		}
	}
	return d.Sum()
}

// MustQuery makes a query of a kind from texts.
func MustQuery(t testing.TB, s *schema.Schema, kind, where, order string, columns ...string) view.Query {
	t.Helper()
	k, ok := s.Kind(kind)
	if !ok {
		t.Fatalf("no kind %s", kind)
	}
	expr, err := filter.ParseInFull(k, where)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := filter.ParseOrderInFull(k, order)
	if err != nil {
		t.Fatal(err)
	}
	return view.Query{Kind: k, Columns: columns, Where: expr, Order: keys, Scope: view.Scope{All: true}, Limit: 1000}
}
