package hub

import (
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/tree"
)

// TestNewcomers: those that stood elsewhere before are, not those that are new in the tree;
// until everything of them is here, or a while has passed.
func TestNewcomers(t *testing.T) {
	id := func(n byte) change.UnitID { return change.NewUnitID([10]byte{n}) }
	mustTree := func(parent byte, more ...tree.Unit) *tree.Tree {
		t.Helper()
		made, err := tree.New(append([]tree.Unit{
			{ID: id(1), Code: "990100000000", Name: "city", Level: tree.City},
			{ID: id(2), Code: "990101000000", Name: "own", Level: tree.District, Parent: id(1)},
			{ID: id(3), Code: "990102000000", Name: "other", Level: tree.District, Parent: id(1)},
			{ID: id(4), Code: "990101001000", Name: "street", Level: tree.Street, Parent: id(parent)},
			{ID: id(5), Code: "990101001001", Name: "community", Level: tree.Community, Parent: id(4)},
		}, more...))
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	now := time.Unix(1_800_000_000, 0)
	var n newcomers
	n.note(mustTree(3), id(2), now)
	if n.has(id(4), now) {
		t.Error("the first tree has newcomers")
	}
	added := tree.Unit{ID: id(6), Code: "990101001002", Name: "added", Level: tree.Community, Parent: id(4)}
	n.note(mustTree(2, added), id(2), now)
	for unit, want := range map[byte]bool{2: false, 3: false, 4: true, 5: true, 6: false} {
		if got := n.has(id(unit), now.Add(longestFetch-1)); got != want {
			t.Errorf("unit %d: got %v, want %v", unit, got, want)
		}
	}
	if n.has(id(4), now.Add(longestFetch)) {
		t.Error("it is one for ever")
	}
	n.forget(id(5))
	if n.has(id(5), now) || !n.has(id(4), now) {
		t.Error("another one was forgotten")
	}
	n.note(mustTree(3, added), id(2), now)
	if n.has(id(4), now) {
		t.Error("it is one after it has left")
	}
}
