package desk_test

import (
	"slices"
	"strings"
	"testing"

	"tongbu/internal/audit"
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

// TestReadTellsWhom: a record is read with the name of whom it is about, covered where
// that is a number, and the audit log has them.
func TestReadTellsWhom(t *testing.T) {
	d := newDesk(t)
	person := d.mustPut("person", `{"name":"甲 11010519491231002X"}`)[0].ID
	loss := d.mustPut("unemployment", `{"person":"`+string(person)+`","on":"2026-01-01"}`)[0].ID
	shown, err := desk.New(d.at).Read(t.Context(), "unemployment", loss, desk.Asker{Operator: "lin", Purpose: "to read"})
	if err != nil {
		t.Fatal(err)
	}
	if called := shown.Called["person"]; !strings.HasPrefix(called, "甲 ") || strings.Contains(called, "19491231") {
		t.Errorf("the person is called %q", called)
	}
	log, err := d.at.Lookups.Entries(1, "", "", 100)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(log, func(e audit.Entry) bool { return e.Act == audit.Get && e.Kind == "person" && e.Purpose == "to read" }) {
		t.Errorf("the audit log has %v", log)
	}
}
