package people_test

import (
	"crypto/ed25519"
	"maps"
	"testing"
	"time"

	"tongbu/bench/people"
	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

var unit = tree.Unit{ID: change.NewUnitID([10]byte{1}), Code: "420202007005"}

func TestPersonsAreRealistic(t *testing.T) {
	persons := people.In(unit, 1000)
	encoded, err := people.Encode(persons)
	if err != nil {
		t.Fatal(err)
	}
	seen, size := map[string]bool{}, 0
	for i, p := range persons {
		if seen[p.ID] {
			t.Errorf("id %s twice", p.ID)
		}
		seen[p.ID] = true
		size += len(encoded[i])
	}
	t.Logf("%d bytes a change, %d bytes of JSON", size/len(persons), len(persons[0].JSON()))
}

// A city that refused the persons or their edits would do less than what the
// rows measure.
func TestCityRefusesNothing(t *testing.T) {
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	kind, ok := kinds.Kind("person")
	if !ok {
		t.Fatal("the schema has no persons")
	}
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	persons := people.In(unit, 200)
	ids, whole := make([]string, len(persons)), map[change.RecordID]map[string]change.Value{}
	for i, p := range persons {
		first := p.Change()
		ids[i], whole[first.Record] = p.ID, first.Fields.Map()
		mustPass(t, kind, first, first.Fields.Map())
	}
	edits, err := people.Edits(ids, people.NewAuthor(key, unit.ID).Stream, 0, 3*len(ids))
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range edits {
		edit, err := change.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		maps.Insert(whole[edit.Record], edit.Fields.All())
		mustPass(t, kind, edit, whole[edit.Record])
	}
}

// mustPass checks a record as the change leaves it, on the day of the change.
func mustPass(t *testing.T, kind *schema.Kind, c *change.Change, fields map[string]change.Value) {
	t.Helper()
	for name := range c.Fields.All() {
		if _, known := kind.Field(name); !known && name != "unit" {
			t.Errorf("person %s: the schema has no field %s", c.Record, name)
		}
	}
	day := time.UnixMilli(c.At).UTC().Format(time.DateOnly)
	for _, problem := range kind.CheckOn(fields, day) {
		if problem.Hard {
			t.Errorf("person %s: %s is %q: %s", c.Record, problem.Field, fields[problem.Field].Text(), problem.Message)
		}
	}
}

func BenchmarkIn(b *testing.B) {
	for b.Loop() {
		if _, err := people.Encode(people.In(unit, 1000)); err != nil {
			b.Fatal(err)
		}
	}
}
