package viewtest

import (
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
)

// wantWithout checks the state of a record against that of all but one change.
func (b *bench) wantWithout(name change.RecordID, refused view.Change) {
	b.t.Helper()
	var changes []merge.Placed
	for _, c := range b.journal.Changes {
		if c.Change.Kind == "person" && c.Change.Record.Of("person", c.Author) == name {
			changes = append(changes, merge.Placed{Stream: c.Stream, Change: c.Change.Named(name)})
		}
	}
	dot := refused.Change.Dot(refused.Stream)
	want := merge.Build("person", name, changes, map[change.Dot]bool{dot: true})
	got, err := b.view.Record(b.t.Context(), "person", name)
	if err != nil {
		b.t.Fatal(err)
	}
	b.want(got.Encode(), want.Encode())
}

func testRefusal(_ *testing.T, b *bench) {
	b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	c := b.journal.Person(First, "p-1", Fields{"name": change.Text("乙")})
	b.sync()
	b.journal.Refuse("r-1", c)
	b.sync()
	b.wantWithout(Named(First, "p-1"), c)
	b.want(b.rows(b.query("person", "", "", "name")), []string{`["甲"]`})
	b.journal.Person(First, "p-1", Fields{"sex": change.Text("1")})
	b.sync()
	b.wantWithout(Named(First, "p-1"), c)
}

func testRefusalFirst(_ *testing.T, b *bench) {
	b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	c := b.journal.Person(First, "p-1", Fields{"name": change.Text("乙")})
	r := b.journal.Refuse("r-1", c)
	for _, portion := range [][]view.Change{{r}, {c}, b.journal.Changes} {
		if err := b.view.Apply(b.t.Context(), portion, 0); err != nil {
			b.t.Fatal(err)
		}
	}
	b.wantWithout(Named(First, "p-1"), c)
}

func testRefusalBack(_ *testing.T, b *bench) {
	c := b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	d := b.journal.Person(First, "p-2", Fields{"name": change.Text("乙")})
	b.journal.Person(First, "p-2", Fields{"sex": change.Text("1")})
	b.journal.Refuse("r-1", c)
	b.sync()
	b.want(b.rows(b.query("person", "", "", "name")), []string{`["乙"]`})
	b.journal.Refuse("r-1", d) // the same refusal, of another change now
	b.sync()
	b.want(b.rows(b.query("person", "", "", "name")), []string{`["甲"]`, `[null]`})
	b.journal.Add(City, First, "refusal", "r-1", Fields{"valid": change.Text("0")})
	b.sync()
	b.want(b.rows(b.query("person", "", "", "name")), []string{`["甲"]`, `["乙"]`})
}

func testRefusalForged(_ *testing.T, b *bench) {
	c := b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	b.journal.RefuseAs(Second, "r-1", c)
	b.sync()
	b.want(b.rows(b.query("person", "", "", "name")), []string{`["甲"]`})
	b.want(b.rows(b.query("refusal", "", "", "id")), []string{})
	b.want(b.skipped(), uint64(1))
}

func testRefusalAll(_ *testing.T, b *bench) {
	empty := b.digest(UnitID(First))
	c := b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	b.sync()
	b.journal.Refuse("r-1", c)
	b.journal.Add(City, First, "refusal", "r-2", Fields{"stream": change.Text("nonsense"), "kind": change.Text("refusal")})
	b.sync()
	_, err := b.view.Record(b.t.Context(), "person", Named(First, "p-1"))
	b.wantKind(err, fault.NotFound)
	b.want(b.rows(b.query("person", "", "", "id")), []string{})
	places, err := b.view.Places(b.t.Context(), "person", Named(First, "p-1"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.want(places, []view.Spot{{Stream: c.Stream, Seq: 1}})
	if err := b.view.Reset(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.want(b.digest(UnitID(First)), empty)
}
