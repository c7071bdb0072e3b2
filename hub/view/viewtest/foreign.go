package viewtest

import (
	"slices"
	"strings"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// picture is all that a view shows of a unit's persons.
type picture struct {
	Rows, Groups []string
	All, Unit    change.Hash
	Snapshots    []string
}

// picture takes one of the records named. The watermark is left out.
func (b *bench) picture(unit string, names ...change.RecordID) (p picture) {
	b.t.Helper()
	q := b.query("person", "", "", "id", "unit", "district", "name", "status", "valid", "conflicts")
	q.Void = true
	p.Rows = b.named(q)
	for _, by := range [][]string{{"status"}, {"community", "status"}, {"unit"}} {
		p.Groups = append(p.Groups, b.json(b.groups(b.query("person", "", ""), by...)))
	}
	p.All, p.Unit = b.digest(""), b.digest(UnitID(unit))
	for _, name := range names {
		s, err := b.view.Snapshot(b.t.Context(), "person", name)
		if err != nil {
			b.t.Fatal(err)
		}
		places, err := b.view.Places(b.t.Context(), "person", name)
		if err != nil {
			b.t.Fatal(err)
		}
		b.want(places, s.Spots)
		var state []byte
		if s.Record != nil {
			state = s.Record.Encode()
		}
		p.Snapshots = append(p.Snapshots, b.json([]any{name, state, places}))
	}
	return p
}

func (b *bench) skipped() uint64 {
	b.t.Helper()
	n, err := b.view.Skipped(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *bench) apply(changes ...view.Change) {
	b.t.Helper()
	if err := b.view.Apply(b.t.Context(), changes, 0); err != nil {
		b.t.Fatal(err)
	}
}

// testForeign: what other units say of a record reveals, moves, hides and alters
// nothing, whenever it comes: before the record's own changes, between them, after
// them, before and after the record is rebuilt as its changes are refused and no
// longer are, in one call with them and in calls of its own.
func testForeign(t *testing.T, b *bench) {
	own, unmade := Numbered(First, "1"), Numbered(First, "2")
	stages := ownStages(b.journal, own)
	foreign := foreignChanges(b.journal, own, unmade)
	stages[1] = append(stages[1], b.journal.Refuse("r-2", foreign[0])) // which rebuilds the record too
	var want []picture
	for _, stage := range stages {
		b.apply(stage...)
		want = append(want, b.picture(First, own, unmade))
	}
	b.wantStages(own, want)
	for at := range len(stages) + 1 {
		for _, together := range []bool{true, false} {
			if err := b.view.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			for i, stage := range stages {
				if i == at && together {
					stage = slices.Concat(foreign, stage)
				} else if i == at {
					b.apply(foreign...)
				}
				b.apply(stage...)
				b.want(b.picture(First, own, unmade), want[i])
			}
			if at == len(stages) {
				b.apply(foreign...)
			}
			b.apply(foreign...) // again
			b.want(b.picture(First, own, unmade), want[len(want)-1])
			b.want(b.skipped(), uint64(len(foreign)))
		}
	}
}

// ownStages are the record's own changes; one of them refused; the refusal taken
// back; the record void; all that made it refused.
func ownStages(j *Journal, own change.RecordID) [][]view.Change {
	first := j.Person(First, own, Fields{"name": change.Text("甲"), "status": change.Text("11")})
	second := j.Person(First, own, Fields{"name": change.Text("乙")})
	made := []view.Change{first, second}
	refused := []view.Change{j.Refuse("r-1", second)}
	back := []view.Change{j.Add(City, First, "refusal", "r-1", Fields{"valid": change.Text("0")})}
	void := j.Person(First, own, Fields{"valid": change.Text("0")})
	return [][]view.Change{made, refused, back, {void}, {j.Refuse("r-3", first), j.Refuse("r-4", second), j.Refuse("r-5", void)}}
}

// foreignChanges are those that others than the unit and the city make, of a
// record of the unit and of one that it has not made.
func foreignChanges(j *Journal, own, unmade change.RecordID) (all []view.Change) {
	for _, by := range []struct{ author, audience string }{{Second, Second}, {Third, Third}, {Third, First}, {Street, First}, {District, First}} {
		elsewhere := change.Text(string(UnitID(by.author)))
		for _, fields := range []Fields{
			{"name": change.Text("丙"), "status": change.Text("22")}, {"unit": elsewhere}, {"valid": change.Text("0")}, {"valid": change.Text("1")},
		} {
			all = append(all, j.Add(by.author, by.audience, "person", own, fields), j.Add(by.author, by.audience, "person", unmade, fields))
		}
	}
	return append(all, j.AddOn(Second, 2, own, Fields{"name": change.Text("丁")}, nil))
}

// wantStages says what ownStages do, lest the pictures agree on nothing.
func (b *bench) wantStages(own change.RecordID, got []picture) {
	b.t.Helper()
	row := func(name, valid string) []string {
		return []string{b.json([]any{own, First, District, name, "11", valid, 0})}
	}
	var rows [][]string
	for _, p := range got {
		rows = append(rows, p.Rows)
	}
	b.want(rows, [][]string{row("乙", "1"), row("甲", "1"), row("乙", "1"), row("乙", "0"), {}})
}

// testLongID: an id of before may be as long as a change lets it be; behind its unit it
// is longer, and is read again.
func testLongID(t *testing.T, b *bench) {
	for _, n := range []int{47, 48, change.MaxRecordID} {
		id := change.RecordID(strings.Repeat("a", n))
		for _, phone := range []string{"1", "2", "3"} {
			b.journal.Person(First, id, Fields{"name": change.Text("甲"), "phone": change.Text(phone)})
			b.sync()
		}
		r, err := b.view.Record(t.Context(), "person", Named(First, id))
		if err != nil || r.Value("phone") != change.Text("3") {
			t.Errorf("an id of %d: %v", n, err)
		}
	}
	if _, err := b.view.Digest(t.Context(), ""); err != nil {
		t.Error(err)
	}
}

// testSameID: what two units call by the same id of before are two records. Each
// has its own changes, its own refusals and the city's orders to its own unit.
func testSameID(_ *testing.T, b *bench) {
	const id = change.RecordID("p-1")
	first := b.journal.Person(First, id, Fields{"name": change.Text("甲")})
	b.journal.Person(Second, id, Fields{"name": change.Text("乙")})
	b.journal.Add(City, Second, "person", id, Fields{"status": change.Text("21")})
	b.journal.Person(First, Named(Second, id), Fields{"name": change.Text("丙")})
	b.sync()
	q := b.query("person", "", "", "id", "unit", "name", "status", "conflicts")
	second := b.json([]any{Named(Second, id), Second, "乙", "21", 0})
	b.want(b.named(q), []string{b.json([]any{Named(First, id), First, "甲", nil, 0}), second})
	b.want(b.skipped(), uint64(1))
	own, order := StreamOf(Second, Second), StreamOf(City, Second)
	places := map[string][]view.Spot{First: {{Stream: first.Stream, Seq: 1}}, Second: {{Stream: order, Seq: 1}, {Stream: own, Seq: 1}}}
	for unit, want := range places {
		slices.SortFunc(want, func(x, y view.Spot) int { return x.Stream.Compare(y.Stream) })
		got, err := b.view.Places(b.t.Context(), "person", Named(unit, id))
		if err != nil {
			b.t.Fatal(err)
		}
		b.want(got, want)
	}
	_, err := b.view.Record(b.t.Context(), "person", id)
	b.wantKind(err, fault.NotFound)
	b.journal.Refuse("r-1", first)
	b.sync()
	b.want(b.named(q), []string{second})
}
