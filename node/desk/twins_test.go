package desk_test

import (
	"slices"
	"strings"
	"testing"

	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// TestIDNumberTwice: two records of one unit with one ID number are told of at once,
// by the other's id, also within one input. The numbers are made up.
func TestIDNumberTwice(t *testing.T) {
	const number, another = "420205189809275088", "420205198001010014"
	d := newDesk(t)
	twice := func(w desk.Written, of string) {
		t.Helper()
		want := "id_number: id_number_twice (person " + of + ")"
		if of == "" && strings.Contains(strings.Join(w.Warnings, ";"), "id_number_twice") || of != "" && !slices.Contains(w.Warnings, want) {
			t.Errorf("got %q, want %q", w.Warnings, want)
		}
		if schema.HoldsIDNumber(strings.Join(w.Warnings, ";")) {
			t.Errorf("the warning tells the number: %q", w.Warnings)
		}
	}
	first := d.mustPut("person", `{"id":"p-1","name":"甲","id_number":"`+number+`"}`)[0]
	twice(first, "")
	twice(d.mustPut("person", `{"id":"p-1","phone":"0714-1"}`)[0], "")
	twice(d.mustPut("person", `{"id":"p-2","name":"乙","id_number":"`+strings.ToLower(number)+`"}`)[0], string(first.ID))
	both := d.mustPut("person", `{"id":"p-3","name":"丙","id_number":"`+another+`"}
{"id":"p-4","name":"丁","id_number":"`+another+`"}
{"id":"p-3","sex":"1"}`)
	twice(both[0], "")
	twice(both[1], string(both[0].ID))
	d.mustPut("person", `{"id":"p-1","valid":"0","void_reason":"登记两次"}`)
	twice(d.mustPut("person", `{"id":"p-2","sex":"1"}`)[0], "")
	// The same number in another community is for the city to find.
	other := d.town.MustReplica(t, d.city, kit.Second)
	twice(kit.MustPut(t, other, "person", `{"id":"p-1","name":"甲","id_number":"`+number+`"}`)[0], "")
}
