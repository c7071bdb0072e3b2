package desk_test

import (
	"context"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// TestKeepReady: what pages stand on is there before anybody asks, stays while somebody
// comes now and then, goes when nobody does, and is made again for who comes back.
func TestKeepReady(t *testing.T) {
	town := kit.MustTown(t)
	s := newSearcher(t, town.MustReplica(t, town.MustCity(t), kit.First))
	putEvents(t, s, community(t, s, 20))
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- s.desk.KeepReady(ctx) }()
	ready := func() bool { return s.desk.IsReady(t.Context()) }
	kit.MustAwait(t, "what pages stand on", ready)
	table := desk.Table{Kind: "ledger_unemployed"}
	if diff := gocmp.Diff(newSearcher(t, s.at).part(table, 0, 50), s.part(table, 0, 50)); diff != "" {
		t.Errorf("made beforehand it is another: %s", diff)
	}
	for range 3 {
		town.Clock.Advance(9 * time.Minute)
		s.desk.Attend()
		s.desk.LookAfter(ctx)
		if err := s.desk.ForgetAll(ctx); err != nil || !ready() {
			t.Fatalf("it is gone while somebody is there: %v", err)
		}
	}
	town.Clock.Advance(11 * time.Minute)
	s.desk.LookAfter(ctx)
	if err := s.desk.ForgetAll(ctx); err != nil || ready() {
		t.Fatalf("it is kept for nobody: %v", err)
	}
	s.desk.Attend()
	kit.MustAwait(t, "it to be made again", ready)
	stop()
	if err := <-over; err != nil {
		t.Error(err)
	}
}
