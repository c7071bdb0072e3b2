package merge_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
)

func TestDifferentFieldsMerge(t *testing.T) {
	first := placed(0, nil, "name", "甲", "phone", "1")
	left := placed(1, contextAfter(first), "name", "乙")
	right := placed(2, contextAfter(first), "phone", "2")
	r := build([]merge.Placed{left, right, first})
	want := map[string]change.Value{"name": change.Text("乙"), "phone": change.Text("2")}
	if diff := cmp.Diff(want, r.Values()); diff != "" {
		t.Error(diff)
	}
	if c := r.Conflicts(); c != nil {
		t.Errorf("want no conflict, got %v", c)
	}
	if !merge.Parallel(left, right) || merge.Parallel(first, left) || merge.Parallel(left, left) {
		t.Error("only left and right are parallel")
	}
}

func TestSameFieldConflicts(t *testing.T) {
	first := placed(0, nil, "name", "甲")
	left := placed(1, contextAfter(first), "name", "乙")
	right := placed(2, contextAfter(first), "name", "丙")
	r := build([]merge.Placed{first, left, right})
	conflicts := r.Conflicts()
	if len(conflicts) != 1 || conflicts[0].Field != "name" || len(conflicts[0].Losers) != 1 {
		t.Fatalf("want one conflict of two writes, got %v", conflicts)
	}
	winner, loser := conflicts[0].Winner, conflicts[0].Losers[0]
	if winner.Dot.Stream.Compare(loser.Dot.Stream) <= 0 || winner.Value != r.Value("name") {
		t.Errorf("of equal counts the later stream wins: got %v before %v", winner, loser)
	}
	if loser.Actor == "" || loser.At == 0 || len(loser.Context) != 1 {
		t.Errorf("a loser says who wrote it, when, on what: got %v", loser)
	}
}

func TestEqualValuesDoNotConflict(t *testing.T) {
	r := build([]merge.Placed{placed(1, nil, "name", "甲"), placed(2, nil, "name", "甲")})
	if c := r.Conflicts(); c != nil {
		t.Errorf("want none, got %v", c)
	}
}

func TestHigherCountWins(t *testing.T) {
	first := placed(0, nil, "phone", "1")
	for n := range byte(5) {
		r := build([]merge.Placed{first, placed(n, contextAfter(first), "name", "late"), placed(9, nil, "name", "early")})
		if want, got := change.Text("late"), r.Value("name"); want != got {
			t.Errorf("device %d: want %s, got %s", n, want, got)
		}
	}
}

// A write that another field's write knew of stays: contexts act on their own
// field only, else a patch would undo what it does not mention.
func TestContextActsOnItsFieldOnly(t *testing.T) {
	first := placed(0, nil, "name", "甲")
	r := build([]merge.Placed{placed(1, contextAfter(first), "phone", "1"), first})
	if want, got := change.Text("甲"), r.Value("name"); want != got {
		t.Errorf("want %s, got %s", want, got)
	}
}

func TestEmptiedField(t *testing.T) {
	first := placed(0, nil, "name", "甲")
	empty := placed(1, contextAfter(first))
	empty.Change.Fields = empty.Change.Fields.With("name", change.Null)
	r := build([]merge.Placed{empty, first})
	if v, ok := r.Values()["name"]; ok || r.Value("name") != change.Null || r.Value("never") != change.Null {
		t.Errorf("want null, got %v", v)
	}
	if _, ok := r.Winner("name"); !ok {
		t.Error("an emptied field has a winner")
	}
	if _, ok := r.Winner("never"); ok {
		t.Error("a field never written has a winner")
	}
}

