package operate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// recorded carries what a node has to the city, which records it, and the receipt down.
func recorded(t *testing.T, w *kit.Tiers) {
	t.Helper()
	w.MustCarry(t, w.Node, w.Street)
	w.MustCarry(t, w.Street, w.City)
	w.MustRecord(t, w.Node)
	w.MustCarry(t, w.City, w.Street)
	w.MustCarry(t, w.Street, w.Node)
}

// mustCutNode is a node of which a stream was cut: it wrote records, edited the first of
// them, and has gone on a month later.
func mustCutNode(t *testing.T) (w *kit.Tiers, o *operate.Operate) {
	t.Helper()
	w = kit.MustTiers(t)
	return w, cutNode(t, w)
}

func cutNode(t *testing.T, w *kit.Tiers) (o *operate.Operate) {
	t.Helper()
	for day := range 10 {
		kit.MustPut(t, w.Node, "person", fmt.Sprintf(`{"id":"p-%d","name":"甲"}`, day))
		kit.MustPut(t, w.Node, "person", fmt.Sprintf(`{"id":"p-0","phone":"1390000000%d"}`, day))
		recorded(t, w)
	}
	o = at(w.Node)
	if cut, err := o.Cut(t.Context(), false); err != nil || cut.Batches != 0 {
		t.Fatalf("cut %+v on the day of the receipt: %v", cut, err)
	}
	w.Clock.Advance(40 * 24 * time.Hour)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"乙"}`)
	recorded(t, w)
	would, err := o.Cut(t.Context(), true)
	if err != nil || would.Changes != 20 {
		t.Fatalf("would cut %+v: %v", would, err)
	}
	if cut, err := o.Cut(t.Context(), false); err != nil || cut != would {
		t.Fatalf("cut %+v, want %+v: %v", cut, would, err)
	}
	return o
}

// TestCutNode: what a node shows, verifies and makes again is the same after a cut.
func TestCutNode(t *testing.T) {
	w, o := mustCutNode(t)
	st := mustStatus(t, w.Node)
	if st.Kept == nil || st.Kept.Changes != 20 || st.Kept.Streams != 1 || o.Nightly().Cut.Last.Changes != 20 {
		t.Errorf("status: %+v, %+v", st.Kept, o.Nightly().Cut)
	}
	if v := wantNoProblems(t, w.Node); v.Kept != 20 || v.Changes < 21 {
		t.Errorf("verified %+v", v)
	}
	wantHistory(t, w.Node, "p-0", 11)
	before := states(t, w.Node)
	rebuild(t, w)
	if diff := cmp.Diff(before, states(t, w.Node)); diff != "" {
		t.Error(diff)
	}
	wantNoProblems(t, w.Node)
	wantHistory(t, w.Node, "p-0", 11)
}

// TestRefusedAfterACut: a word about a change whose batch was cut off takes its effect,
// and gives it back when it is voided.
func TestRefusedAfterACut(t *testing.T) {
	w, _ := mustCutNode(t)
	before := states(t, w.Node)
	id := kit.Name(kit.First, "person", "p-0")
	w.MustRefuse(t, w.Node, "person", id)
	w.MustCarry(t, w.City, w.Street)
	w.MustCarry(t, w.Street, w.Node)
	if diff := cmp.Diff(before[string(id)], states(t, w.Node)[string(id)]); diff == "" {
		t.Error("the first change of the record has its effect still")
	}
	wantNoProblems(t, w.Node)
}

// TestWipedStreetOfACutNode: the street has lost all; the city fills it, and the node
// gives it the rest.
func TestWipedStreetOfACutNode(t *testing.T) {
	w := kit.MustTiers(t)
	street, wiped := w.MustReplica(t, w.City, kit.Street), w.MustReplica(t, w.City, kit.First)
	cutNode(t, w)
	kit.MustPut(t, w.Node, "person", `{"id":"p-2","name":"丙"}`)
	seal(t, w)
	if _, _, err := w.Node.Streams.Load(w.Stream(w.Node), change.Mark{}, 1); fault.Of(err) != fault.Unavailable {
		t.Errorf("the node gives a street that has nothing %v", err)
	}
	w.MustCarry(t, w.City, street)
	w.MustCarry(t, w.Node, street)
	w.MustCarry(t, street, w.City)
	want, _ := w.Node.Streams.Entry(w.Stream(w.Node))
	for _, r := range []*replica.Replica{street, w.City} {
		if got, _ := r.Streams.Entry(w.Stream(w.Node)); got.Sealed != want.Sealed {
			t.Errorf("%s has the stream to %d, want %d", r.Place.Unit, got.Sealed.Seq, want.Sealed.Seq)
		}
	}
	w.MustCarry(t, street, wiped)
	if diff := cmp.Diff(states(t, w.Node), states(t, wiped)); diff != "" {
		t.Errorf("a node that was filled from the street (-want +got)\n%s", diff)
	}
}

// seal closes what the node has written.
func seal(t *testing.T, w *kit.Tiers) {
	t.Helper()
	if err := w.Node.Streams.Seal(t.Context(), w.Stream(w.Node)); err != nil {
		t.Fatal(err)
	}
}

// rebuild has the records of the node made again: another device's history gives way.
func rebuild(t *testing.T, w *kit.Tiers) {
	t.Helper()
	f := w.MustForger(t, kit.First)
	f.MustSay(t, w.Street, kit.First, kit.Person("x", "one"))
	w.MustCarry(t, w.Street, w.Node)
	f.Forget()
	f.MustSay(t, w.City, kit.First, kit.Person("x", "two"))
	f.MustGiveWay(t, w.City, w.Node, kit.First)
}

func wantHistory(t *testing.T, s *replica.Replica, id string, want int) {
	t.Helper()
	err := s.Journal.View(func(tx *journal.Tx) error {
		past, err := s.Records.History(tx, "person", kit.Name(kit.First, "person", id))
		if len(past) != want {
			t.Errorf("%s has a history of %d changes, want %d", id, len(past), want)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// states are the encoded states of the persons that the node wrote.
func states(t *testing.T, s *replica.Replica) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := s.Journal.View(func(tx *journal.Tx) error {
		return s.Records.EachState(tx, "person", "", func(id change.RecordID, raw []byte) error {
			if !strings.HasSuffix(string(id), ".x") { // the forger's
				all[string(id)] = string(raw)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCityThatLostWhatWasCut: a city that has been restored from a backup of before has
// recorded less than the node has cut off, which the node shows until the city has it.
func TestCityThatLostWhatWasCut(t *testing.T) {
	w, _ := mustCutNode(t)
	of := w.Stream(w.Node)
	ends, err := w.City.Streams.Ends(of, 3)
	if err != nil || len(ends) == 0 {
		t.Fatal(ends, err)
	}
	w.MustReceipt(t, w.Node, change.Receipt{City: w.City.Keys.Device(), Stream: of, Seq: ends[0].Seq, Hash: ends[0].Hash, Epoch: 2, At: w.Clock.Now().UnixMilli()})
	if st := mustStatus(t, w.Node); st.Kept.Lacking != 1 || st.Own.AtCity != ends[0].Seq {
		t.Errorf("%+v, %+v", st.Kept, st.Own)
	}
	last, _ := w.City.Streams.Entry(of)
	w.MustReceipt(t, w.Node, change.Receipt{City: w.City.Keys.Device(), Stream: of, Seq: last.Sealed.Seq, Hash: last.Sealed.Hash, Epoch: 2, At: w.Clock.Now().UnixMilli()})
	if st := mustStatus(t, w.Node); st.Kept.Lacking != 0 {
		t.Errorf("%+v", st.Kept)
	}
}
