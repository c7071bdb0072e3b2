package merge_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/merge"
)

func wantSame(t *rapid.T, what string, want, got *merge.Record) {
	if !bytes.Equal(want.Encode(), got.Encode()) {
		t.Errorf("%s: states differ:\n%x\n%x", what, want.Encode(), got.Encode())
	}
}

func TestOrderAndRepeatsLeaveNoTrace(t *testing.T) {
	eachHistory(t, func(t *rapid.T, changes []merge.Placed) {
		want := build(changes)
		wantSame(t, "another order", want, build(rapid.Permutation(changes).Draw(t, "order")))
		twice := rapid.Permutation(append(slices.Clone(changes), changes...)).Draw(t, "repeats")
		wantSame(t, "repeats", want, build(twice))
		for _, p := range changes {
			if want.Apply(p.Stream, p.Change) {
				t.Error("a change known already is said to change the state")
			}
		}
	})
}

func TestApplyReportsChange(t *testing.T) {
	eachHistory(t, func(t *rapid.T, changes []merge.Placed) {
		r := merge.New(kind, id)
		for _, p := range changes {
			before := r.Encode()
			if changed := r.Apply(p.Stream, p.Change); changed == bytes.Equal(before, r.Encode()) {
				t.Errorf("Apply says changed %v, bytes say otherwise", changed)
			}
		}
	})
}

func TestGroupingLeavesNoTrace(t *testing.T) {
	eachHistory(t, func(t *rapid.T, changes []merge.Placed) {
		var parts [3][]merge.Placed
		for _, p := range changes { // a change may be in several parts
			for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, 2), 1, 3, rapid.ID).Draw(t, "parts") {
				parts[i] = append(parts[i], p)
			}
		}
		want := build(changes)
		join := func(order ...int) *merge.Record {
			r := merge.New(kind, id)
			for _, i := range order {
				r.Merge(build(parts[i]))
			}
			return r
		}
		wantSame(t, "(0 1) 2", want, join(0, 1, 2))
		wantSame(t, "2 1 0", want, join(2, 1, 0))
		wantSame(t, "repeats", want, join(1, 1, 2, 0, 1, 2))
		right := build(parts[0])
		right.Merge(join(1, 2))
		wantSame(t, "0 (1 2)", want, right)
		right.Merge(right)
		wantSame(t, "itself", want, right)
	})
}

func TestMergeLeavesTheOtherAlone(t *testing.T) {
	eachHistory(t, func(t *rapid.T, changes []merge.Placed) {
		cut := rapid.IntRange(0, len(changes)).Draw(t, "cut")
		other := build(changes[cut:])
		before := other.Encode()
		r := build(changes[:cut])
		r.Merge(other)
		for _, p := range changes {
			r.Apply(p.Stream, placed(9, r.Context(), "a", "later").Change)
			r.Apply(p.Stream, p.Change)
		}
		if !bytes.Equal(before, other.Encode()) {
			t.Error("a state changed with the one it was merged into")
		}
	})
}

func TestStateIsTheRule(t *testing.T) {
	eachHistory(t, func(t *rapid.T, changes []merge.Placed) {
		r := build(changes)
		conflicts := r.Conflicts()
		for _, name := range fieldNames {
			writes := live(changes, name)
			winner, ok := r.Winner(name)
			if ok != (len(writes) > 0) {
				t.Fatalf("%s: want %d writes, got a winner %v", name, len(writes), ok)
			}
			if !ok {
				continue
			}
			if winner.Dot != writes[0].Dot || winner.Value != writes[0].Value || r.Value(name) != winner.Value {
				t.Errorf("%s: want winner %v, got %v", name, writes[0], winner)
			}
			differ := slices.DeleteFunc(writes, func(w merge.Write) bool { return w.Value == winner.Value })
			i := slices.IndexFunc(conflicts, func(c merge.Conflict) bool { return c.Field == name })
			var losers []merge.Write
			if i >= 0 {
				losers = slices.DeleteFunc(slices.Clone(conflicts[i].Losers), func(w merge.Write) bool { return w.Field != name })
			}
			if len(losers) != len(differ) {
				t.Errorf("%s: want losers %v, got %v", name, differ, losers)
			}
		}
	})
}

