package watch_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/syncer/streams"
)

// give has the city give a person to another community, with the one change that counts.
func (w *world) give(id change.RecordID, at records.Place, to tree.Unit) {
	w.t.Helper()
	must(w.t, w.city.Streams.Write(w.t.Context(), func(tx *streams.Writer) error {
		from, err := tx.Own(at.Author)
		if err != nil {
			return err
		}
		own, err := tx.Own(to.ID)
		if err != nil {
			return err
		}
		word := system.Custody{Kind: "person", Record: id, Number: 1, From: at.Author, To: to.ID, At: to.ID, Day: "2026-06-01", Epoch: 1}
		place, err := records.SayWord(w.city.Records, tx.Tx, from, word, 1)
		if err != nil {
			return err
		}
		for _, p := range []records.Place{place, at} {
			if _, err := w.city.Records.SayAgain(tx.Tx, own, p, 1); err != nil {
				return err
			}
		}
		return nil
	}))
}

// TestGiven: a record that the city gives to another community is gone for whoever watches
// the one, and comes to whoever watches the other, as do later changes of it.
func TestGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kit.MustPublish(t, w.city, system.Readable)
	clerk, taker := w.MustForger(t, kit.First), w.MustForger(t, kit.Second)
	clerk.MustSay(t, w.city, kit.First, person(kit.First, "a", named("甲")))
	w.sync()
	id := kit.Name(kit.First, "person", "a")
	watches := map[change.UnitID]*copied{}
	for _, unit := range []change.UnitID{kit.First.ID, kit.Second.ID} {
		q := persons
		q.Scope = unit
		watches[unit] = newCopy(q, "")
	}
	catchUp := func() {
		for unit, c := range watches {
			w.scope = unit
			w.mustCatchUp(c)
			w.wantCopy(c)
		}
	}
	catchUp()
	w.give(id, records.Place{Location: records.Location{Stream: clerk.Stream(kit.First), Seq: 1}, Author: kit.First.ID}, kit.Second)
	w.sync()
	catchUp()
	wantIDs(t, "the giver", watches[kit.First.ID].ids(), nil)
	wantIDs(t, "the taker", watches[kit.Second.ID].ids(), []string{string(id)})
	if !watches[kit.First.ID].gone[string(id)] {
		t.Error("it is not gone for the giver")
	}
	edit := person(kit.First, "a", named("乙"))
	edit.Context = change.Vector{clerk.Stream(kit.First): 1}
	taker.MustSay(t, w.city, kit.Second, edit)
	w.sync()
	catchUp()
}
