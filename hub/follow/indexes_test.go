package follow_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"tongbu/hub/follow"
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
	dropped int
}

func (v *turns) Settle(ctx context.Context) error {
	v.settled = true
	return v.View.Settle(ctx)
}

func (v *turns) Unsettle(ctx context.Context) error {
	v.settled = false
	v.dropped++
	return v.View.Unsettle(ctx)
}

// TestIndexesAreDropped: a view with more of the journal before it than behind does
// without its indexes until it has come to the end; for a little it keeps them.
func TestIndexesAreDropped(t *testing.T) {
	town := kit.MustTown(t)
	city := town.MustCity(t)
	kept, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "view.db"), city.Schema.Now(), view.Options{Key: [32]byte{1}, Tree: city.Members.Tree()})
	if err != nil {
		t.Fatal(err)
	}
	v := &turns{View: kept}
	clerk := town.MustForger(t, kit.First)
	for round, changes := range []int{100, 16_100, 100} {
		before := v.dropped
		say(t, clerk, city, round, changes)
		if err := catchUp(t.Context(), city, v); err != nil {
			t.Fatal(err)
		}
		if dropped := v.dropped > before; dropped != (round == 1) || !v.settled {
			t.Errorf("%d changes: indexes dropped %v, settled in the end %v", changes, dropped, v.settled)
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
			id := change.RecordID(fmt.Sprintf("p-%d-%d", round, i))
			batch = append(batch, &change.Change{Kind: "person", Record: id, Fields: change.FieldsOf(map[string]change.Value{"name": change.Text("甲")}), At: 1})
		}
		clerk.MustSay(t, at, kit.First, batch...)
	}
}

// catchUp has a view follow the journal up to its end.
func catchUp(ctx context.Context, at *replica.Replica, v view.View) error {
	f := follow.New(follow.Config{Streams: at.Streams, View: v, Scarce: func() error { return nil }, Log: slog.New(slog.DiscardHandler)})
	return f.AwaitApplied(ctx)
}
