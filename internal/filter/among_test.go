package filter_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
)

// TestAmong: values that the program names are found by Match as SQL asks for them, more of
// them than a person may type; ids by the form that an index has.
func TestAmong(t *testing.T) {
	person := mustKind(t, "person")
	var ids []change.Value
	for i := range 1000 {
		ids = append(ids, change.Text(fmt.Sprint("p-", i)))
	}
	e, err := filter.AllAmong(person, filter.Among{Field: "id", In: ids}, filter.Among{Field: "status", In: []change.Value{change.Text("4"), change.Text("9")}}, filter.Among{Field: "phone"})
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Fields(); !slices.Equal(got, []string{"id", "phone", "status"}) {
		t.Errorf("it names %v", got)
	}
	for name, c := range map[string]struct {
		values map[string]change.Value
		want   bool
	}{
		"all hold":     {map[string]change.Value{"id": change.Text("p-999"), "status": change.Text("9")}, true},
		"another id":   {map[string]change.Value{"id": change.Text("p-1000"), "status": change.Text("9")}, false},
		"another code": {map[string]change.Value{"id": change.Text("p-1"), "status": change.Text("1")}, false},
		"a phone":      {map[string]change.Value{"id": change.Text("p-1"), "status": change.Text("4"), "phone": change.Text("1")}, false},
	} {
		if got := e.Match(c.values); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
	where, args := e.SQL(filter.Dialect{Column: func(f string) string { return f }, Equal: func(f string) (string, string) { return f, "key(?)" }})
	if len(args) != 1002 || strings.Count(where, "key(?)") != 1000 || !strings.Contains(where, "status IN (?, ?)") {
		t.Errorf("got %d arguments and %.100s", len(args), where)
	}
}

func TestAmongBoolean(t *testing.T) {
	e, err := filter.AllAmong(mustKind(t, "person_facts"), filter.Among{Field: "unemployed", In: []change.Value{change.Bool(true)}})
	if err != nil || !e.Match(map[string]change.Value{"unemployed": change.Bool(true)}) || e.Match(nil) {
		t.Errorf("got %v, %v", e, err)
	}
	for _, wrong := range []filter.Among{{Field: "nosuch"}, {Field: "age", In: []change.Value{change.Int(3)}}} {
		if _, err := filter.AllAmong(mustKind(t, "person_facts"), wrong); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: got %v, want invalid", wrong.Field, err)
		}
	}
	if e, err := filter.AllAmong(mustKind(t, "person")); err != nil || !e.All() {
		t.Errorf("without a test: got %v, %v", e, err)
	}
}
