package change_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
)

func TestBatchRoundTrip(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	pub := key.Public().(ed25519.PublicKey)
	s := change.Stream{Device: change.DeviceOf(pub), Incarnation: 1, Audience: change.NewUnitID([10]byte{1})}
	c := &change.Change{Kind: "person", Record: "p-1", Fields: map[string]change.Value{
		"aac003": change.Text("买买提·吐尔逊"), "tags": change.Set([]string{"b", "a", "b"}), "n": change.Int(-3), "ok": change.Bool(true), "gone": change.Null,
	}, Context: change.Vector{s: 4}, Actor: "clerk", At: 12}
	raw, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := change.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, got); diff != "" {
		t.Error(diff)
	}
	b, err := change.Seal(key, s, change.Mark{}, [][]byte{raw, raw}, 5)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(pub); err != nil {
		t.Error(err)
	}
	changes, err := b.Changes()
	if err != nil || len(changes) != 2 {
		t.Fatalf("changes: %v, %v", changes, err)
	}
	if b.Last() != 2 || b.Follows(change.Mark{Seq: 1}) || !b.Follows(change.Mark{}) {
		t.Error("chain is wrong")
	}
	again, err := change.ParseBatch(b.Bytes())
	if err != nil || again.Hash() != b.Hash() {
		t.Fatal(err)
	}
}
