package viewtest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
)

// testCounts plays edits, changes of other units, voids and refusals that come
// and go, with repeats and in portions, and holds the counts by an indexed code
// against the rows themselves, in every scope.
func testCounts(_ *testing.T, b *bench) {
	rng := rand.New(rand.NewPCG(7, 7))
	places := []string{First, Second, Third}
	var written []view.Change
	for step := range 240 {
		n := rng.IntN(20)
		home, id := places[n%3], change.RecordID(fmt.Sprintf("p-%d", n))
		switch rng.IntN(9) {
		case 0:
			if len(written) > 0 {
				c := written[rng.IntN(len(written))]
				b.journal.Refuse(change.RecordID(fmt.Sprintf("r-%d", rng.IntN(12))), c)
			}
		case 1:
			b.journal.Add(City, First, "refusal", change.RecordID(fmt.Sprintf("r-%d", rng.IntN(12))), Fields{"valid": change.Text([]string{"0", "1"}[rng.IntN(2)])})
		case 2:
			written = append(written, b.journal.Person(home, id, Fields{"valid": change.Text([]string{"0", "1"}[rng.IntN(2)])}))
		case 3:
			written = append(written, b.journal.Person(places[(n+1)%3], Named(home, id), Fields{"status": change.Text("20")}))
		default:
			fields := Fields{"name": change.Text("甲"), "status": change.Text([]string{"10", "20", "30", ""}[rng.IntN(4)])}
			written = append(written, b.journal.Person(home, id, fields))
		}
		if step%20 == 0 {
			b.sync()
			b.turn(step%40 == 0)
			b.wantCounts("status")
		}
	}
	if err := b.view.Apply(b.t.Context(), b.journal.Changes, b.journal.Last()); err != nil {
		b.t.Fatal(err)
	}
	b.wantCounts("status")
	for _, settled := range []bool{true, true, false, false, true} {
		b.turn(settled)
		b.wantCounts("status")
	}
}

// turn settles the view or the reverse, which no answer shows.
func (b *bench) turn(settled bool) {
	b.t.Helper()
	to := b.view.Unsettle
	if settled {
		to = b.view.Settle
	}
	if err := to(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	if got, err := b.view.Settled(b.t.Context()); err != nil || got != settled {
		b.t.Errorf("settled: got %v, %v; want %v", got, err, settled)
	}
}

// wantCounts compares counts with what the rows say, by a field, by tiers and
// by both.
func (b *bench) wantCounts(field string) {
	b.t.Helper()
	for _, scope := range []view.Scope{{All: true}, {Under: UnitID(City)}, {Under: UnitID(District)}, {Under: UnitID(Second)}, {Under: UnitID(Third)}} {
		for _, by := range [][]string{{field}, {"district"}, {"district", field}, {field, "community"}, {"unit", field, "street"}} {
			b.wantCountsBy(scope, by)
		}
	}
}

// wantSets compares counts by an indexed set with the sets of the rows: each item counts,
// and a set without any under nothing.
func (b *bench) wantSets(kind, field string) {
	b.t.Helper()
	for _, scope := range []view.Scope{{All: true}, {Under: UnitID(District)}, {Under: UnitID(Second)}} {
		q := b.query(kind, "", "", "community", field)
		q.Scope = scope
		rows, err := b.view.Rows(b.t.Context(), q)
		if err != nil {
			b.t.Fatal(err)
		}
		want, got := map[string]int64{}, map[string]int64{}
		for _, r := range rows {
			set, _ := r.Values[1].Get()
			items, _ := set.([]string)
			for _, item := range items {
				want[b.json([]change.Value{r.Values[0], change.Text(item)})]++
			}
			if len(items) == 0 {
				want[b.json([]change.Value{r.Values[0], change.Null})]++
			}
		}
		for _, g := range b.groups(q, "community", field) {
			got[b.json(g.Values)] = g.Count
		}
		b.want(got, want)
		b.want(b.groups(b.query(kind, "", ""), "community"), b.groups(b.query(kind, `id != "x"`, ""), "community"))
	}
}

func (b *bench) wantCountsBy(scope view.Scope, by []string) {
	b.t.Helper()
	q := b.query("person", "", "", by...)
	q.Scope = scope
	rows, err := b.view.Rows(b.t.Context(), q)
	if err != nil {
		b.t.Fatal(err)
	}
	want := map[string]int64{}
	for _, r := range rows {
		want[b.json(r.Values)]++
	}
	got := map[string]int64{}
	for _, g := range b.groups(q, by...) {
		got[b.json(g.Values)] = g.Count
	}
	b.want(got, want)
	b.want(b.json(b.groupPages(q, by...)), b.json(b.groups(q, by...)))
}
