package people_test

import (
	"fmt"
	"testing"

	"tongbu/bench/people"
	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

func TestPersonsAreRealistic(t *testing.T) {
	u := tree.Unit{ID: change.NewUnitID([10]byte{1}), Code: "420202007005"}
	persons := people.In(u, 1000)
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	k, _ := kinds.Kind("person")
	seen, size := map[string]bool{}, 0
	encoded, err := people.Encode(persons, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range persons {
		if seen[p.ID] {
			t.Errorf("id %s twice", p.ID)
		}
		seen[p.ID] = true
		size += len(encoded[i])
		for _, problem := range k.CheckOn(p.Change(u.ID).Fields, "") {
			if problem.Hard {
				t.Errorf("person %d: %s", i, fmt.Sprint(problem))
			}
		}
	}
	t.Logf("%d bytes a change, %d bytes of JSON", size/len(persons), len(persons[0].JSON()))
}

func BenchmarkIn(b *testing.B) {
	u := tree.Unit{ID: change.NewUnitID([10]byte{1}), Code: "420202007005"}
	for b.Loop() {
		if _, err := people.Encode(people.In(u, 1000), u.ID); err != nil {
			b.Fatal(err)
		}
	}
}
