package viewtest

import (
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
)

// people are so many persons of a community, each of one change.
func (b *bench) people(n int) []view.Change {
	var all []view.Change
	for i := range n {
		id := change.RecordID("p-" + string(rune('1'+i)))
		all = append(all, b.journal.Person(First, id, Fields{"name": change.Text("name " + string(id)), "status": change.Text("11")}))
	}
	return all
}

// wantPeople wants these persons in lists, in what is counted, and where changes
// stand.
func (b *bench) wantPeople(ids ...change.RecordID) {
	b.t.Helper()
	rows, places := []string{}, 0
	for _, id := range ids {
		rows = append(rows, `["`+string(id)+`"]`)
	}
	b.want(b.rows(b.query("person", "", "", "id")), rows)
	groups, err := b.view.Groups(b.t.Context(), b.query("person", "", ""), "status")
	if err != nil {
		b.t.Fatal(err)
	}
	n := int64(0)
	for _, g := range groups {
		n += g.Count
	}
	b.want(n, int64(len(ids)))
	for i := range 5 {
		at, err := b.view.Places(b.t.Context(), "person", Named(First, change.RecordID("p-"+string(rune('1'+i)))))
		if err != nil {
			b.t.Fatal(err)
		}
		places += len(at)
	}
	b.want(places, len(ids))
}

func testRange(_ *testing.T, b *bench) {
	all := b.people(5)
	b.sync()
	b.journal.RefuseRange(all[0], all[1], all[4]) // the others stand
	b.sync()
	b.wantPeople("p-3", "p-4")
	if err := b.view.Apply(b.t.Context(), b.journal.Changes, b.journal.Last()); err != nil {
		b.t.Fatal(err)
	}
	b.wantPeople("p-3", "p-4")
	skipped, err := b.view.Skipped(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	b.want(skipped, uint64(0))
	sum := b.digest("")
	if err := b.view.Reset(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.sync()
	b.wantPeople("p-3", "p-4")
	b.want(b.digest(""), sum)
}

func testRangeFirst(_ *testing.T, b *bench) {
	all := b.people(5)
	r := b.journal.RefuseRange(all[1], all[2])
	for _, portion := range [][]view.Change{{r}, all} {
		if err := b.view.Apply(b.t.Context(), portion, 0); err != nil {
			b.t.Fatal(err)
		}
	}
	b.wantPeople("p-1", "p-4", "p-5")
	marked := all[3] // as the judge hands it on
	marked.Refused = true
	b.mustReset()
	for _, portion := range [][]view.Change{{all[0], marked}, {b.journal.RefuseRange(all[3])}} {
		if err := b.view.Apply(b.t.Context(), portion, 0); err != nil {
			b.t.Fatal(err)
		}
		b.wantPeople("p-1")
	}
}

func (b *bench) mustReset() {
	b.t.Helper()
	if err := b.view.Reset(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func testRangeDecided(_ *testing.T, b *bench) {
	all := b.people(5)
	b.journal.RefuseRange(all...)
	b.sync()
	b.wantPeople()
	b.journal.Decide(all[2], "0")
	b.sync()
	b.wantPeople("p-3")
	b.journal.Decide(all[2], "1")
	b.sync()
	_, err := b.view.Record(b.t.Context(), "person", Named(First, "p-3"))
	if err == nil {
		b.t.Error("p-3 is there, and refused by a word of its own")
	}
	b.journal.Decide(all[2], "0")
	b.sync()
	b.wantPeople("p-3")
	b.mustReset()
	b.sync()
	b.wantPeople("p-3")
}

func testRangeBack(_ *testing.T, b *bench) {
	all := b.people(5)
	b.sync()
	r := b.journal.RefuseRange(all[0], all[2], all[4])
	b.sync()
	b.wantPeople("p-2", "p-4")
	b.journal.Add(City, First, "refusal", r.Change.Record, Fields{"valid": change.Text("0")})
	b.sync()
	b.wantPeople("p-1", "p-2", "p-3", "p-4", "p-5")
}

// testRangeOwn: a hub bases its next change of a record on where its own stand, the
// refused ones too, or two would have one name.
func testRangeOwn(_ *testing.T, b *bench) {
	all := b.people(1)
	b.opts.Own = all[0].Stream.Device
	b.mustOpen()
	b.sync()
	b.journal.RefuseRange(all...)
	b.sync()
	for range 2 {
		places, err := b.view.Places(b.t.Context(), "person", Named(First, "p-1"))
		if err != nil {
			b.t.Fatal(err)
		}
		b.want(places, []view.Spot{{Stream: all[0].Stream, Seq: 1}})
		b.mustReset()
		b.sync()
	}
}
