package replica_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// TestReissue: what is written again of a record that a hub does not keep stands
// on what it stood on before, and on its own old name, which others have seen. At
// a node, which keeps the record, it stands on what that holds now.
func TestReissue(t *testing.T) {
	w := kit.MustTiers(t)
	clerk := change.Stream{Device: w.Node.Keys.Device(), Incarnation: 1, Audience: kit.First.ID}
	was := change.Dot{Stream: change.Stream{Device: w.Street.Keys.Device(), Incarnation: 1, Audience: kit.First.ID}, Count: 4}
	c := &change.Change{Kind: "person", Record: kit.Name(kit.First, "person", "p-1"), Fields: change.FieldsOf(map[string]change.Value{"phone": change.Text("1")}),
		Context: change.Vector{clerk: 3}, Actor: "officer", At: 7}
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	for name, test := range map[string]struct {
		at   *replica.Replica
		want change.Vector
	}{
		"at a hub":  {w.Street, change.Vector{clerk: 3, was.Stream: 4}},
		"at a node": {w.Node, change.Vector{clerk: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			again := lastWritten(t, test.at, func(w *streams.Writer, own change.Stream) error { return test.at.Reissue(w.Tx, own, c, was) })
			if diff := cmp.Diff(test.want, again.Context); diff != "" {
				t.Error(diff)
			}
			if again.Actor != c.Actor || again.At != c.At || again.Fields.Get("phone") != c.Fields.Get("phone") {
				t.Errorf("got %+v, want the fields, the person and the time of before", again)
			}
		})
	}
	if len(c.Context) != 1 {
		t.Errorf("the change that was given has another context now: %v", c.Context)
	}
}

// TestReissueKeepsConflicts: what was written on less than was there is written again
// so, and what it did not know of stays beside it.
func TestReissueKeepsConflicts(t *testing.T) {
	w := kit.MustTiers(t)
	clerk := change.Stream{Device: w.Node.Keys.Device(), Incarnation: 1, Audience: kit.First.ID}
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","phone":"2"}`)
	c := &change.Change{Kind: "person", Record: kit.Name(kit.First, "person", "p-1"), Fields: change.FieldsOf(map[string]change.Value{"phone": change.Text("1")}),
		Context: change.Vector{clerk: 1, clerk.Aside(): 2}, At: 7}
	again := lastWritten(t, w.Node, func(tx *streams.Writer, own change.Stream) error {
		return w.Node.Reissue(tx.Tx, own, c, change.Dot{Stream: clerk, Count: 3})
	})
	if diff := cmp.Diff(change.Vector{clerk: 1, clerk.Aside(): 2}, again.Context); diff != "" {
		t.Error(diff)
	}
}

// lastWritten is the change that fn writes into the stream to the first community.
func lastWritten(t *testing.T, at *replica.Replica, fn func(*streams.Writer, change.Stream) error) (c *change.Change) {
	t.Helper()
	var own change.Stream
	err := at.Streams.Write(t.Context(), func(w *streams.Writer) (err error) {
		if own, err = w.Own(kit.First.ID); err != nil {
			return err
		}
		return fn(w, own)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = at.Journal.View(func(tx *journal.Tx) error {
		info, _, err := tx.Stream(own)
		if err != nil {
			return err
		}
		raw, err := tx.Change(own, info.Head)
		if err == nil {
			c, err = change.Decode(raw)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
