package operate_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
)

func TestVerifyCounts(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}
{"id":"p-2","name":"乙"}`)
	w.MustCarry(t, w.Node, w.City)
	w.MustRecord(t, w.Node)
	w.MustCarry(t, w.City, w.Node)
	v := wantNoProblems(t, w.Node)
	if want := len(kit.Units()) + 2; v.Records != want || v.Receipts != 1 || v.Streams != 2 {
		t.Errorf("got %+v, want %d records, 1 receipt, 2 streams", v, want)
	}
	if v := wantNoProblems(t, w.City); v.Records != len(kit.Units()) {
		t.Errorf("the city: got %d records, want its units", v.Records)
	}
}

func TestVerifyFindsPlantedDamage(t *testing.T) {
	state := func(id change.RecordID, name string) []byte {
		r := merge.New("person", id)
		r.Apply(change.Stream{Device: change.DeviceOf(nil), Incarnation: 1, Audience: kit.First.ID},
			&change.Change{Kind: "person", Record: id, Fields: change.FieldsOf(map[string]change.Value{"name": change.Text(name)})})
		return r.Encode()
	}
	one, nobody := string(kit.Name(kit.First, "person", "p-1")), string(kit.Name(kit.First, "person", "p-9"))
	key := func(id string) []byte { return []byte("person\x00" + id) }
	tests := map[string]struct {
		plant func(*kit.Tiers)
		want  string
	}{
		"another state": {func(w *kit.Tiers) {
			plant(t, w.Node, "records.state", key(one), state(kit.Name(kit.First, "person", "p-1"), "乙"))
		}, "person record " + one},
		"bytes that are none": {func(w *kit.Tiers) {
			plant(t, w.Node, "records.state", key(one), []byte("no state"))
		}, "person record " + one},
		"a state that is gone": {func(w *kit.Tiers) { plant(t, w.Node, "records.state", key(one), nil) }, "person record " + one},
		"an index without it":  {func(w *kit.Tiers) { plant(t, w.Node, "records.recent", []byte{0, 0, 0, 1}, nil) }, "9 records, person record " + string(kit.Name(kit.First, "person", "p-2")) + " the first; the indexes"},
		"a block that is none": {func(w *kit.Tiers) { plant(t, w.Node, "records.recent", []byte{0, 0, 0, 1}, []byte{9}) }, "an index cannot be read"},
		"a state from nowhere": {func(w *kit.Tiers) {
			plant(t, w.Node, "records.state", key(nobody), state(kit.Name(kit.First, "person", "p-9"), "丙"))
		}, "person record " + nobody},
		"a receipt for another": {func(w *kit.Tiers) { wrongReceipt(t, w) }, "receipt of stream"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := kit.MustTiers(t)
			kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}
{"id":"p-2","name":"乙"}`)
			w.MustCarry(t, w.Node, w.City)
			test.plant(w)
			v := mustVerify(t, w.Node)
			if v.OK || len(v.Problems) != 1 || !strings.Contains(v.Problems[0], test.want) {
				t.Errorf("got %v, want one problem with %q", v.Problems, test.want)
			}
			if v = mustVerify(t, w.Node); strings.Contains(test.want, "index") && !v.OK {
				t.Errorf("after the indexes were made again: %v", v.Problems)
			}
		})
	}
}

// wrongReceipt is the city's word on a batch the node does not have.
func wrongReceipt(t *testing.T, w *kit.Tiers) {
	t.Helper()
	w.MustReceipt(t, w.Node, change.Receipt{City: w.City.Keys.Device(), Stream: w.Stream(w.Node), Seq: 2, Hash: change.Hash{7}, Epoch: 1})
}

// TestVerifyBesideWriters: the check reads for a while, and what is written
// meanwhile is no damage.
func TestVerifyBesideWriters(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"hot","name":"甲"}`)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				kit.MustPut(t, w.Node, "person", fmt.Sprintf(`{"id":"hot","name":"甲%d"}
{"id":"p-%d","name":"乙"}`, n, n))
			}
		}
	}()
	for range 5 {
		wantNoProblems(t, w.Node)
	}
	close(stop)
	<-stopped
	wantNoProblems(t, w.Node)
}

// TestVerifyAtAHub: what a hub compares besides is in the report.
func TestVerifyAtAHub(t *testing.T) {
	w := kit.MustTiers(t)
	hub := operate.New(w.Street, operate.Beyond{Compare: func(_ context.Context, v *operate.Verified) error {
		v.View = 7
		return v.Differ([]records.Key{{Kind: "person", ID: "p-1"}}, "is made up", nil)
	}})
	v, err := hub.Verify(t.Context(), operate.Checked{})
	if err != nil || v.OK || v.View != 7 || len(v.Problems) != 1 || v.Problems[0] != "person record p-1 is made up" {
		t.Errorf("got %+v, %v, want the problem of the view", v, err)
	}
}
