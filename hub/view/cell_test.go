package view_test

import (
	"encoding/json"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
)

// TestSetsAreJSON: a set is stored as JSON has it, whatever its items are.
func TestSetsAreJSON(t *testing.T) {
	for _, items := range [][]string{{}, {"010"}, {"010", "050"}, {`a"b`}, {`a\b`}, {"<>&"}, {"残疾"}, {"a\nb", "c"}, {" ", "~"}} {
		c := &change.Change{Kind: "person", Record: "p-1", Fields: map[string]change.Value{"hardship": change.Set(items)}}
		state, _ := view.Alone(change.Stream{}, c)
		got, ok := view.Column{Field: "hardship", Storage: view.Set}.Cell(state).Text()
		want, err := json.Marshal(items)
		if err != nil || !ok || got != string(want) {
			t.Errorf("%q is stored as %s, want %s", items, got, want)
		}
		if back := view.Set.Value(view.TextCell(got)); back != change.Set(items) {
			t.Errorf("%q comes back as %s", items, back)
		}
	}
}
