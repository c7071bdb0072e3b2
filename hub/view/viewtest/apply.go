package viewtest

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

func testRows(_ *testing.T, b *bench) {
	b.journal.Person(First, "p-1", Fields{"name": change.Text("甲"), "sex": change.Text("1"), "hardship": change.Set([]string{"050", "010"})})
	b.journal.Person(Third, "p-2", Fields{"name": change.Text("乙")})
	b.journal.Person(First, "p-1", Fields{"name": change.Text("丙"), "later": change.Text("a field of a later schema")})
	b.journal.Add(Second, Second, "household", "h-1", Fields{
		"unit": change.Text(string(UnitID(Second))), "low_income": change.Bool(true), "low_income_amount": change.Int(-5)})
	b.sync()
	b.want(b.rows(b.query("person", "", "", "id", "unit", "city", "district", "street", "community", "name", "sex", "hardship", "valid", "conflicts")), []string{
		`["p-1","110101001001","110000000000","110101000000","110101001000","110101001001","丙","1",["010","050"],"1",0]`,
		`["p-2","110102000001","110000000000","110102000000","","110102000001","乙",null,null,"1",0]`,
	})
	b.want(b.rows(b.query("household", "", "", "low_income", "low_income_amount", "people")), []string{`[true,-5,null]`})
	b.want(b.applied(), uint64(4))
}

func testTwice(_ *testing.T, b *bench) {
	c := b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	b.journal.Person(First, "p-1", Fields{"name": change.Text("乙")})
	b.sync()
	want := b.digest("")
	for range 2 {
		if err := b.view.Apply(b.t.Context(), []view.Change{c, c}, 2); err != nil {
			b.t.Fatal(err)
		}
	}
	b.want(b.digest(""), want)
	b.want(b.rows(b.query("person", "", "", "name")), []string{`["乙"]`})
}

// testOrder applies the same changes in several orders and portions.
func testOrder(t *testing.T, b *bench) {
	fill(b.journal)
	b.sync()
	want := []change.Hash{b.digest(""), b.digest(UnitID(First)), b.digest(UnitID(Third))}
	rows := b.rows(b.query("person", "", "", "id", "unit", "name", "status", "conflicts", "valid"))
	for seed := range uint64(5) {
		if err := b.view.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(seed, 1))
		changes := slices.Clone(b.journal.Changes)
		random.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
		for portion := range slices.Chunk(changes, 1+int(seed)*3) {
			if err := b.view.Apply(t.Context(), portion, 0); err != nil {
				t.Fatal(err)
			}
		}
		b.want([]change.Hash{b.digest(""), b.digest(UnitID(First)), b.digest(UnitID(Third))}, want)
		b.want(b.rows(b.query("person", "", "", "id", "unit", "name", "status", "conflicts", "valid")), rows)
	}
}

// fill adds records with edits, parallel edits, voids and refusals, some with an
// id of before and some with a number, and what another unit says of them.
func fill(j *Journal) {
	var refused view.Change
	for i, id := range []change.RecordID{"p-1", Numbered(Second, "2"), "p-3", Numbered(First, "4"), "p-5"} {
		home, other := []string{First, Second, Third}[i%3], []string{Second, Third, First}[i%3]
		name := Named(home, id)
		j.Add(other, other, "person", name, Fields{"name": change.Text("of another unit")})
		c := j.Person(home, id, Fields{"name": change.Text("name " + string(id)), "status": change.Text("11")})
		known := j.record("person", name).Context()
		j.AddOn(home, 2, id, Fields{"status": change.Text("21")}, known)
		j.AddOn(home, 3, id, Fields{"status": change.Text("22"), "unit": change.Text(string(UnitID(other)))}, known)
		j.Person(home, id, Fields{"remark": change.Text("all seen")})
		if i == 1 {
			j.AddOn(home, 2, id, Fields{"valid": change.Text("0")}, known)
		}
		if i == 3 {
			j.Person(home, id, Fields{"valid": change.Text("0")})
			j.Person(other, name, Fields{"valid": change.Text("1")})
		}
		refused = c
	}
	j.Refuse("r-1", refused)
	j.Add(City, First, "notice", "n-1", Fields{"title": change.Text("a notice")})
}

func testConflict(_ *testing.T, b *bench) {
	b.journal.AddOn(First, 1, "p-1", Fields{"name": change.Text("甲"), "sex": change.Text("1")}, nil)
	b.journal.AddOn(First, 2, "p-1", Fields{"name": change.Text("乙"), "sex": change.Text("1")}, nil)
	b.sync()
	b.want(b.rows(b.query("person", "", "", "conflicts")), []string{`[1]`})
	b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	b.sync()
	b.want(b.rows(b.query("person", "", "", "name", "conflicts")), []string{`["甲",0]`})
}

