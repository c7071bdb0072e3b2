package replica_test

import (
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// refuse has the city refuse a station's first change of a record.
func refuse(w *town, of *replica.Replica, kind string, id change.RecordID) {
	w.t.Helper()
	in := change.Stream{Device: of.Keys.Device(), Incarnation: 1, Audience: of.Place.Unit}
	err := w.city.Streams.Write(w.t.Context(), func(tx *streams.Writer) error {
		own, err := tx.Own(of.Place.Unit)
		if err != nil {
			return err
		}
		_, err = w.city.Records.Put(tx.Tx, own, w.city.Place.Unit, records.Edit{Kind: records.RefusalKind, ID: "r-" + id, Fields: map[string]change.Value{
			"stream": change.Text(in.String()), "seq": change.Int(1), "count": change.Int(1), "kind": change.Text(kind),
			"record": change.Text(string(id)), "rule": change.Text("made_up"), "unit": change.Text(string(of.Place.Unit))}})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestVerifyCounts(t *testing.T) {
	w := newTown(t)
	w.put(w.node, "person", `{"id":"p-1","name":"甲"}
{"id":"p-2","name":"乙"}`)
	w.MustCarry(t, w.node, w.city)
	w.sign(w.node)
	w.MustCarry(t, w.city, w.node)
	v := w.wantNoProblems(w.node)
	if want := len(kit.Units()) + 2; v.Records != want || v.Receipts != 1 || v.Streams != 2 {
		t.Errorf("got %+v, want %d records, 1 receipt, 2 streams", v, want)
	}
	if v := w.wantNoProblems(w.city); v.Records != len(kit.Units()) {
		t.Errorf("the city: got %d records, want its units", v.Records)
	}
}

// plant writes into a table of the journal's file past all that guards it.
func plant(t *testing.T, s *replica.Replica, table string, key, value []byte) {
	t.Helper()
	err := s.Journal.Update(t.Context(), func(tx *journal.Tx) error {
		if value == nil {
			return tx.Table(table).Delete(key)
		}
		return tx.Table(table).Put(key, value)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestVerifyFindsPlantedDamage(t *testing.T) {
	state := func(id change.RecordID, name string) []byte {
		r := merge.New("person", id)
		r.Apply(change.Stream{Device: change.DeviceOf(nil), Incarnation: 1, Audience: kit.First.ID},
			&change.Change{Kind: "person", Record: id, Fields: map[string]change.Value{"name": change.Text(name)}})
		return r.Encode()
	}
	key := func(id string) []byte { return []byte("person\x00" + id) }
	tests := map[string]struct {
		plant func(*town)
		want  string
	}{
		"another state":         {func(w *town) { plant(t, w.node, "records.state", key("p-1"), state("p-1", "乙")) }, "person record p-1"},
		"bytes that are none":   {func(w *town) { plant(t, w.node, "records.state", key("p-1"), []byte("no state")) }, "person record p-1"},
		"a state that is gone":  {func(w *town) { plant(t, w.node, "records.state", key("p-1"), nil) }, "person record p-1"},
		"a state from nowhere":  {func(w *town) { plant(t, w.node, "records.state", key("p-9"), state("p-9", "丙")) }, "person record p-9"},
		"an index without it":   {func(w *town) { plant(t, w.node, "records.recent", []byte{0, 0, 0, 1}, nil) }, "person record p-1 the first; the indexes"},
		"a block that is none":  {func(w *town) { plant(t, w.node, "records.recent", []byte{0, 0, 0, 1}, []byte{9}) }, "an index cannot be read"},
		"a receipt for another": {func(w *town) { w.wrongReceipt() }, "receipt of stream"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			w.put(w.node, "person", `{"id":"p-1","name":"甲"}
{"id":"p-2","name":"乙"}`)
			w.MustCarry(t, w.node, w.city)
			test.plant(w)
			v := w.verify(w.node)
			if v.OK || len(v.Problems) != 1 || !strings.Contains(v.Problems[0], test.want) {
				t.Errorf("got %v, want one problem with %q", v.Problems, test.want)
			}
			if v = w.verify(w.node); strings.Contains(test.want, "index") && !v.OK {
				t.Errorf("after the indexes were made again: %v", v.Problems)
			}
		})
	}
}

// wrongReceipt is the city's word on a batch the node does not have.
func (w *town) wrongReceipt() {
	w.t.Helper()
	if err := w.node.Streams.Learn(w.t.Context(), w.city.Keys.Certificate().Raw); err != nil {
		w.t.Fatal(err)
	}
	in := change.Stream{Device: w.node.Keys.Device(), Incarnation: 1, Audience: kit.First.ID}
	w.receipt(w.node, change.Receipt{City: w.city.Keys.Device(), Stream: in, Seq: 2, Hash: change.Hash{7}, Epoch: 1})
}

// TestVerifyBesideWriters: the check reads for a while, and what is written
// meanwhile is no damage.
func TestVerifyBesideWriters(t *testing.T) {
	w := newTown(t)
	w.put(w.node, "person", `{"id":"hot","name":"甲"}`)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				w.put(w.node, "person", fmt.Sprintf(`{"id":"hot","name":"甲%d"}
{"id":"p-%d","name":"乙"}`, n, n))
			}
		}
	}()
	for range 5 {
		w.wantNoProblems(w.node)
	}
	close(stop)
	<-stopped
	w.wantNoProblems(w.node)
}
