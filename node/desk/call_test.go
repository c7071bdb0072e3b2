package desk_test

import (
	"slices"
	"testing"

	"tongbu/internal/fault"
	"tongbu/node/desk"
)

// TestCall: records are called as people call them.
func TestCall(t *testing.T) {
	d := newDesk(t)
	person := d.mustPut("person", `{"name":"甲"}`)[0].ID
	post := d.mustPut("vacancy", `{"employer_name":"书店"}`)[0].ID
	at := desk.New(d.at)
	got, err := at.Call(t.Context(), []desk.Ref{{Kind: "person", ID: person}, {Kind: "vacancy", ID: post}, {Kind: "person", ID: "nobody"}}, desk.Asker{Operator: "lin"})
	if want := []string{"甲", "书店", ""}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := at.Call(t.Context(), make([]desk.Ref, desk.MaxCalled+1), desk.Asker{}); fault.Of(err) != fault.Invalid {
		t.Errorf("too many: %v", err)
	}
	if _, err := at.Call(t.Context(), []desk.Ref{{Kind: "nothing"}}, desk.Asker{}); fault.Of(err) != fault.Invalid {
		t.Errorf("no such kind: %v", err)
	}
}
