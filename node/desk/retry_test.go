package desk_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// TestTheNameToldIsTheNameStored: a transaction that is run again, because of
// another that shared it and failed, writes each record once, under the name
// and sequence that are told.
func TestTheNameToldIsTheNameStored(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		d := newDesk(t)
		gate, refused := make(chan struct{}), errors.New("refused")
		var wg sync.WaitGroup
		wg.Go(func() { // holds the journal, so that the next ones share a transaction
			_ = d.at.Journal.Update(context.Background(), func(*journal.Tx) error { <-gate; return nil })
		})
		synctest.Wait()
		var told []desk.Written
		var err error
		wg.Go(func() { told, err = kit.Put(t, d.at, "person", `{"name":"甲"}`+"\n"+`{"name":"乙"}`) })
		synctest.Wait()
		runs := 0
		wg.Go(func() {
			_ = d.at.Journal.Update(context.Background(), func(*journal.Tx) error { runs++; return refused })
		})
		synctest.Wait()
		close(gate)
		wg.Wait()
		if err != nil || len(told) != 2 || runs != 1 {
			t.Fatalf("told %v, %v after %d failures beside it", told, err, runs)
		}
		stored := map[change.RecordID]bool{}
		err = d.at.Journal.View(func(tx *journal.Tx) error {
			return d.at.Records.Each(tx, "person", "", func(r *merge.Record) error { stored[r.ID()] = true; return nil })
		})
		if err != nil || len(stored) != len(told) {
			t.Errorf("%d records are stored (%v), want %d", len(stored), err, len(told))
		}
		for _, w := range told {
			if !stored[w.ID] {
				t.Errorf("%s was told and is not stored", w.ID)
			}
		}
	})
}
