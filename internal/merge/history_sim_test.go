package merge_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/merge"
)

const (
	kind = "person"
	id   = change.RecordID("p-1")
)

// stream is the stream of one of the test's devices.
func stream(n byte) change.Stream {
	return change.Stream{Device: change.DeviceOf([]byte{n}), Incarnation: 1, Audience: change.NewUnitID([10]byte{1})}
}

// placed makes a change of the record; fields are name, text, name, text, ...
func placed(n byte, context change.Vector, fields ...string) merge.Placed {
	c := &change.Change{Kind: kind, Record: id, Context: context, Actor: fmt.Sprint("clerk ", n), At: int64(n)}
	for i := 0; i < len(fields); i += 2 {
		c.Fields = c.Fields.With(fields[i], change.Text(fields[i+1]))
	}
	return merge.Placed{Stream: stream(n), Change: c}
}

// contextAfter is the context of somebody who knows the changes.
func contextAfter(changes ...merge.Placed) change.Vector { return build(changes).Context() }

func build(changes []merge.Placed) *merge.Record { return merge.Build(kind, id, changes, nil) }

var fieldNames = []string{"a", "b", merge.VoidField, "z"} // one that comes after it too

// drawFields picks values from few, so that equal ones meet; some are null.
func drawFields(t *rapid.T) map[string]change.Value {
	fields := make(map[string]change.Value)
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(fieldNames), 1, len(fieldNames), rapid.ID).Draw(t, "names") {
		fields[name] = rapid.SampledFrom([]change.Value{change.Text("0"), change.Text("1"), change.Null}).Draw(t, name)
	}
	return fields
}

// drawHonest simulates replicas that edit and tell each other what they know,
// and returns all changes.
func drawHonest(t *rapid.T) []merge.Placed {
	var all []merge.Placed
	var knows [3][]merge.Placed
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		at, from := rapid.IntRange(0, 2).Draw(t, "at"), rapid.IntRange(0, 2).Draw(t, "from")
		for _, p := range knows[from] {
			if !slices.Contains(knows[at], p) {
				knows[at] = append(knows[at], p)
			}
		}
		p := placed(byte(at), contextAfter(knows[at]...))
		p.Change.Fields = change.FieldsOf(drawFields(t))
		knows[at], all = append(knows[at], p), append(all, p)
	}
	return all
}

// drawHostile makes changes whose contexts follow no rule: they know of
// changes that never were, and different changes share a dot.
func drawHostile(t *rapid.T) []merge.Placed {
	var all []merge.Placed
	for range rapid.IntRange(1, 10).Draw(t, "changes") {
		context := make(change.Vector)
		for n := range byte(4) {
			if count := rapid.Uint64Range(0, 4).Draw(t, "count"); count > 0 {
				context[stream(n)] = count
			}
		}
		p := placed(rapid.ByteRange(0, 3).Draw(t, "device"), context)
		p.Change.Fields = change.FieldsOf(drawFields(t))
		p.Change.At = rapid.Int64Range(0, 1).Draw(t, "at")
		all = append(all, p)
	}
	return all
}

// eachHistory runs the check on honest and on hostile histories.
func eachHistory(t *testing.T, check func(t *rapid.T, changes []merge.Placed)) {
	t.Run("honest", rapid.MakeCheck(func(t *rapid.T) { check(t, drawHonest(t)) }))
	t.Run("hostile", rapid.MakeCheck(func(t *rapid.T) { check(t, drawHostile(t)) }))
}

// live is the rule word for word: the writes of the field whose dot is in no
// context of another write of the field, the winner first.
func live(changes []merge.Placed, field string) []merge.Write {
	var all, kept []merge.Write
	for _, p := range changes {
		if value := p.Change.Fields.Get(field); p.Change.Fields.Has(field) {
			all = append(all, merge.Write{Field: field, Dot: p.Change.Dot(p.Stream), Context: p.Change.Context, Value: value, Actor: p.Change.Actor, At: p.Change.At})
		}
	}
	for _, w := range all {
		same := func(o merge.Write) bool { return equalWrites(w, o) }
		covers := func(o merge.Write) bool { return o.Context.Covers(w.Dot) }
		if !slices.ContainsFunc(all, covers) && !slices.ContainsFunc(kept, same) {
			kept = append(kept, w)
		}
	}
	slices.SortFunc(kept, func(a, b merge.Write) int {
		if order := b.Dot.Compare(a.Dot); order != 0 {
			return order
		}
		if a.Value > b.Value {
			return -1
		}
		return 1
	})
	return kept
}

func equalWrites(a, b merge.Write) bool {
	return a.Field == b.Field && a.Dot == b.Dot && maps.Equal(a.Context, b.Context) && a.Value == b.Value && a.Actor == b.Actor && a.At == b.At
}
