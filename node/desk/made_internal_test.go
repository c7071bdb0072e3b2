package desk

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// TestMovedRows: the rows of a kind into which single ones have moved are those that are
// listed from nothing, however many have, and who was given the rows of before keeps them.
func TestMovedRows(t *testing.T) {
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	k, _ := kinds.Kind("ledger_training")
	of, r := newShape(k), rand.New(rand.NewPCG(5, 6))
	d := &madeDay{made: map[int32][]madeRow{}, list: map[string][]packed{}, moved: map[string]map[packed]int{}, count: map[string]int{}}
	again := func(top int32) { // as make does
		for _, row := range d.made[top] {
			d.move(row, -1)
		}
		d.made[top] = nil
		for range r.IntN(4) {
			id, name := change.RecordID(fmt.Sprintf("%d-%d", r.IntN(40), top/2)), change.Text(fmt.Sprint(r.IntN(3)))
			row := madeRow{of.pack(id, func(string) change.Value { return name }, new(far)), of}
			d.made[top] = append(d.made[top], row)
			d.move(row, 1)
		}
	}
	sorted := func(rows []packed) []packed { return slices.Sorted(slices.Values(rows)) }
	whole := 0
	for step := range 400 {
		before := d.of(k.Name)
		kept := slices.Clone(before)
		families := r.IntN(3)
		if step%20 == 0 {
			families = 2 * maxMoved
		}
		for range families {
			again(int32(r.IntN(200)))
		}
		if d.list[k.Name] == nil {
			whole++
		}
		got, size := d.of(k.Name), 0
		if want := d.all(k.Name); !slices.Equal(sorted(got), sorted(want)) || !slices.IsSortedFunc(got, inIDs) {
			t.Fatalf("step %d: %v, want %v", step, idsIn(got), idsIn(want))
		}
		for _, row := range got {
			size += row.size()
		}
		if d.count[k.Name] != len(got) || d.size != size {
			t.Fatalf("step %d: %d rows of %d bytes are counted, there are %d of %d", step, d.count[k.Name], d.size, len(got), size)
		}
		if !slices.Equal(before, kept) {
			t.Fatalf("step %d changed the rows of before", step)
		}
		if same := d.of(k.Name); len(got) > 0 && &same[0] != &got[0] {
			t.Fatalf("step %d: the rows are others though none has moved", step)
		}
	}
	if whole == 0 || whole > 30 {
		t.Errorf("%d times the rows were listed from nothing", whole)
	}
}
