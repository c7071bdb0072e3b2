package follow_test

import (
	"context"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/journal"
	"tongbu/internal/test/kit"
)

// TestViewFollows: with the city's own judge and a view on disk, all that arrived
// is in the view, which stands at the journal's last arrival, whether somebody
// waits for it or the follower runs.
func TestViewFollows(t *testing.T) {
	for name, runs := range map[string]bool{"waited for": false, "running": true} {
		t.Run(name, func(t *testing.T) {
			town := kit.MustTown(t)
			city := town.MustCity(t)
			v := kit.MustView(t, city)
			f := kit.Follower(city, v)
			if runs {
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- f.Run(ctx) }()
				defer func() {
					cancel()
					if err := <-ended; err != nil {
						t.Error(err)
					}
				}()
			}
			clerk := town.MustForger(t, kit.First)
			for n := 0; n < 300; n += 3 { // more arrivals than one step takes
				clerk.MustSay(t, city, kit.First, kit.People(n, 3)...)
			}
			if !runs {
				arrivals, byUnit, err := f.Behind()
				if err != nil || arrivals <= 100 || byUnit[kit.First.ID] != 300 {
					t.Errorf("%d arrivals and %v behind, %v, want 300 changes of the clerk's unit", arrivals, byUnit, err)
				}
			}
			if err := f.AwaitApplied(t.Context()); err != nil {
				t.Fatal(err)
			}
			person, _ := city.Schema.Kind("person")
			rows, err := v.Rows(t.Context(), view.Query{Kind: person, Scope: view.Scope{All: true}, Limit: 1000})
			if err != nil || len(rows) != 300 {
				t.Errorf("%d rows, %v, want 300", len(rows), err)
			}
			if behind, _, err := f.Behind(); err != nil || behind != 0 {
				t.Errorf("%d arrivals behind, %v", behind, err)
			}
			var last uint64
			if err := city.Streams.View(func(tx *journal.Tx) error {
				last = tx.LastArrival()
				return nil
			}); err != nil || f.Applied() != last {
				t.Errorf("the view is at %d of %d, %v", f.Applied(), last, err)
			}
			if e, _ := city.Streams.Entry(clerk.Stream(kit.First)); runs && e.Receipt.Seq != 300 {
				t.Errorf("the receipt stands at %d, want 300", e.Receipt.Seq)
			}
		})
	}
}
