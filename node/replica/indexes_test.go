package replica_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

// hundreds are lines of n persons; every tenth is without work, every 13th
// void.
func hundreds(n int) string {
	var lines strings.Builder
	for i := range n {
		object := map[string]any{"id": fmt.Sprintf("p-%05d", i), "name": fmt.Sprintf("名%d", i%7), "status": fmt.Sprint(1 + i%10)}
		if i%13 == 0 {
			object["valid"], object["void_reason"] = "0", "twice"
		}
		raw, _ := json.Marshal(object)
		lines.Write(append(raw, '\n'))
	}
	return lines.String()
}

// indexBlocks counts what the indexes store.
func indexBlocks(t *testing.T, s *replica.Replica) (n int) {
	t.Helper()
	err := s.Journal.View(func(tx *journal.Tx) error {
		return tx.Table("records.index").Ascend(nil, nil, func(_, _ []byte) error { n++; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestIndexesAreMadeAtOpen: for a directory that a program without indexes has
// had, before this one or in between. That one takes the word on the indexes
// for other kinds and writes its own.
func TestIndexesAreMadeAtOpen(t *testing.T) {
	w := kit.MustTiers(t)
	dir := w.MustJoin(t, kit.Second)
	node := w.MustOpen(t, dir)
	w.MustCarry(t, w.City, node)
	kit.MustPut(t, node, "person", hundreds(1300))
	full, want := indexBlocks(t, node), kit.MustList(t, node, "person", `status = 10`)
	for _, older := range []bool{false, true} {
		if older {
			plant(t, node, "station.kinds", []byte("kept"), []byte("* form 2"))
			plant(t, node, "records.state", []byte("person\x00p-00009"), nil) // what it wrote did not move the indexes
			want = slices.DeleteFunc(want, func(id change.RecordID) bool { return id == "p-00009" })
		}
		if err := node.Close(); err != nil {
			t.Fatal(err)
		}
		node = w.MustOpen(t, dir)
		if got := kit.MustList(t, node, "person", `status = 10`); !slices.Equal(got, want) {
			t.Errorf("older %t: got %d persons, want %d", older, len(got), len(want))
		}
	}
	if got := indexBlocks(t, node); got < full/2 || got > 2*full {
		t.Errorf("%d blocks, want about %d: one build's", got, full)
	}
}

// TestOpenAgainWritesNothing: the indexes are made once.
func TestOpenAgainWritesNothing(t *testing.T) {
	w := kit.MustTiers(t)
	dir := w.MustJoin(t, kit.Second)
	for range 2 {
		if err := w.MustOpen(t, dir).Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := w.MustOpen(t, dir)
	if got := s.Journal.Stats(); got.Commits != 0 {
		t.Errorf("an opening commits %d times, want none", got.Commits)
	}
}
