package view_test

import (
	"encoding/json"
	"strings"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// TestSetsAreJSON: a set is stored as JSON has it, whatever its items are.
func TestSetsAreJSON(t *testing.T) {
	for _, items := range [][]string{{}, {"010"}, {"010", "050"}, {`a"b`}, {`a\b`}, {"<>&"}, {"残疾"}, {"a\nb", "c"}, {" ", "~"}} {
		c := &change.Change{Kind: "person", Record: "p-1", Fields: change.FieldsOf(map[string]change.Value{"hardship": change.Set(items)})}
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

// TestTooLong: a text that no check would pass has no cell; its record keeps it.
func TestTooLong(t *testing.T) {
	for name, test := range map[string]struct {
		kind *schema.Kind
		want bool
	}{"a clerk's": {&schema.Kind{Fields: []*schema.Field{{Name: "name", Type: schema.Text, MaxLen: 10}}}, false},
		"the program's": {&schema.Kind{System: true, Fields: []*schema.Field{{Name: "name", Type: schema.Text, MaxLen: 10}}}, true}} {
		t.Run(name, func(t *testing.T) {
			for n, want := range map[int]bool{10: true, 41: test.want} {
				state, _ := view.Alone(change.Stream{}, &change.Change{Kind: "person", Record: "p-1", Fields: change.FieldsOf(map[string]change.Value{"name": change.Text(strings.Repeat("a", n))})})
				if _, ok := view.Columns(test.kind)[0].Cell(state).Text(); ok != want {
					t.Errorf("%d bytes: got %v, want %v", n, ok, want)
				}
			}
		})
	}
}
