package viewtest

import (
	"sync"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/tree"
)

const addition = `
kinds:
  - name: parade
    label: {zh: 走访, en: visit}
    writers: [5]
    fields:
      - {name: outcome, label: {zh: 结果, en: outcome}, type: text}
`

func testUnknownKind(t *testing.T, b *bench) {
	b.journal.Add(First, First, "parade", "v-1", Fields{"outcome": change.Text("met"), "unit": change.Text(string(UnitID(First)))})
	b.sync()
	b.sync()
	if err := b.view.Apply(t.Context(), b.journal.Changes, 1); err != nil {
		t.Fatal(err)
	}
	b.want(b.skipped(), uint64(1))
	places, err := b.view.Places(t.Context(), "parade", Named(First, "v-1"))
	if err != nil {
		t.Fatal(err)
	}
	b.want(len(places), 1)
	if b.schema, err = b.schema.Extend([]byte(addition)); err != nil {
		t.Fatal(err)
	}
	b.mustOpen()
	b.want(b.applied(), uint64(0))
	b.sync()
	b.want(b.rows(b.query("parade", "", "", "outcome")), []string{`["met"]`})
}

// testRetree moves the third community below the street under another code.
func testRetree(t *testing.T, b *bench) {
	const moved = "110101001003"
	b.journal.Person(Third, "p-2", Fields{"name": change.Text("甲")})
	b.journal.Person(First, "p-1", Fields{"name": change.Text("乙")})
	b.sync()
	units := Units()
	units[6].Code, units[6].Parent = moved, UnitID(Street)
	later := MustTree(t, units)
	if err := b.view.Retree(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	want := []string{`["p-1","110101001001","110101000000","110101001000","110101001001"]`, `["p-2","110101001003","110101000000","110101001000","110101001003"]`}
	q := b.query("person", "", "", "id", "unit", "district", "street", "community")
	b.want(b.rows(q), want)
	b.journal.Person(Third, "p-2", Fields{"sex": change.Text("1")})
	b.sync()
	b.want(b.rows(q), want)
	b.want(b.digest(UnitID(Third)) != b.digest(UnitID(First)), true)
	b.mustOpen() // with the tree of before
	b.want(b.rows(q)[1], `["p-2","110102000001","110102000000","","110102000001"]`)
	b.opts.Tree = nil
	b.mustOpen()
	b.want(b.rows(q)[1], b.json([]string{"p-2", string(UnitID(Third)), "", "", ""}))
}

// testMerged: what a merged unit has made stands at its heir, and asked about by its id it
// stands alone.
func testMerged(t *testing.T, b *bench) {
	b.journal.Person(First, "p-1", Fields{"name": change.Text("甲"), "sex": change.Text("1")})
	b.journal.Person(Second, "p-2", Fields{"name": change.Text("乙"), "sex": change.Text("1")})
	b.journal.Person(Third, "p-3", Fields{"name": change.Text("丙"), "sex": change.Text("1")})
	b.sync()
	units := Units()
	for i := range units {
		if units[i].ID == UnitID(Second) {
			units[i].Heir, units[i].Until = UnitID(Third), "2026-01-01"
		}
	}
	if err := b.view.Retree(t.Context(), MustTree(t, units)); err != nil {
		t.Fatal(err)
	}
	third, _ := MustTree(t, units).Unit(UnitID(Third))
	q := b.query("person", "", "", "id", "unit", "community")
	heirs := []string{b.json([]string{"p-2", third.Code, third.Code}), b.json([]string{"p-3", third.Code, third.Code})}
	b.want(b.rows(q)[1:], heirs)
	q.Scope = view.Scope{Under: UnitID(Third)}
	b.want(b.rows(q), heirs)
	q.Scope.Under = UnitID(Second)
	b.want(b.rows(q), heirs[:1])
}

func testReopen(_ *testing.T, b *bench) {
	fill(b.journal)
	b.sync()
	want, at := b.digest(""), b.applied()
	b.mustOpen()
	b.want(b.digest(""), want)
	b.want(b.applied(), at)
}

func testOtherJournal(_ *testing.T, b *bench) {
	fill(b.journal)
	b.sync()
	b.opts.Source = "journal-2"
	b.mustOpen()
	b.want(b.applied(), uint64(0))
	b.want(b.rows(b.query("person", "", "", "id")), []string{})
}

func testReset(t *testing.T, b *bench) {
	fill(b.journal)
	b.sync()
	want := b.digest("")
	if err := b.view.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.want(b.applied(), uint64(0))
	b.sync()
	b.want(b.digest(""), want)
}

func testDigest(_ *testing.T, b *bench) {
	b.want(b.digest(""), merge.NewDigest().Sum())
	b.journal.Person(First, "p-2", Fields{"name": change.Text("甲")})
	b.journal.Person(First, "p-1", Fields{"name": change.Text("乙"), "valid": change.Text("0")})
	b.journal.Person(Third, "p-10", Fields{"name": change.Text("丙")})
	b.journal.Add(First, First, "household", "h-1", Fields{"address": change.Text("1 Example Road"), "unit": change.Text(string(UnitID(First)))})
	b.sync()
	b.want(b.digest(""), b.journal.Digest(b.t, func(*merge.Record) bool { return true }))
	for _, code := range []string{First, Third, City} {
		want := b.journal.Digest(b.t, func(r *merge.Record) bool { return view.BelongingOf(r).Unit == UnitID(code) })
		b.want(b.digest(UnitID(code)), want)
	}
}

func testRecord(t *testing.T, b *bench) {
	b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	b.journal.Person(First, "p-2", Fields{"name": change.Text("乙")})
	b.journal.Person(First, "p-1", Fields{"name": change.Text("丙")})
	b.journal.Add(City, First, "person", "p-1", Fields{"remark": change.Text("seen")})
	b.sync()
	name := Named(First, "p-1")
	r, err := b.view.Record(t.Context(), "person", name)
	if err != nil {
		t.Fatal(err)
	}
	b.want(r.Value("remark").Text(), "seen")
	b.want(r.Encode(), b.journal.record("person", name).Encode())
	for kind, id := range map[string]change.RecordID{"household": name, "person": Named(First, "p-9"), "no_such_kind": name, "notice": "p-1"} {
		_, err := b.view.Record(t.Context(), kind, id)
		b.wantKind(err, fault.NotFound)
		none, err := b.view.Snapshot(t.Context(), kind, id)
		if err != nil {
			t.Fatal(err)
		}
		b.want(none, view.Snapshot{Applied: 4})
	}
	places, err := b.view.Places(t.Context(), "person", name)
	if err != nil {
		t.Fatal(err)
	}
	own, city := StreamOf(First, First), StreamOf(City, First)
	want := []view.Spot{{Stream: city, Seq: 1}, {Stream: own, Seq: 1}, {Stream: own, Seq: 3}}
	if own.Compare(city) < 0 {
		want = []view.Spot{want[1], want[2], want[0]}
	}
	b.want(places, want)
}

// testConcurrent asks while changes are applied: each answer is of one moment
// between two calls of Apply, which here always write two records.
// Snapshot tells that moment.
func testConcurrent(t *testing.T, b *bench) {
	q := b.query("person", "", "", "id", "name")
	var asking sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		asking.Go(func() {
			for open := true; open; {
				select {
				case <-done:
					open = false
				default:
				}
				rows, err := b.view.Rows(t.Context(), q)
				if err != nil || len(rows)%2 != 0 || len(rows) > 0 && rows[0].Values[1] != rows[1].Values[1] {
					t.Errorf("%d rows, %v", len(rows), err)
					return
				}
				s, err := b.view.Snapshot(t.Context(), "person", Named(First, "p-1"))
				if err != nil || (s.Record == nil) != (s.Applied == 0) ||
					s.Record != nil && s.Record.Value("name").Text() != string(rune('a'+s.Applied/2-1)) {
					t.Errorf("the record at arrival %d, %v: not of that moment", s.Applied, err)
					return
				}
			}
		})
	}
	for i := range 30 {
		name := change.Text(string(rune('a' + i)))
		b.journal.Person(First, "p-1", Fields{"name": name})
		b.journal.Person(Second, "p-2", Fields{"name": name})
		b.sync()
	}
	if err := b.view.Retree(t.Context(), MustTree(t, Units()[:6])); err != nil {
		t.Error(err)
	}
	close(done)
	asking.Wait()
}

func testClosed(t *testing.T, b *bench) {
	if err := b.view.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := b.view.Applied(t.Context())
	b.wantKind(err, fault.Unavailable)
	_, err = b.view.Rows(t.Context(), b.query("person", "", "", "id"))
	b.wantKind(err, fault.Unavailable)
	b.wantKind(b.view.Apply(t.Context(), nil, 1), fault.Unavailable)
	b.wantKind(b.view.Retree(t.Context(), (*tree.Tree)(nil)), fault.Unavailable)
	b.wantKind(b.view.Reset(t.Context()), fault.Unavailable)
}