func TestContextIsAllSeen(t *testing.T) {
	eachHistory(t, func(t *rapid.T, changes []merge.Placed) {
		want := make(change.Vector)
		for _, p := range changes {
			want.Join(p.Change.Context)
			want.Add(p.Change.Dot(p.Stream))
		}
		got := build(changes).Context()
		if !slices.Equal(want.Dots(), got.Dots()) {
			t.Errorf("want %v, got %v", want.Dots(), got.Dots())
		}
	})
}

// A change that knows all settles everything it writes.
func TestNextChangeSettles(t *testing.T) {
	eachHistory(t, func(t *rapid.T, changes []merge.Placed) {
		r := build(changes)
		p := placed(8, r.Context(), "a", "x", "b", "x", merge.VoidField, "0", "z", "x")
		r.Apply(p.Stream, p.Change)
		if c := r.Conflicts(); c != nil || !r.Void() {
			t.Errorf("want a void record without conflicts, got void %v, %v", r.Void(), c)
		}
	})
}

// A void that nobody contradicted is void; an edit no void knows keeps the
// record and is listed.
func TestVoidIsTheRule(t *testing.T) {
	eachHistory(t, func(t *rapid.T, changes []merge.Placed) {
		r := build(changes)
		winner, ok := r.Winner(merge.VoidField)
		listed := slices.ContainsFunc(r.Conflicts(), func(c merge.Conflict) bool { return c.Field == merge.VoidField })
		if want := ok && winner.Value == change.Text("0") && !listed; want != r.Void() {
			t.Errorf("winner %v, listed %v: got void %v", winner.Value, listed, r.Void())
		}
	})
}

func TestEncodeRoundTrip(t *testing.T) {
	eachHistory(t, func(t *rapid.T, changes []merge.Placed) {
		cut := rapid.IntRange(0, len(changes)).Draw(t, "cut")
		r, err := merge.Decode(build(changes[:cut]).Encode())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range changes[cut:] { // a decoded state goes on like any other
			r.Apply(p.Stream, p.Change)
		}
		wantSame(t, "stored in between", build(changes), r)
	})
}

func TestRefusedHaveNoEffect(t *testing.T) {
	eachHistory(t, func(t *rapid.T, changes []merge.Placed) {
		refused := make(map[change.Dot]bool)
		var rest []merge.Placed
		for _, p := range changes {
			if rapid.Bool().Draw(t, "refuse") {
				refused[p.Change.Dot(p.Stream)] = true
			}
		}
		for _, p := range changes {
			if !refused[p.Change.Dot(p.Stream)] {
				rest = append(rest, p)
			}
		}
		wantSame(t, "refused", build(rest), merge.Build(kind, id, changes, refused))
	})
}

// TestManyParallelWrites: a device may write as many changes of one record as it
// likes, each without knowing of the others. What they cost may not grow by their
// square: voids and edits in parallel are not held against each other one by one.
func TestManyParallelWrites(t *testing.T) {
	const n = 4_000
	r := merge.New(kind, id)
	own := change.Stream{Device: "aaaaaaaaaaaaaaaa", Incarnation: 1, Audience: "aaaaaaaaaaaaaaaa"}
	other := change.Stream{Device: "aaaaaaaaaaaaaaaa", Incarnation: 2, Audience: "aaaaaaaaaaaaaaaa"}
	for i := range uint64(n) {
		fields := map[string]change.Value{merge.VoidField: change.Text("0")}
		if i%2 == 0 {
			fields = map[string]change.Value{"phone": change.Int(int64(i))}
		}
		r.Apply(own, &change.Change{Kind: kind, Record: id, Fields: change.FieldsOf(fields), Context: change.Vector{other: i + 1}})
	}
	begin := time.Now()
	for range 20 {
		if r.Void() {
			t.Fatal("void, against edits that knew of no void")
		}
	}
	conflicts := r.Conflicts()
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("%d parallel writes: %v for 20 looks at whether the record is void", n, took)
	}
	if len(conflicts) != 2 || len(conflicts[1].Losers) != n/2 {
		t.Errorf("got %d conflicts", len(conflicts))
	}
}
