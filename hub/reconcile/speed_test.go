package reconcile_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"testing"

	"tongbu/hub/follow"
	"tongbu/hub/reconcile"
	"tongbu/internal/change"
	"tongbu/internal/test/kit"
)

// atOnce is how many changes a batch of the benchmark has, and a node's that was away.
const atOnce = 1000

// saying makes the i-th change of a benchmark.
type saying func(i int, in change.Stream) *change.Change

// BenchmarkJudge judges batches of 1,000 first changes of persons, as a census brings
// them, and batches of edits of as many; batches are opened beforehand.
func BenchmarkJudge(b *testing.B) {
	first := func(i int, _ change.Stream) *change.Change { return censusPerson(i) }
	edit := func(i int, in change.Stream) *change.Change {
		return person(personID(i), fields{"phone": change.Text("13900000000")}, change.Vector{in: 1})
	}
	b.Run("new persons", func(b *testing.B) { judgeBatches(b, nil, first) })
	b.Run("edits", func(b *testing.B) { judgeBatches(b, first, edit) })
}

// judgeBatches measures the judging of what is said, after what was said before.
func judgeBatches(b *testing.B, before, say saying) {
	w := newWorld(b)
	clerk := w.town.MustForger(b, kit.First)
	judge := kit.Reconciler(w.city)
	for i := 0; i < b.N && before != nil; i++ {
		w.say(clerk, i, before)
	}
	w.settle()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		b.StopTimer()
		w.say(clerk, i, say)
		todo := w.opened(judge)
		b.StartTimer()
		if err := judge.Judge(b.Context(), todo); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*atOnce), "ns/change")
	if got := rules(b, w.city); len(got) > 0 {
		b.Errorf("%d are refused, want none: %v", len(got), slices.Compact(slices.Sorted(maps.Values(got))))
	}
}

// say has the clerk say one batch.
func (w *world) say(clerk *kit.Forger, batch int, say saying) {
	w.Helper()
	changes := make([]*change.Change, atOnce)
	for i := range changes {
		changes[i] = say(batch*atOnce+i, clerk.Stream(kit.First))
	}
	clerk.MustSay(w, w.city, kit.First, changes...)
}

// opened are the batches that are not judged yet.
func (w *world) opened(judge *reconcile.Reconciler) []*follow.Opened {
	w.Helper()
	todo, err := kit.Opened(w.city, judge.Cursor, 1000)
	if err != nil {
		w.Fatal(err)
	}
	return todo
}

// personID is that of the i-th person whom the first community has entered.
func personID(i int) change.RecordID {
	var uuid [16]byte
	binary.BigEndian.PutUint64(uuid[:], 0x0195a3f2c87b7000+uint64(i)<<20)
	binary.BigEndian.PutUint64(uuid[8:], uint64(i)*0x9e3779b97f4a7c15)
	return change.NewRecordID(kit.First.ID, uuid)
}

// censusPerson sets 17 fields, as a form of the census does.
func censusPerson(i int) *change.Change {
	return person(personID(i), fields{
		"name": change.Text("张伟芳"), "id_number": change.Text("11010519491231002X"), "sex": change.Text("2"), "birth_date": change.Text("1949-12-31"),
		"hukou": change.Text("10"), "hukou_address": change.Text(fmt.Sprintf("某某巷%d号%d栋", i%199, i%20)), "education": change.Text("10"),
		"marital": change.Text("20"), "relation": change.Text("01"), "status": change.Text("1"), "job_wish": change.Text("1"),
		"recorded_on": change.Text("2025-03-10"), "hardship": change.Set([]string{"010", "050"}), "phone": change.Text("13912345678"),
		"household": change.Text(string(kit.Name(kit.First, "household", "h-1"))), "nationality": change.Text("01"), "own_no": change.Text(fmt.Sprint("R-", i)),
	}, nil)
}
