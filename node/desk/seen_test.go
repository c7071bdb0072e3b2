package desk_test

import (
	"testing"

	"tongbu/internal/audit"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// TestLookUpsAreLogged: whoever sees a person's record, or tries to, stands in
// the log with the reason given, and the log says nothing of the person.
func TestLookUpsAreLogged(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"王小明"}`)
	kit.MustPut(t, w.Node, "person", `{"id":"p-2","name":"李小红"}`)
	why := desk.Asker{Operator: kit.Clerk.Operator, Purpose: "电话回访"}
	if _, err := desk.New(w.Node).Get(t.Context(), "person", "p-1", why); err != nil {
		t.Fatal(err)
	}
	mustHistory(t, w.Node, "person", "p-1")
	wantGet(t, w.Node, "person", "p-3", fault.NotFound)
	kit.MustList(t, w.Node, "person", "")
	kit.MustList(t, w.Node, "unit", "") // no personal data
	got, err := w.Node.Lookups.Entries(1, "", "", 100)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		act     audit.Act
		count   int
		outcome string
		purpose string
	}{{audit.Get, 1, "ok", why.Purpose}, {audit.History, 1, "ok", ""}, {audit.Get, 0, "not-found", ""}, {audit.List, 2, "ok", ""}}
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d: %+v", len(got), len(want), got)
	}
	for i, e := range got {
		if e.Act != want[i].act || e.Count != want[i].count || e.Outcome != want[i].outcome || e.Purpose != want[i].purpose ||
			e.Device != w.Node.Keys.Device() || e.Operator != kit.Clerk.Operator {
			t.Errorf("entry %d is %+v, want %+v", i, e, want[i])
		}
	}
}

// TestALookUpIsNoNews: the streams stay as they are, so nobody who waits for
// changes is woken by a question.
func TestALookUpIsNoNews(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"王小明"}`)
	changed := w.Node.Streams.Changed()
	mustGet(t, w.Node, "person", "p-1")
	select {
	case <-changed:
		t.Error("a look-up is announced as a change")
	default:
	}
	kit.MustPut(t, w.Node, "person", `{"id":"p-2","name":"李小红"}`)
	select {
	case <-changed:
	default:
		t.Error("a change is not announced")
	}
}
