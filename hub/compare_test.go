package hub_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"tongbu/hub"
	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/test/kit"
	"tongbu/internal/vault"
)

// TestVerifyComparesTheView: it brings the view up to the journal, and every row
// is compared.
func TestVerifyComparesTheView(t *testing.T) {
	w := newTown(t)
	clerk := w.MustForger(t, kit.First)
	for n := 0; n < 300; n += 3 { // more arrivals than one step takes
		clerk.MustSay(t, w.city.Replica, kit.First, kit.People(n, 3)...)
	}
	if v := w.wantSound(w.city); v.View != 300+len(kit.Units()) {
		t.Errorf("got %d rows compared, want %d", v.View, 300+len(kit.Units()))
	}
	if got := w.rows(w.city, "person", ""); got != 300 {
		t.Errorf("got %d rows, want 300", got)
	}
	st := w.status(w.city)
	if st.View == nil || st.View.Behind != 0 || st.View.Applied != lastArrival(t, w.city) {
		t.Errorf("view: got %+v, want it at %d", st.View, lastArrival(t, w.city))
	}
}

func lastArrival(t *testing.T, h *hub.Hub) (no uint64) {
	t.Helper()
	if err := h.Replica.Journal.View(func(tx *journal.Tx) error {
		no = tx.LastArrival()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return no
}

// TestVerifyBesideWriters: a view that is followed lags, which is no damage.
func TestVerifyBesideWriters(t *testing.T) {
	w := newTown(t)
	w.run(t, w.city)
	clerk := w.MustForger(t, kit.First)
	hot := change.Vector{}
	said := make(chan struct{})
	go func() {
		defer close(said)
		for n := range 60 {
			c := kit.Person("hot", fmt.Sprint(n))
			c.Context = hot.Clone()
			hot.Add(c.Dot(clerk.Stream(kit.First)))
			clerk.MustSay(w.t, w.city.Replica, kit.First, c, kit.People(n*5, 1)[0])
		}
	}()
	for range 4 {
		w.wantSound(w.city)
	}
	<-said
	w.wantSound(w.city)
}

// TestVerifyFindsAWrongView: rows that the journal does not make.
func TestVerifyFindsAWrongView(t *testing.T) {
	w := newTown(t)
	w.MustForger(t, kit.First).MustSay(t, w.city.Replica, kit.First, kit.People(0, 3)...)
	w.wantSound(w.city)
	must(t, w.city.Close())
	forged := kit.People(0, 3)
	for _, c := range forged {
		c.Fields = c.Fields.With("name", change.Text("乙"))
	}
	w.falsify(t, forged...)
	w.city = w.open(w.MustOpen(t, w.RootDir), true)
	if v := w.verify(w.city); v.OK || len(v.Problems) != 3 {
		t.Errorf("got %v, want a problem for each of 3 persons", v.Problems)
	}
}

// falsify writes into a closed hub's view what the journal does not have.
func (w *town) falsify(t *testing.T, changes ...*change.Change) {
	t.Helper()
	s := w.MustOpen(t, w.RootDir)
	v, err := sqlite.Open(t.Context(), filepath.Join(w.RootDir, hub.ViewFile), s.Schema.Now(), view.Options{Key: kit.Vault().Key(vault.View),
		Tree: s.Members.Tree(), City: s.Place.RootUnit, Source: fmt.Sprintf("%s/%d", s.Keys.Device(), s.History())})
	must(t, err)
	var forged []view.Change
	for i, c := range changes {
		in := change.Stream{Device: s.Keys.Device(), Incarnation: 99, Audience: kit.First.ID}
		forged = append(forged, view.Change{Stream: in, Seq: uint64(i + 1), Author: kit.First.ID, Change: c})
	}
	must(t, v.Apply(t.Context(), forged, 0))
	must(t, errors.Join(v.Close(), s.Close()))
}
