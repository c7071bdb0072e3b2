package replica_test

import (
	"net/url"
	"testing"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// TestLookUpsAreLogged: whoever sees a person's record, or tries to, stands in
// the log with the reason given, and the log says nothing of the person.
func TestLookUpsAreLogged(t *testing.T) {
	w := newTown(t)
	w.put(w.node, "person", `{"id":"p-1","name":"王小明"}`)
	w.put(w.node, "person", `{"id":"p-2","name":"李小红"}`)
	ask[desk.Shown](w, w.node, "/get/person/p-1?purpose="+url.QueryEscape("电话回访"))
	ask[[]desk.Past](w, w.node, "/history/person/p-1")
	if kind := failure(w.node, "/get/person/p-3"); kind != fault.NotFound {
		t.Fatalf("a record that is not there: %v", kind)
	}
	w.list(w.node, "person", "")
	ask[any](w, w.node, "/devices") // no personal data
	got := ask[[]audit.Entry](w, w.node, "/audit")
	want := []struct {
		act     audit.Act
		count   int
		outcome string
	}{{audit.Get, 1, "ok"}, {audit.History, 1, "ok"}, {audit.Get, 0, "not-found"}, {audit.List, 2, "ok"}}
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d: %+v", len(got), len(want), got)
	}
	for i, e := range got {
		if e.Act != want[i].act || e.Count != want[i].count || e.Outcome != want[i].outcome || e.Device != w.node.Keys.Device() || e.Operator == "" {
			t.Errorf("entry %d is %+v, want %+v", i, e, want[i])
		}
	}
	if got[0].Purpose != "电话回访" {
		t.Errorf("purpose %q", got[0].Purpose)
	}
	if about := ask[[]audit.Entry](w, w.node, "/audit?kind=person&record=p-2"); len(about) != 1 || about[0].Act != audit.List {
		t.Errorf("who saw the second person: %+v", about)
	}
}

// TestHeadsOfTheLogAreSaid: after a hundred look-ups the device says how far
// its log has come, and verify holds the log against that.
func TestHeadsOfTheLogAreSaid(t *testing.T) {
	w := newTown(t)
	w.put(w.node, "person", `{"id":"p-1","name":"王小明"}`)
	for range 205 {
		if err := w.node.Lookups.Append(t.Context(), replica.LookUp{Entry: audit.Entry{Act: audit.Get, Kind: "person"}, Records: []change.RecordID{"p-1"}}); err != nil {
			t.Fatal(err)
		}
	}
	v, err := operate.New(w.node, operate.Beyond{}).Verify(t.Context())
	if err != nil || !v.OK || v.Audit != 205 {
		t.Fatalf("%+v, %v", v, err)
	}
	st, err := operate.New(w.node, operate.Beyond{}).Status(t.Context(), false)
	if err != nil || st.Own.Head != 3 {
		t.Errorf("own head %d, %v; want the record and two heads of the log", st.Own.Head, err)
	}
}

// TestALookUpIsNoNews: the streams stay as they are, so nobody who waits for
// changes is woken by a question.
func TestALookUpIsNoNews(t *testing.T) {
	w := newTown(t)
	w.put(w.node, "person", `{"id":"p-1","name":"王小明"}`)
	changed := w.node.Streams.Changed()
	ask[desk.Shown](w, w.node, "/get/person/p-1")
	select {
	case <-changed:
		t.Error("a look-up is announced as a change")
	default:
	}
	w.put(w.node, "person", `{"id":"p-2","name":"李小红"}`)
	select {
	case <-changed:
	default:
		t.Error("a change is not announced")
	}
}
