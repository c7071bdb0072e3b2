package operate_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

func TestStatus(t *testing.T) {
	w := kit.MustTiers(t)
	st := mustStatus(t, w.Node)
	got := []string{st.Unit, st.Name, st.Tier, st.Network}
	want := []string{kit.First.Code, kit.First.Name, "community", string(w.Node.Place.Network)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if st.Device != w.Node.Keys.Device() || st.Incarnation != 1 || st.Parent == nil || st.Parent.Connected || st.Journal.Bytes == 0 || st.Journal.Older {
		t.Errorf("got %+v", st)
	}
	root := mustStatus(t, w.City)
	if root.Parent != nil || root.Own.Head == 0 || root.Own != ownOf(root.Own.Head, root.Own.Head, root.Own.Head) {
		t.Errorf("the city: got %+v, %+v, want no parent and all its own recorded", root.Parent, root.Own)
	}
}

// ownOf are the counts of a device of which nothing is refused.
func ownOf(sent, parent, covered uint64) operate.Own {
	return operate.Own{Sent: sent, AtParent: parent, Covered: covered, Recorded: covered, Waiting: sent - covered, Head: sent, AtCity: covered}
}

// TestStatusOfOwnChanges follows one record from the desk to the city's receipt.
func TestStatusOfOwnChanges(t *testing.T) {
	w := kit.MustTiers(t)
	own := func(head, parent, city uint64) {
		t.Helper()
		if diff := cmp.Diff(ownOf(head, parent, city), mustStatus(t, w.Node).Own); diff != "" {
			t.Error(diff)
		}
	}
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	own(1, 0, 0)
	w.MustCarry(t, w.Node, w.Street)
	kit.Acknowledge(w.Node)
	own(1, 1, 0)
	w.MustCarry(t, w.Street, w.City)
	w.MustRecord(t, w.Node)
	w.MustCarry(t, w.City, w.Street)
	w.MustCarry(t, w.Street, w.Node)
	own(1, 1, 1)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","phone":"13900000000"}`)
	own(2, 1, 1)
}

// TestAReceiptForAnotherHistory counts for nothing.
func TestAReceiptForAnotherHistory(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	w.MustCarry(t, w.Node, w.City)
	w.MustReceipt(t, w.Node, change.Receipt{City: w.City.Keys.Device(), Stream: w.Stream(w.Node), Seq: 1, Hash: change.Hash{1}, Epoch: 1})
	if got := mustStatus(t, w.Node).Own.AtCity; got != 0 {
		t.Errorf("got %d recorded by the city, want none", got)
	}
	if v := mustVerify(t, w.Node); v.OK {
		t.Error("verify finds nothing wrong with the receipt")
	}
}

func TestStatusMeasuresWhenAsked(t *testing.T) {
	w := kit.MustTiers(t)
	st, err := at(w.Node).Status(t.Context(), true)
	if err != nil || st.Save.FsyncMS <= 0 {
		t.Errorf("got %+v, %v, want the time of an fsync", st, err)
	}
	if _, err := os.Stat(filepath.Join(w.Node.Dir(), "fsync.probe")); err == nil {
		t.Error("the measure left its file")
	}
	if st := mustStatus(t, w.Node); st.Save.FsyncMS != 0 {
		t.Errorf("got %v ms of an fsync that nobody asked for", st.Save.FsyncMS)
	}
}

// TestStatusOfSaves: records that come alone are timed, for a clerk waits for
// them.
func TestStatusOfSaves(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"name":"甲"}`)
	kit.MustPut(t, w.Node, "person", `{"name":"乙"}
{"name":"丙"}`)
	if got := mustStatus(t, w.Node).Save; got.Count != 1 || got.MedianMS <= 0 {
		t.Errorf("got %+v, want the one that came alone", got)
	}
}

// TestStatusTellsRefusals: a device is told what the city did not take, a hub of
// its own changes only.
func TestStatusTellsRefusals(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	kit.MustPut(t, w.Street, "notice", `{"id":"n-1","title":"x"}`)
	w.MustRefuse(t, w.Node, "person", kit.Name(kit.First, "person", "p-1"))
	w.MustRefuse(t, w.Street, "notice", kit.Name(kit.Street, "notice", "n-1"))
	w.MustCarry(t, w.City, w.Street)
	w.MustCarry(t, w.Street, w.Node)
	for s, want := range map[*replica.Replica]string{w.Node: string(kit.Name(kit.First, "person", "p-1")), w.Street: string(kit.Name(kit.Street, "notice", "n-1"))} {
		got := mustStatus(t, s).Refusals
		if len(got) != 1 || got[0].Record != want || got[0].Rule != "made_up" {
			t.Errorf("got %+v, want the refusal of %s", got, want)
		}
		wantNoProblems(t, s)
	}
	wantNoProblems(t, w.City)
}

// TestStatusWithoutRoom says in words why no records are taken.
func TestStatusWithoutRoom(t *testing.T) {
	if st := mustStatus(t, reserved(t, 1<<50)); !strings.Contains(st.Disk.Refuses, "no new records are accepted") {
		t.Errorf("got %+v", st.Disk)
	}
}

// TestStatusOfAHub has what it has beyond a node.
func TestStatusOfAHub(t *testing.T) {
	w := kit.MustTiers(t)
	want := operate.View{Applied: 3, Behind: 2, Settled: true}
	hub := operate.New(w.Street, operate.Beyond{View: func(context.Context) *operate.View { return &want }})
	st, err := hub.Status(t.Context(), false)
	if err != nil || st.View == nil || *st.View != want {
		t.Errorf("got %+v, %v, want %+v", st.View, err, want)
	}
	if st := mustStatus(t, w.Street); st.View != nil {
		t.Errorf("a pure relay: got %+v, want no view", st.View)
	}
}
