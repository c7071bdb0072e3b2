package merge

import (
	"bytes"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// lane is one of a few streams, in their order.
func lane(n uint32) change.Stream {
	return change.Stream{Device: change.DeviceOf(make([]byte, 32)), Incarnation: n, Audience: change.NewUnitID([10]byte{1})}
}

func upTo(n uint32, count uint64) change.Dot { return change.Dot{Stream: lane(n), Count: count} }

func clockOf(dots ...change.Dot) *clock { return &clock{dots: dots} }

// twoEdits is a record that lane 2 made with two fields, and of which 3 and 4 wrote b again
// without knowing of each other.
func twoEdits() *Record {
	r := New("person", change.NewRecordID(change.NewUnitID([10]byte{1}), [16]byte{1}))
	edit := func(n uint32, context change.Vector, fields ...string) {
		c := &change.Change{Kind: r.kind, Record: r.id, Context: context, Actor: "w", At: 1}
		for _, name := range fields {
			c.Fields = c.Fields.With(name, change.Text("x"))
		}
		r.Apply(lane(n), c)
	}
	edit(2, nil, "a", "b")
	first := r.Context()
	edit(3, first, "b")
	edit(4, first, "b")
	return r
}

// TestForgedStates: a state that no changes can make is damaged, whatever it is that does
// not agree, and what lies just within a bound is read.
func TestForgedStates(t *testing.T) {
	name := func(n int) string { return strings.Repeat("n", n) }
	for what, c := range map[string]struct {
		forge func(r *Record)
		good  bool
	}{
		"nothing forged":               {func(*Record) {}, true},
		"no kind":                      {func(r *Record) { r.kind = "" }, false},
		"the longest kind":             {func(r *Record) { r.kind = name(change.MaxKind) }, true},
		"a longer kind":                {func(r *Record) { r.kind = name(change.MaxKind + 1) }, false},
		"no id":                        {func(r *Record) { r.id = "" }, false},
		"a stream of no device":        {func(r *Record) { r.fields[0].writes[0].from.dot.Stream.Device = "x" }, false},
		"the longest actor":            {func(r *Record) { r.fields[0].writes[0].from.actor = name(change.MaxActor) }, true},
		"a longer actor":               {func(r *Record) { r.fields[0].writes[0].from.actor = name(change.MaxActor + 1) }, false},
		"a clock with a zero":          {func(r *Record) { r.seen = clockOf(upTo(1, 0), upTo(2, 1), upTo(3, 2), upTo(4, 2)) }, false},
		"a clock with a stream twice":  {func(r *Record) { r.seen = clockOf(upTo(2, 1), upTo(3, 2), upTo(3, 3), upTo(4, 2)) }, false},
		"a clock out of order":         {func(r *Record) { r.seen = clockOf(upTo(2, 1), upTo(4, 2), upTo(3, 2)) }, false},
		"the highest count":            {func(r *Record) { r.seen = r.seen.with(upTo(1, maxCount+1)) }, true},
		"a higher count":               {func(r *Record) { r.seen = r.seen.with(upTo(1, maxCount+2)) }, false},
		"a field without a name":       {func(r *Record) { r.fields[0].name = "" }, false},
		"the longest name":             {func(r *Record) { r.fields[1].name = name(change.MaxField) }, true},
		"a longer name":                {func(r *Record) { r.fields[1].name = name(change.MaxField + 1) }, false},
		"a field without a write":      {func(r *Record) { r.fields[0].writes = nil }, false},
		"a field twice":                {func(r *Record) { r.fields[0].name = r.fields[1].name }, false},
		"fields out of order":          {func(r *Record) { r.fields[0].name = "c" }, false},
		"covers what nobody has seen":  {func(r *Record) { r.fields[1].covered = r.fields[1].covered.with(upTo(1, 1)) }, false},
		"covers it in the first field": {func(r *Record) { r.fields[0].covered = r.fields[0].covered.with(upTo(1, 1)) }, false},
		"a write twice": {func(r *Record) {
			r.fields[1].writes = append(r.fields[1].writes, r.fields[1].writes[1])
		}, false},
		"writes out of order": {func(r *Record) {
			w := r.fields[1].writes
			w[0], w[1] = w[1], w[0]
		}, false},
		"a write that was replaced":            {func(r *Record) { r.fields[0].covered = clockOf(upTo(2, 1)) }, false},
		"a write that nobody saw":              {func(r *Record) { r.seen = clockOf(upTo(2, 1), upTo(3, 2)) }, false},
		"a write whose context is not covered": {func(r *Record) { r.fields[1].covered = clockOf() }, false},
	} {
		r := twoEdits()
		c.forge(r)
		_, err := Decode(r.Encode())
		if c.good && err != nil || !c.good && fault.Of(err) != fault.Damaged {
			t.Errorf("%s: want it read %v, got %v", what, c.good, err)
		}
	}
}

// TestForgedIndexes: an index that names no item of its table is damage.
func TestForgedIndexes(t *testing.T) {
	raw := twoEdits().Encode() // ends with the origin's index, the head of the text and the text
	at := len(raw) - 3
	for index := byte(0); index < 24; index++ {
		forged := bytes.Clone(raw)
		forged[at] = index
		if _, err := Decode(forged); index != raw[at] && fault.Of(err) != fault.Damaged {
			t.Errorf("origin %d instead of %d: want damaged, got %v", index, raw[at], err)
		}
	}
}

// TestHighestContext: a change may know of counts up to the highest, and what a record tells
// its next author leaves out no count that the change may carry.
func TestHighestContext(t *testing.T) {
	for count, want := range map[uint64]bool{maxCount - 1: true, maxCount: true, maxCount + 1: false} {
		r := twoEdits()
		c := &change.Change{Kind: r.kind, Record: r.id, Context: change.Vector{lane(1): count}, Actor: "w", Fields: change.FieldsOf(map[string]change.Value{"a": change.Text("y")})}
		if got := r.Apply(lane(5), c); got != want {
			t.Errorf("a context of %d: applied %v, want %v", count, got, want)
		}
		if _, err := Decode(r.Encode()); err != nil {
			t.Errorf("after a context of %d: %v", count, err)
		}
	}
	r := New("person", "p")
	r.seen = clockOf(upTo(1, maxCount), upTo(2, maxCount+1), upTo(3, 1))
	if got := r.Context(); len(got) != 2 || got[lane(1)] != maxCount || got[lane(3)] != 1 {
		t.Errorf("want the context without lane 2, got %v", got)
	}
}

// TestHeads: each length of a head is what a library writes, on both sides of each bound.
func TestHeads(t *testing.T) {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	for _, bound := range []uint64{0, 24, 1 << 8, 1 << 16, 1 << 32} {
		for _, n := range []uint64{max(bound, 1) - 1, bound, bound + 1} {
			var got appender
			got.uint(n)
			got.int(-1 - int64(n))
			first, _ := mode.Marshal(n)
			second, _ := mode.Marshal(-1 - int64(n))
			if want := append(first, second...); !bytes.Equal(got, want) {
				t.Errorf("%d: got %x, want %x", n, []byte(got), want)
			}
		}
	}
}

// TestReaches: a clock reaches a list of dots when it covers one of them.
func TestReaches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (dots []change.Dot) {
			for n := range uint32(5) {
				if count := rapid.Uint64Range(0, 3).Draw(t, name); count > 0 {
					dots = append(dots, upTo(n+1, count))
				}
			}
			return dots
		}
		c, dots, want := clockOf(draw("clock")...), draw("dots"), false
		for _, d := range dots {
			want = want || c.covers(d)
		}
		if got := c.reaches(dots); got != want {
			t.Errorf("%v of %v: got %v, want %v", dots, c.dots, got, want)
		}
	})
}

// TestKnowsOneVoid: whoever knew of one of several voids objects to none, whichever it was.
func TestKnowsOneVoid(t *testing.T) {
	for known := uint32(5); known <= 7; known++ {
		r := twoEdits()
		first := r.Context()
		apply := func(n uint32, context change.Vector, field string, value change.Value) {
			r.Apply(lane(n), &change.Change{Kind: r.kind, Record: r.id, Context: context, Actor: "w", Fields: change.FieldsOf(map[string]change.Value{field: value})})
		}
		for n := uint32(5); n <= 7; n++ {
			apply(n, first, VoidField, voided)
		}
		next := change.Vector{lane(known): first.Top() + 1}
		for s, count := range first {
			next[s] = count
		}
		apply(8, next, "a", change.Text("knew"))
		apply(9, first, "z", change.Text("did not know"))
		for _, c := range r.Conflicts() {
			for _, w := range c.Losers {
				if c.Field == VoidField && w.Field == "a" {
					t.Errorf("an edit that knew of the void of %d objects to it", known)
				}
			}
		}
		objects := false
		r.objections(r.find(VoidField), func(field string, w write) bool { objects = objects || field == "z"; return true })
		if !objects {
			t.Errorf("an edit that knew of no void does not object")
		}
	}
}
