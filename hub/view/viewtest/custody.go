package viewtest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/division"
	"tongbu/internal/merge"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

// carried is a journal that has the streams of some lines only.
type carried struct {
	of    *Journal
	lines []string       // codes of the audiences whose streams are here; nil: all
	heard *[]view.Change // those of whose heirs is told
}

func (c carried) here(in change.Stream) bool {
	return c.lines == nil || slices.ContainsFunc(c.lines, func(code string) bool { return UnitID(code) == in.Audience })
}

// changes are those that are here.
func (c carried) changes() []view.Change {
	return slices.DeleteFunc(slices.Clone(c.of.Changes), func(x view.Change) bool { return !c.here(x.Stream) })
}

// forwards calls fn for the entries here in which the city says a change again.
func (c carried) forwards(fn func(change.Forward)) {
	for _, x := range c.changes() {
		if f, ok := change.ForwardIn(x.Change); ok {
			fn(f)
		}
	}
}

// Author implements view.Custody.
func (c carried) Author(in change.Stream, seq uint64) (author change.UnitID, here bool, err error) {
	for _, x := range c.changes() {
		if x.Stream == in && x.Seq == seq {
			return x.Author, true, nil
		}
	}
	c.forwards(func(f change.Forward) {
		if f.Stream == in && f.Seq == seq {
			author = f.Author
		}
	})
	return author, false, nil
}

// Heirs implements view.Custody: it is no further than the view.
func (c carried) Heirs(...change.UnitID) (custody.Heirs, error) {
	said := map[change.RecordID]*merge.Record{}
	for _, x := range *c.heard {
		if x.Change.Kind != system.DivisionKind {
			continue
		}
		if said[x.Change.Record] == nil {
			said[x.Change.Record] = merge.New(system.DivisionKind, x.Change.Record)
		}
		said[x.Change.Record].Apply(x.Stream, x.Change)
	}
	heirs := custody.Heirs{}
	for _, r := range said {
		if unit, heir, stands := system.MergerIn(r); stands {
			heirs[unit] = append(heirs[unit], heir)
		}
	}
	return heirs, nil
}

// Forwarded implements view.Custody.
func (c carried) Forwarded(in change.Stream, seq uint64, to change.UnitID) (said bool, err error) {
	c.forwards(func(f change.Forward) { said = said || f.Stream == in && f.Seq == seq && f.To == to })
	return said, nil
}

// Forward adds an entry in which the city says a change again to a unit.
func (b *bench) forward(c view.Change, to string) {
	b.t.Helper()
	raw, err := c.Change.Encode()
	if err != nil {
		b.t.Fatal(err)
	}
	f := change.Forward{Stream: c.Stream, Seq: c.Seq, Author: c.Author, To: UnitID(to), Raw: raw}
	entry, err := f.Entry("city", 1)
	if err != nil {
		b.t.Fatal(err)
	}
	b.journal.append(StreamOf(City, to), UnitID(City), entry.Kind, entry.Record, entry.Fields.Map(), nil)
}

// give adds the city's word that gives a person to a unit.
func (b *bench) give(id change.RecordID, number uint64, from, to string) view.Change {
	w := system.Custody{Kind: "person", Record: id, Number: number, From: UnitID(from), To: UnitID(to), At: UnitID(to), Epoch: 1}
	return b.journal.Add(City, from, system.CustodyKind, w.ID(), w.Fields())
}

// moved is a life of a person who moves from the first community to the third while
// the first goes on writing, and of one who stays.
func (b *bench) moved() (person change.RecordID) {
	person = Named(First, "p-1")
	begun := b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	b.journal.Person(First, "p-2", Fields{"name": change.Text("乙")})
	b.forward(b.give(person, 1, First, Third), Third)
	b.forward(begun, Third)
	b.journal.append(ownStream(Third, 1), UnitID(Third), "person", person, Fields{"phone": change.Text("13800000001")}, b.journal.record("person", person).Context())
	late := b.journal.Person(First, "p-1", Fields{"remark": change.Text("旧址")})
	b.forward(late, Third)
	b.journal.Person(First, "p-1", Fields{"remark": change.Text("无人转发")})
	b.journal.append(ownStream(Second, 1), UnitID(Second), "person", person, Fields{"name": change.Text("丙")}, nil)
	return person
}

