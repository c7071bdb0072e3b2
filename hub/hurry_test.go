package hub_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"tongbu/hub"
	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/internal/change"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

// turns notes whether the view was settled last.
type turns struct {
	view.View
	settled bool
	hurried int
}

func (v *turns) Settle(ctx context.Context) error {
	v.settled = true
	return v.View.Settle(ctx)
}

func (v *turns) Unsettle(ctx context.Context) error {
	v.settled = false
	v.hurried++
	return v.View.Unsettle(ctx)
}

// TestHurry: a view with more of the journal before it than behind does
// without its indexes until it has come to the end; for a little it keeps them.
func TestHurry(t *testing.T) {
	w := newTown(t)
	city := w.city.Replica
	kept, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "view.db"), city.Schema, view.Options{Key: [32]byte{1}, Tree: city.Members.Tree()})
	if err != nil {
		t.Fatal(err)
	}
	v := &turns{View: kept}
	clerk := w.MustForger(t, kit.First)
	for round, changes := range []int{100, 2*hub.FollowChanges + 100, 100} {
		before := v.hurried
		say(t, clerk, city, round, changes)
		if err := hub.CatchUp(t.Context(), city.Streams, v); err != nil {
			t.Fatal(err)
		}
		if hurried := v.hurried > before; hurried != (round == 1) || !v.settled {
			t.Errorf("%d changes: hurried %v, settled in the end %v", changes, hurried, v.settled)
		}
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
}

// say has the clerk write new records, 500 a batch.
func say(t *testing.T, clerk *kit.Forger, at *replica.Replica, round, n int) {
	for from := 0; from < n; from += 500 {
		var batch []*change.Change
		for i := from; i < min(n, from+500); i++ {
			batch = append(batch, person(change.RecordID(fmt.Sprintf("p-%d-%d", round, i)), "甲"))
		}
		clerk.MustSay(t, at, kit.First, batch...)
	}
}
