package streams_test

import (
	"bytes"
	"testing"

	"tongbu/internal/change"
	"tongbu/syncer/streams/streamstest"
)

// TestUnknownKindsAreRelayed: changes of a kind with fields that this build
// does not know, and bytes that are no change to it at all, go from node to
// hub to city as they were signed.
func TestUnknownKindsAreRelayed(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street, root := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street), w.MustJoin(t, w.City)
	mustLearn(t, street, clerk)
	mustLearn(t, root, clerk)
	later := &change.Change{Kind: "kind_of_2030", Record: "k-1", Actor: "clerk", Fields: change.FieldsOf(map[string]change.Value{
		"name": change.Text("甲"), "never_heard_of": change.Set([]string{"a", "b"}), "nor_of_this": change.Int(-1)})}
	raw, err := later.Encode()
	if err != nil {
		t.Fatal(err)
	}
	own := clerk.Own(w.Community)
	b, err := change.Seal(change.BatchRows, clerk.Config.Key, own, change.Mark{}, [][]byte{raw, {0xa1, 0x18, 0x99, 0xf6}}, 7)
	if err != nil {
		t.Fatal(err)
	}
	passed := []*change.Batch{b}
	from := clerk
	for _, hub := range []*streamstest.Device{street, root} {
		wantKept(t, mustAppend(t, hub, below(from), passed...))
		hub.MustClose(t)
		hub.MustReopen(t)
		if passed, _, err = hub.Load(own, change.Mark{}, 1<<20); err != nil || len(passed) != 1 || !bytes.Equal(passed[0].Bytes(), b.Bytes()) {
			t.Fatalf("a batch of unknown content is not passed on as it came: %d, %v", len(passed), err)
		}
		from = hub
	}
}