// at opens the view of a hub that carries some lines, and applies all of it in any
// order.
func (b *bench) at(seed uint64, lines ...string) {
	b.t.Helper()
	var heard []view.Change
	c := carried{of: b.journal, lines: lines, heard: &heard}
	b.opts.Custody, b.opts.Source = c, "journal of "+b.json(lines)+string(rune('a'+seed))
	b.mustOpen()
	changes, random := c.changes(), rand.New(rand.NewPCG(seed, 1))
	random.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
	for len(changes) > 0 {
		n := 1 + random.IntN(len(changes))
		heard = append(heard, changes[:n]...)
		if err := b.view.Apply(b.t.Context(), changes[:n], 1); err != nil {
			b.t.Fatal(err)
		}
		changes = changes[n:]
	}
	if err := b.view.Settle(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// testCustody: a record that the city has given to another unit stands there, with what
// that unit writes and what the city says again, in whatever order all this comes; the
// line that it has left has nothing of it.
func testCustody(_ *testing.T, b *bench) {
	empty := b.digest(UnitID(Third))
	person := b.moved()
	third := change.Hash{}
	for seed := range uint64(6) {
		b.at(seed)
		b.want(b.named(b.query("person", "", "name", "id", "unit", "name", "remark", "phone")), []string{
			b.json([]any{Named(First, "p-2"), First, "乙", nil, nil}), b.json([]any{person, Third, "甲", "旧址", "13800000001"})})
		groups := b.groups(b.query("person", "", ""), "unit")
		b.want(len(groups), 2)
		for _, g := range groups {
			b.want(g.Count, int64(1))
		}
		third = b.digest(UnitID(Third))
		snapshot, err := b.view.Snapshot(b.t.Context(), "person", person)
		if err != nil || snapshot.To != UnitID(Third) {
			b.t.Errorf("orders about it go to %s, %v", snapshot.To, err)
		}
		b.at(seed, Third, District2)
		b.want(b.digest(UnitID(Third)), third)
		b.at(seed, First, Street, District)
		b.want(b.named(b.query("person", "", "", "id")), []string{b.json([]any{Named(First, "p-2")})})
		b.want(b.digest(UnitID(Third)) == third, false)
	}
	b.want(third == empty, false)
}

// testCustodyBack: a record that comes back has its own unit's changes without their
// being said again, and those of the unit it was at.
func testCustodyBack(_ *testing.T, b *bench) {
	person := b.moved()
	b.forward(b.give(person, 2, Third, First), First)
	for _, c := range b.journal.Changes {
		if c.Author == UnitID(Third) {
			b.forward(c, First)
		}
	}
	for seed := range uint64(4) {
		b.at(seed)
		b.want(b.named(b.query("person", "phone:*", "", "id", "unit", "phone")), []string{b.json([]any{person, First, "13800000001"})})
		first := b.digest(UnitID(First))
		b.at(seed, First, Street, District)
		b.want(b.digest(UnitID(First)), first)
		b.at(seed, Third, District2)
		b.want(b.named(b.query("person", "", "", "id")), []string{})
	}
}

// merger adds the city's word to all that a unit is merged into another.
func (b *bench) merger(unit, heir string) view.Change {
	was := tree.Unit{ID: UnitID(unit), Code: unit, Name: "甲社区", Level: tree.Community, Parent: UnitID(Street)}
	now := was
	now.Heir, now.Until = UnitID(heir), "2026-03-01"
	s := division.Step{On: now.Until, Version: 1, Line: 2, Op: division.Merge, Was: was, Now: now}
	return b.journal.Add(City, City, system.DivisionKind, system.DivisionID(s), system.DivisionFields(s))
}

// mergedInto is a life of a person of the first community, which is merged into the third:
// that writes too, and so does a stranger.
func (b *bench) mergedInto() (person change.RecordID) {
	person = Named(First, "p-1")
	b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	heard := func() change.Vector { return b.journal.record("person", person).Context() }
	b.merger(First, Third)
	b.journal.append(ownStream(Third, 1), UnitID(Third), "person", person, Fields{"phone": change.Text("13800000001")}, heard())
	b.journal.Person(First, "p-1", Fields{"remark": change.Text("旧址")})
	b.journal.append(ownStream(Second, 1), UnitID(Second), "person", person, Fields{"name": change.Text("丙")}, nil)
	b.journal.append(ownStream(Third, 1), UnitID(Third), "person", Named(First, "p-2"), Fields{"name": change.Text("乙")}, nil)
	return person
}

// testHeirs: what the heir of a merged unit writes of its records counts, whether the word
// or the change came first, at every hub that has both; a word that is taken back takes it
// away again.
func testHeirs(_ *testing.T, b *bench) {
	person := b.mergedInto()
	for seed := range uint64(6) {
		b.at(seed)
		b.want(b.named(b.query("person", "", "name", "id", "unit", "name", "remark", "phone")), []string{
			b.json([]any{Named(First, "p-2"), First, "乙", nil, nil}), b.json([]any{person, First, "甲", "旧址", "13800000001"})})
		first := b.digest(UnitID(First))
		b.at(seed, First, Third, City, Street, District, District2)
		b.want(b.digest(UnitID(First)), first)
	}
	word := b.journal.Changes[slices.IndexFunc(b.journal.Changes, func(c view.Change) bool { return c.Change.Kind == system.DivisionKind })]
	b.journal.append(word.Stream, word.Author, word.Change.Kind, word.Change.Record, Fields{merge.VoidField: change.Text("0")}, change.Vector{word.Stream: word.Seq})
	for seed := range uint64(6) {
		b.at(seed + 6)
		b.want(b.named(b.query("person", "", "name", "id", "unit", "name", "remark", "phone")), []string{
			b.json([]any{person, First, "甲", "旧址", nil})})
	}
}

// testHeirHolds: a record is given from a unit to another, which is then merged into that one:
// what it writes stands beside what it wrote before, whenever the word that merges comes.
func testHeirHolds(_ *testing.T, b *bench) {
	person := b.moved()
	for _, c := range append(slices.Clone(b.journal.Changes), b.give(person, 2, Third, Second)) {
		if c.Author == UnitID(Third) || c.Change.Kind == system.CustodyKind || c.Change.Record == person && c.Author == UnitID(First) {
			b.forward(c, Second)
		}
	}
	b.merger(Second, Third)
	b.journal.append(ownStream(Third, 1), UnitID(Third), "person", person, Fields{"remark": change.Text("合并后")}, b.journal.record("person", person).Context())
	for seed := range uint64(24) {
		b.at(seed)
		b.want(b.named(b.query("person", "phone:*", "", "id", "phone", "remark")), []string{b.json([]any{person, "13800000001", "合并后"})})
	}
}