func testVoid(_ *testing.T, b *bench) {
	b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	b.journal.Person(First, "p-2", Fields{"name": change.Text("乙")})
	known := b.journal.record("person", Named(First, "p-2")).Context()
	b.journal.Person(First, "p-1", Fields{"valid": change.Text("0")})
	b.journal.AddOn(First, 1, "p-2", Fields{"valid": change.Text("0")}, known)
	b.journal.AddOn(First, 2, "p-2", Fields{"name": change.Text("丙")}, known)
	b.sync()
	b.want(b.rows(b.query("person", "", "", "id", "valid")), []string{`["p-2","1"]`})
	all := b.query("person", "", "", "id", "valid")
	all.Void = true
	b.want(b.rows(all), []string{`["p-1","0"]`, `["p-2","1"]`})
	void := b.query("person", `valid = "0"`, "", "id")
	void.Void = true
	b.want(b.rows(void), []string{`["p-1"]`})
	b.journal.Person(First, "p-1", Fields{"void_reason": change.Text("错")})
	b.journal.AddOn(First, 1, "p-2", Fields{"void_reason": change.Text("错")}, known)
	b.journal.Person(First, "p-3", Fields{"void_reason": change.Text("错")}) // of no void
	b.sync()
	all = b.query("person", "", "", "id", "valid", "void_reason")
	all.Void = true
	b.want(b.rows(all), []string{`["p-1","0","错"]`, `["p-2","1",null]`, `["p-3","1",null]`})
}

func testWrongType(_ *testing.T, b *bench) {
	b.journal.Person(First, "p-1", Fields{"name": change.Int(7), "hardship": change.Text("010"), "valid": change.Bool(true)})
	b.journal.Add(First, First, "household", "h-1", Fields{"people": change.Text("3"), "low_income": change.Int(1), "kinds": change.Int(3)})
	b.sync()
	b.want(b.rows(b.query("person", "", "", "name", "hardship", "valid")), []string{`[null,null,"1"]`})
	b.want(b.rows(b.query("household", "", "", "people", "low_income", "kinds")), []string{`[null,null,null]`})
	r, err := b.view.Record(b.t.Context(), "person", Named(First, "p-1"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.want(r.Value("name").Int(), int64(7))
}

// testBelonging: the id says whose a record is, and what the field "unit" says is
// of no account; it is asked only of kinds whose ids do not say it and that the city
// alone writes: not of what a device says of itself.
func testBelonging(_ *testing.T, b *bench) {
	const unknown = "110101001009"
	b.journal.Add(City, City, "unit", change.RecordID(UnitID(Street)), Fields{"code": change.Text(Street)})
	b.journal.Add(City, Third, "notice", "n-1", Fields{"title": change.Text("to the third")})
	b.journal.Add(City, City, "notice", "n-2", Fields{"title": change.Text("of the city"), "unit": change.Text("unknown-unit")})
	b.journal.Add(City, Third, "refusal", "r-1", Fields{"rule": change.Text("to the third")})
	b.journal.Add(City, City, "refusal", "r-2", Fields{"rule": change.Text("of nobody"), "unit": change.Text("unknown-unit")})
	b.journal.Add(unknown, unknown, "person", "p-1", Fields{"name": change.Text("甲"), "unit": change.Text(string(UnitID(First)))})
	for _, to := range []string{Street, First} { // the second is not its own unit
		b.journal.Add(Street, to, "device_state", change.RecordID(StreamOf(Street, to).Device), Fields{"program": change.Text(to), "unit": change.Text(string(UnitID(First)))})
		b.journal.Add(Street, to, "audit_head", change.RecordID(StreamOf(Street, to).Device+"-1"), Fields{"entry": change.Int(1), "unit": change.Text(string(UnitID(First)))})
	}
	b.sync()
	b.want(b.rows(b.query("device_state", "", "", "unit", "street", "community", "program")), []string{`["110101001000","110101001000","","110101001000"]`})
	b.want(b.rows(b.query("audit_head", "", "", "unit", "street", "community")), []string{`["110101001000","110101001000",""]`})
	b.want(b.rows(b.query("unit", "", "", "unit", "street", "community")), []string{`["110101001000","110101001000",""]`})
	b.want(b.rows(b.query("notice", "", "", "unit", "community")), []string{`["110000000000",""]`, `["110000000000",""]`})
	b.want(b.rows(b.query("refusal", "", "", "unit", "community")), []string{`["110102000001","110102000001"]`, `["unknown-unit",""]`})
	b.want(b.rows(b.query("person", "", "", "unit", "community")), []string{b.json([]string{string(UnitID(unknown)), ""})})
}

func testWatermark(t *testing.T, b *bench) {
	for _, step := range []struct{ upTo, want uint64 }{{5, 5}, {3, 5}, {0, 5}, {1 << 40, 1 << 40}} {
		if err := b.view.Apply(t.Context(), nil, step.upTo); err != nil {
			t.Fatal(err)
		}
		b.want(b.applied(), step.want)
	}
	b.wantKind(b.view.Apply(t.Context(), nil, 1<<63), fault.Invalid)
}

// testAtomic fails an Apply half-way: nothing of it may be left.
func testAtomic(t *testing.T, b *bench) {
	c := b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	b.sync()
	want := b.digest("")
	b.journal.Person(First, "p-2", Fields{"name": change.Text("乙")})
	b.journal.Refuse("r-1", c)
	b.journal.Err = fault.New(fault.Unavailable, "the journal is away")
	err := b.view.Apply(t.Context(), b.journal.Changes[1:], b.journal.Last())
	b.wantKind(err, fault.Unavailable)
	b.want(b.applied(), uint64(1))
	b.want(b.digest(""), want)
	b.journal.Err = nil
	b.sync()
	b.want(b.rows(b.query("person", "", "", "id")), []string{`["p-2"]`})
}

func testCanceled(t *testing.T, b *bench) {
	b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.wantKind(b.view.Apply(ctx, b.journal.Changes, 1), fault.Canceled)
	b.want(b.applied(), uint64(0))
	b.sync()
	b.want(b.applied(), uint64(1))
}
