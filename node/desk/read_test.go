package desk_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/drafts"
	"tongbu/node/replica"
)

func mustGet(t *testing.T, s *replica.Replica, kind string, id change.RecordID) *desk.Shown {
	t.Helper()
	shown, err := desk.New(s).Get(t.Context(), kind, id, kit.Clerk)
	if err != nil {
		t.Fatal(err)
	}
	return shown
}

func mustHistory(t *testing.T, s *replica.Replica, kind string, id change.RecordID) []desk.Past {
	t.Helper()
	past, err := desk.New(s).History(t.Context(), kind, id, kit.Clerk)
	if err != nil {
		t.Fatal(err)
	}
	return past
}

func wantGet(t *testing.T, s *replica.Replica, kind string, id change.RecordID, want fault.Kind) {
	t.Helper()
	shown, err := desk.New(s).Get(t.Context(), kind, id, kit.Clerk)
	kit.WantKind(t, err, want)
	if err != nil && shown != nil {
		t.Errorf("got %+v beside the failure", shown)
	}
}

// TestThreeWords follows one record from the desk to the city's receipt.
func TestThreeWords(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	word := func(want string) {
		t.Helper()
		if got := mustGet(t, w.Node, "person", "p-1").State; got != want {
			t.Errorf("get: got %q, want %q", got, want)
		}
		past := mustHistory(t, w.Node, "person", "p-1")
		if got := past[len(past)-1].State; got != want {
			t.Errorf("history: got %q, want %q", got, want)
		}
	}
	word(desk.Saved)
	w.MustCarry(t, w.Node, w.Street)
	kit.Acknowledge(w.Node)
	word(desk.Received)
	w.MustCarry(t, w.Street, w.City)
	w.MustRecord(t, w.Node)
	w.MustCarry(t, w.City, w.Street)
	w.MustCarry(t, w.Street, w.Node)
	word(desk.Recorded)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","phone":"13900000000"}`)
	word(desk.Saved)
}

func TestListAndGet(t *testing.T) {
	w := kit.MustTiers(t)
	name := func(number string) change.RecordID { return kit.Name(kit.First, "person", number) }
	inOrder := cmpopts.SortSlices(func(a, b change.RecordID) bool { return a < b })
	kit.MustPut(t, w.Node, "person", `{"id":"a","name":"甲","sex":"1"}
{"id":"b","name":"乙","sex":"2"}
{"id":"c","name":"丙","sex":"2"}`)
	kit.MustPut(t, w.Node, "person", `{"id":"c","valid":"0","void_reason":"twice"}`)
	for filter, want := range map[string][]change.RecordID{
		"":                                       {name("a"), name("b")},
		`sex = "2"`:                              {name("b")},
		`valid = "0"`:                            {name("c")},
		`id = "a"`:                               {name("a")},
		`name = "nobody"`:                        nil,
		`unit = "` + kit.First.Code + `"`:        {name("a"), name("b")},
		`community = "` + kit.First.Code + `"`:   {name("a"), name("b")},
		`district = "` + kit.District.Code + `"`: {name("a"), name("b")},
		`street = "` + kit.FarStreet.Code + `"`:  nil,
	} {
		if diff := cmp.Diff(want, kit.MustList(t, w.Node, "person", filter), inOrder); diff != "" {
			t.Errorf("%s: %s", filter, diff)
		}
	}
	wantGet(t, w.Node, "person", "nobody", fault.NotFound)
	wantGet(t, w.Node, "elephant", "a", fault.Invalid)
	wantGet(t, w.Street, "person", "a", fault.Invalid) // at a hub
	_, err := desk.New(w.Node).History(t.Context(), "person", "nobody", kit.Clerk)
	kit.WantKind(t, err, fault.NotFound)
	err = desk.New(w.Node).List(t.Context(), "person", "shoe = 1", kit.Clerk, func(*desk.Shown) error { return nil })
	kit.WantKind(t, err, fault.Invalid)
	shown := mustGet(t, w.Node, "person", "c")
	if !shown.Void || shown.Unit != kit.First.Code || shown.Fields["name"] != "丙" {
		t.Errorf("got %+v", shown)
	}
}

// TestListInPages passes the bound of one transaction.
func TestListInPages(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", strings.Repeat(`{"name":"甲"}`+"\n", 1200))
	ids := kit.MustList(t, w.Node, "person", "")
	seen := map[change.RecordID]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	if len(ids) != 1200 || len(seen) != 1200 {
		t.Errorf("got %d answers of %d records, want 1200", len(ids), len(seen))
	}
}

// TestRefusedIsGone: what the city did not take has no effect; it is shown as refused,
// and its history says so.
func TestRefusedIsGone(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	kit.MustPut(t, w.Street, "notice", `{"id":"n-1","title":"x"}`)
	w.MustRefuse(t, w.Node, "person", kit.Name(kit.First, "person", "p-1"))
	w.MustRefuse(t, w.Street, "notice", kit.Name(kit.Street, "notice", "n-1"))
	w.MustCarry(t, w.City, w.Street)
	w.MustCarry(t, w.Street, w.Node)
	for at, id := range map[*replica.Replica]string{w.Node: "person", w.Street: "notice"} {
		shown := mustGet(t, at, id, change.RecordID(id[:1]+"-1"))
		if shown.State != desk.Refused || len(shown.Fields) != 0 || len(shown.Refused) != 1 {
			t.Errorf("got %+v, want it refused, and nothing of it in effect", shown)
		}
	}
	if past := mustHistory(t, w.Street, "notice", "n-1"); !past[0].Refused {
		t.Errorf("history: got %+v, want it refused", past)
	}
}

// TestNoRoom: no new record is taken, and what is stored is shown.
func TestNoRoom(t *testing.T) {
	town := kit.MustTown(t)
	dir := town.MustJoin(t, kit.First)
	s := town.MustOpen(t, dir)
	kit.MustPut(t, s, "person", `{"id":"p-1","name":"甲"}`)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := town.Config(t, dir)
	cfg.Reserve = 1 << 50 // more than any disk has room for
	s, err := replica.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	_, err = desk.New(s).SaveForm(t.Context(), desk.Form{Parts: parts("person", `{"name":"甲"}`)})
	kit.WantKind(t, err, fault.Full)
	_, err = drafts.New(s).Begin(t.Context(), "wang", "person", "", "", nil)
	kit.WantKind(t, err, fault.Full)
	kit.WantKind(t, desk.New(s).Room(), fault.Full)
	_, err = kit.Put(t, s, "person", `{"id":"p-2","name":"乙"}`)
	kit.WantKind(t, err, fault.Full)
	if got := mustGet(t, s, "person", "p-1").Fields["name"]; got != "甲" {
		t.Errorf("got %v, want what is stored", got)
	}
	wantGet(t, s, "person", "p-2", fault.NotFound)
}
