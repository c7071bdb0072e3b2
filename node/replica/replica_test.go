package replica_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

func TestOpenRefuses(t *testing.T) {
	w := kit.MustTown(t)
	cfg := w.Config(t, w.RootDir)
	cfg.Dir = t.TempDir()
	if _, err := replica.Open(cfg); fault.Of(err) != fault.NotFound {
		t.Errorf("a directory that has not joined: got %v, want not-found", err)
	}
	dir := w.MustJoin(t, kit.First)
	w.MustOpen(t, dir)
	if _, err := replica.Open(w.Config(t, dir)); fault.Of(err) != fault.Busy {
		t.Errorf("a directory that is served: got %v, want busy", err)
	}
}

func TestOpenOfADamagedJournal(t *testing.T) {
	w := kit.MustTown(t)
	dir := w.MustJoin(t, kit.First)
	if err := os.WriteFile(filepath.Join(dir, replica.JournalFile), []byte("no journal at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := replica.Open(w.Config(t, dir)); fault.Of(err) != fault.Damaged {
		t.Errorf("got %v, want damaged", err)
	}
}

// TestThreeWords follows one record from the desk to the city's receipt.
func TestThreeWords(t *testing.T) {
	w := newTown(t)
	w.put(w.node, "person", `{"id":"p-1","name":"甲"}`)
	word := func(want string) {
		t.Helper()
		if got := ask[desk.Shown](w, w.node, "/get/person/p-1").State; got != want {
			t.Errorf("get: got %q, want %q", got, want)
		}
		past := ask[[]desk.Past](w, w.node, "/history/person/p-1")
		if got := past[len(past)-1].State; got != want {
			t.Errorf("history: got %q, want %q", got, want)
		}
	}
	own := func(head, parent, city uint64) {
		t.Helper()
		if diff := cmp.Diff(operate.Own{Head: head, AtParent: parent, AtCity: city}, w.status(w.node).Own); diff != "" {
			t.Error(diff)
		}
	}
	word(desk.Saved)
	own(1, 0, 0)
	w.MustCarry(t, w.node, w.street)
	w.acked(w.node)
	word(desk.Received)
	own(1, 1, 0)
	w.MustCarry(t, w.street, w.city)
	w.sign(w.node)
	w.MustCarry(t, w.city, w.street)
	w.MustCarry(t, w.street, w.node)
	word(desk.Recorded)
	own(1, 1, 1)
	w.put(w.node, "person", `{"id":"p-1","phone":"13900000000"}`)
	word(desk.Saved)
	own(2, 1, 1)
}

// TestAReceiptForAnotherHistory counts for nothing.
func TestAReceiptForAnotherHistory(t *testing.T) {
	w := newTown(t)
	w.put(w.node, "person", `{"id":"p-1","name":"甲"}`)
	w.MustCarry(t, w.node, w.city)
	in := change.Stream{Device: w.node.Keys.Device(), Incarnation: 1, Audience: kit.First.ID}
	if err := w.node.Streams.Learn(t.Context(), w.city.Keys.Certificate().Raw); err != nil {
		t.Fatal(err)
	}
	w.receipt(w.node, change.Receipt{City: w.city.Keys.Device(), Stream: in, Seq: 1, Hash: change.Hash{1}, Epoch: 1})
	if got := w.status(w.node).Own.AtCity; got != 0 {
		t.Errorf("got %d recorded by the city, want none", got)
	}
	if v := w.verify(w.node); v.OK {
		t.Error("verify finds nothing wrong with the receipt")
	}
}

func TestStatus(t *testing.T) {
	w := newTown(t)
	st := w.status(w.node)
	got := []string{st.Unit, st.Name, st.Tier, st.Network}
	want := []string{kit.First.Code, kit.First.Name, "community", string(w.node.Place.Network)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if st.Device != w.node.Keys.Device() || st.Incarnation != 1 || st.Parent == nil || st.Parent.Connected || st.Journal.Bytes == 0 {
		t.Errorf("got %+v", st)
	}
	root := w.status(w.city)
	if root.Parent != nil || root.Own.Head == 0 || root.Own != (operate.Own{Head: root.Own.Head, AtParent: root.Own.Head, AtCity: root.Own.Head}) {
		t.Errorf("the city: got %+v, %+v, want no parent and all its own recorded", root.Parent, root.Own)
	}
}

func TestStatusMeasuresWhenAsked(t *testing.T) {
	w := newTown(t)
	st, err := operate.New(w.node, operate.Beyond{}).Status(t.Context(), true)
	if err != nil || st.Save.FsyncMS <= 0 {
		t.Errorf("got %+v, %v, want the time of an fsync", st, err)
	}
	if _, err := os.Stat(filepath.Join(w.RootDir, "fsync.probe")); err == nil {
		t.Error("the measure left its file")
	}
}

// TestBeforeTheTreeHasCome: the device knows its ancestors and no codes.
func TestBeforeTheTreeHasCome(t *testing.T) {
	w := kit.MustTown(t)
	s := w.MustOpen(t, w.MustJoin(t, kit.First))
	if s.Members.Tree() != nil || !s.Members.Below(kit.Street.ID, kit.First.ID) || s.IsRoot() {
		t.Error("the registry does not begin with what enrolment told")
	}
	city := w.MustCity(t)
	w.MustCarry(t, city, s)
	if got := s.Members.Unit(); got != kit.First {
		t.Errorf("after the city spoke: got %+v, want %+v", got, kit.First)
	}
}

func TestListAndGet(t *testing.T) {
	w := newTown(t)
	w.put(w.node, "person", `{"id":"a","name":"甲","sex":"1"}
{"id":"b","name":"乙","sex":"2"}
{"id":"c","name":"丙","sex":"2"}`)
	w.put(w.node, "person", `{"id":"c","valid":"0"}`)
	for filter, want := range map[string][]change.RecordID{
		"":                                       {"a", "b"},
		`sex = "2"`:                              {"b"},
		`valid = "0"`:                            {"c"},
		`id = "a"`:                               {"a"},
		`name = "nobody"`:                        nil,
		`unit = "` + kit.First.Code + `"`:        {"a", "b"},
		`community = "` + kit.First.Code + `"`:   {"a", "b"},
		`district = "` + kit.District.Code + `"`: {"a", "b"},
		`street = "` + kit.FarStreet.Code + `"`:  nil,
	} {
		if diff := cmp.Diff(want, w.list(w.node, "person", filter)); diff != "" {
			t.Errorf("%s: %s", filter, diff)
		}
	}
	for path, want := range map[string]fault.Kind{
		"/get/person/nobody": fault.NotFound, "/history/person/nobody": fault.NotFound, "/get/elephant/a": fault.Invalid,
	} {
		if got := failure(w.node, path); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
	wrong := client(w.node).Lines(t.Context(), http.MethodGet, "/list/person?filter=shoe+%3D+1", nil, func([]byte) error { return nil })
	if got := fault.Of(wrong); got != fault.Invalid {
		t.Errorf("a filter by an unknown field: got %v (%v), want invalid", got, wrong)
	}
	if got := failure(w.street, "/get/person/a"); got != fault.Invalid {
		t.Errorf("a person at a hub: got %v, want invalid", got)
	}
	shown := ask[desk.Shown](w, w.node, "/get/person/c")
	if !shown.Void || shown.Unit != kit.First.Code || shown.Fields["name"] != "丙" {
		t.Errorf("got %+v", shown)
	}
}

// TestListInPages passes the bound of one transaction.
func TestListInPages(t *testing.T) {
	w := newTown(t)
	lines := ""
	for range 1200 {
		lines += `{"name":"甲"}` + "\n"
	}
	w.put(w.node, "person", lines)
	ids := w.list(w.node, "person", "")
	seen := map[change.RecordID]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	if len(ids) != 1200 || len(seen) != 1200 {
		t.Errorf("got %d lines of %d records, want 1200", len(ids), len(seen))
	}
}

// TestUnits resolves codes as people write them.
func TestUnits(t *testing.T) {
	w := newTown(t)
	for text, want := range map[string]fault.Kind{kit.First.Code: fault.OK, string(kit.First.ID): fault.OK, kit.NotOfTown.Code: fault.NotFound, "": fault.NotFound} {
		if _, err := w.city.Members.UnitOf(text); fault.Of(err) != want {
			t.Errorf("%q: got %v, want %v", text, err, want)
		}
	}
}

// TestRefusalsShow: a device is told what the city did not take, a hub of its
// own changes only.
func TestRefusalsShow(t *testing.T) {
	w := newTown(t)
	w.put(w.node, "person", `{"id":"p-1","name":"甲"}`)
	w.put(w.street, "notice", `{"id":"n-1","title":"x"}`)
	refuse(w, w.node, "person", "p-1")
	refuse(w, w.street, "notice", "n-1")
	w.MustCarry(t, w.city, w.street)
	w.MustCarry(t, w.street, w.node)
	for s, want := range map[*replica.Replica]string{w.node: "p-1", w.street: "n-1"} {
		got := w.status(s).Refusals
		if len(got) != 1 || got[0].Record != want || got[0].Rule != "made_up" {
			t.Errorf("got %+v, want the refusal of %s", got, want)
		}
		w.wantNoProblems(s)
	}
	if failure(w.node, "/get/person/p-1") != fault.NotFound || failure(w.street, "/get/notice/n-1") != fault.NotFound {
		t.Error("a refused record is there")
	}
	if past := ask[[]desk.Past](w, w.street, "/history/notice/n-1"); !past[0].Refused {
		t.Errorf("history: got %+v, want it refused", past)
	}
	w.wantNoProblems(w.city)
}