func TestVoid(t *testing.T) {
	first := placed(0, nil, "name", "甲", merge.VoidField, "1")
	void := placed(1, contextAfter(first), merge.VoidField, "0", "void_reason", "moved")
	again := placed(3, contextAfter(first), merge.VoidField, "0", "void_reason", "double")
	edit := placed(2, contextAfter(first), "phone", "1")
	valid := placed(2, contextAfter(first), merge.VoidField, "1")
	for _, c := range []struct {
		name    string
		changes []merge.Placed
		void    bool
		losers  []string // fields listed against the void
	}{
		{"not voided", []merge.Placed{first, edit}, false, nil},
		{"voided", []merge.Placed{first, void}, true, nil},
		{"edit in parallel", []merge.Placed{first, void, edit}, false, []string{"phone"}},
		{"edit known to the void", []merge.Placed{first, edit, placed(1, contextAfter(first, edit), merge.VoidField, "0")}, true, nil},
		{"edit in knowledge of the void", []merge.Placed{first, void, placed(2, contextAfter(first, void), "phone", "1")}, true, nil},
		{"two voids with different reasons", []merge.Placed{first, void, again}, true, nil},
		{"two voids, one knows the edit", []merge.Placed{first, edit, void, placed(3, contextAfter(first, edit), merge.VoidField, "0")}, true, nil},
		{"said valid in parallel", []merge.Placed{first, void, valid}, false, []string{"valid"}},
		{"voided again", []merge.Placed{first, void, edit, placed(1, contextAfter(first, void, edit), merge.VoidField, "0")}, true, nil},
		{"revived", []merge.Placed{first, void, placed(1, contextAfter(first, void), merge.VoidField, "1")}, false, nil},
	} {
		r := build(c.changes)
		if r.Void() != c.void {
			t.Errorf("%s: want void %v, got %v", c.name, c.void, r.Void())
		}
		var losers []string
		for _, conflict := range r.Conflicts() {
			if conflict.Field == merge.VoidField {
				for _, w := range conflict.Losers {
					losers = append(losers, w.Field)
				}
			}
		}
		if diff := cmp.Diff(c.losers, losers); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// A clone writes two different changes under one name: both are kept.
func TestTwoChangesUnderOneDot(t *testing.T) {
	a, b := placed(1, nil, "name", "甲"), placed(1, nil, "name", "乙")
	r := build([]merge.Placed{a, b})
	if c := r.Conflicts(); len(c) != 1 || c[0].Winner.Value != max(change.Text("甲"), change.Text("乙")) {
		t.Errorf("want a conflict won by the higher value, got %v", c)
	}
	if !merge.Parallel(a, b) {
		t.Error("two changes under one dot are parallel")
	}
}

func TestAnotherRecordIsIgnored(t *testing.T) {
	r := build([]merge.Placed{placed(1, nil, "name", "甲")})
	before := r.Encode()
	other := placed(1, nil, "name", "乙")
	other.Change.Record = "p-2"
	r.Merge(merge.Build(kind, "p-2", []merge.Placed{other}, nil))
	if r.Apply(other.Stream, other.Change) || !bytes.Equal(before, r.Encode()) {
		t.Error("a change of another record had an effect")
	}
	if merge.Parallel(placed(2, nil, "name", "丙"), other) {
		t.Error("changes of two records are parallel")
	}
}

func TestUnusableChangeDoesNothing(t *testing.T) {
	malformed := placed(1, nil, "name", "甲")
	malformed.Change.Fields = malformed.Change.Fields.With("name", "\x65no")
	for name, p := range map[string]merge.Placed{
		"malformed value": malformed,
		"count too high":  placed(1, change.Vector{stream(2): 1<<64 - 1}, "name", "甲"),
	} {
		r := merge.New(kind, id)
		before := r.Encode()
		if r.Apply(p.Stream, p.Change) || !bytes.Equal(before, r.Encode()) {
			t.Errorf("%s: had an effect", name)
		}
	}
}

// A dishonest device fills a context to the limit, or counts to the limit. The
// record can be edited still.
func TestContextFitsAChange(t *testing.T) {
	honest := placed(0, nil, "name", "甲")
	wide, high := make(change.Vector), change.Vector{stream(3): 1 << 48}
	for n := range change.MaxContext {
		s := stream(3)
		s.Incarnation = uint32(n + 1)
		wide[s] = uint64(n + 1)
	}
	for name, context := range map[string]change.Vector{"wide": wide, "high": high} {
		r := build([]merge.Placed{honest, placed(1, context, "phone", "1")})
		next := placed(2, r.Context(), "name", "乙")
		if _, err := next.Change.Encode(); err != nil {
			t.Errorf("%s: the next change cannot be made: %v", name, err)
		}
		r.Apply(next.Stream, next.Change)
		if want, got := change.Text("乙"), r.Value("name"); want != got || r.Conflicts() != nil {
			t.Errorf("%s: want %s without conflict, got %s, %v", name, want, got, r.Conflicts())
		}
	}
}

func TestDigest(t *testing.T) {
	sum := func(parts ...string) change.Hash {
		d := merge.NewDigest()
		for i := 0; i < len(parts); i += 3 {
			if err := d.Add(parts[i], change.RecordID(parts[i+1]), []byte(parts[i+2])); err != nil {
				t.Fatal(err)
			}
		}
		return d.Sum()
	}
	seen := map[change.Hash]bool{}
	for _, parts := range [][]string{nil, {"a", "b", "c"}, {"a", "bc", ""}, {"ab", "", "c"}, {"a", "b", "c", "a", "c", "c"}} {
		first, again := sum(parts...), sum(parts...)
		if seen[first] || first != again {
			t.Errorf("%v: not a digest of its own", parts)
		}
		seen[first] = true
	}
	d := merge.NewDigest()
	_ = d.Add("b", "1", nil)
	for _, key := range [][2]string{{"a", "2"}, {"b", "0"}, {"b", "1"}} {
		if err := d.Add(key[0], change.RecordID(key[1]), nil); fault.Of(err) != fault.Internal {
			t.Errorf("%v after b 1: want internal, got %v", key, err)
		}
	}
}

// TestClockDecidesNothing: whatever the clocks of two devices said, the same
// value wins.
func TestClockDecidesNothing(t *testing.T) {
	const year2099 = 4070908800000
	first := placed(0, nil, "name", "甲")
	for _, clocks := range [][2]int64{{0, 0}, {1, year2099}, {year2099, 1}, {-year2099, year2099}} {
		more, less := placed(1, contextAfter(first), "name", "乙"), placed(9, nil, "name", "丙")
		equal := placed(2, contextAfter(first), "name", "丁")
		more.Change.At, less.Change.At, equal.Change.At = clocks[0], clocks[1], clocks[1]
		if got := build([]merge.Placed{first, more, less}).Value("name"); got != change.Text("乙") {
			t.Errorf("clocks %v: %s wins over the higher count", clocks, got)
		}
		want := change.Text("乙")
		if equal.Stream.Compare(more.Stream) > 0 {
			want = change.Text("丁")
		}
		if got := build([]merge.Placed{first, more, equal}).Value("name"); got != want {
			t.Errorf("clocks %v: %s wins, want the later stream's %s", clocks, got, want)
		}
	}
}

// TestContextLeavesAsideOut: a name that nobody writes under raises the count of one
// change, and no later one claims to have seen it.
func TestContextLeavesAsideOut(t *testing.T) {
	first := placed(1, nil, "phone", "1")
	second := placed(1, contextAfter(first), "phone", "2")
	late := placed(1, contextAfter(first), "phone", "3")
	late.Change.Context[late.Stream.Aside()] = second.Change.Count()
	r := build([]merge.Placed{late, first, second})
	if got := r.Conflicts(); len(got) != 1 || got[0].Winner.Value != change.Text("3") || len(got[0].Losers) != 1 {
		t.Fatalf("got %+v, want both values and the later one on top", got)
	}
	if diff := cmp.Diff(change.Vector{first.Stream: 3}, r.Context()); diff != "" {
		t.Error(diff)
	}
	next := placed(2, r.Context(), "phone", "4")
	if r.Apply(next.Stream, next.Change); len(r.Conflicts()) != 0 || r.Value("phone") != change.Text("4") {
		t.Errorf("got %v after a change that has seen all", r.Conflicts())
	}
}
