package hub_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tongbu/hub"
	"tongbu/hub/root"
	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/internal/vault"
	"tongbu/node/replica"
)

func (w *town) rows(h *hub.Hub, kind, filter string) int {
	w.t.Helper()
	return len(w.ask(h, question.Question{Kind: kind, Filter: filter, PageSize: 1000}).Rows)
}

// TestViewFollows: all that arrived is in the view, which stands at the
// journal's last arrival.
func TestViewFollows(t *testing.T) {
	w := newTown(t)
	clerk := w.MustForger(t, kit.First)
	for n := 0; n < 300; n += 3 { // more arrivals than one step takes
		clerk.MustSay(t, w.city.Replica, kit.First, people(n, 3)...)
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

// TestViewIsMadeAnew: whatever became of the file, the view is the journal's.
func TestViewIsMadeAnew(t *testing.T) {
	spoil := map[string]func(t *testing.T, path string){
		"deleted": func(t *testing.T, path string) { must(t, os.Remove(path)) },
		"garbage": func(t *testing.T, path string) { must(t, os.WriteFile(path, []byte("no view"), 0o600)) },
		"cut":     func(t *testing.T, path string) { must(t, os.Truncate(path, 5000)) },
		"another journal's": func(t *testing.T, path string) {
			other := newTown(t)
			other.MustForger(t, kit.Second).MustSay(t, other.city.Replica, kit.Second, people(0, 30)...)
			other.verify(other.city)
			must(t, other.city.Close())
			raw, err := os.ReadFile(filepath.Join(other.RootDir, hub.ViewFile))
			must(t, err)
			must(t, os.WriteFile(path, raw, 0o600))
		},
	}
	for name, damage := range spoil {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			w.MustForger(t, kit.First).MustSay(t, w.city.Replica, kit.First, people(0, 20)...)
			w.wantSound(w.city)
			must(t, w.city.Close())
			for _, suffix := range []string{"-wal", "-shm"} {
				_ = os.Remove(filepath.Join(w.RootDir, hub.ViewFile+suffix)) // a clean close leaves none
			}
			damage(t, filepath.Join(w.RootDir, hub.ViewFile))
			w.city = w.open(w.MustOpen(t, w.RootDir), true)
			if v := w.wantSound(w.city); v.View != 20+len(kit.Units()) {
				t.Errorf("got %d rows compared, want %d", v.View, 20+len(kit.Units()))
			}
			if got := w.rows(w.city, "person", ""); got != 20 {
				t.Errorf("got %d rows, want 20", got)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestHistoryGivesWay: a clone told the street one thing and the city another.
// The street takes the city's history, and its view begins anew, also when
// the street ends before it has.
func TestHistoryGivesWay(t *testing.T) {
	for name, crash := range map[string]bool{"running": false, "ended before": true} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			street, dir := w.hub(kit.Street, true)
			clone := w.MustForger(t, kit.First)
			clone.MustSay(t, street.Replica, kit.First, people(0, 5)...)
			w.wantSound(street)
			clone.Forget()
			clone.MustSay(t, w.city.Replica, kit.First, people(10, 3)...)
			if !crash {
				w.run(t, street)
			}
			clone.MustGiveWay(t, w.city.Replica, street.Replica, kit.First)
			if crash {
				must(t, street.Close())
				street = w.open(w.MustOpen(t, dir), true)
			} else {
				await(t, "the view has begun anew", func() bool { return w.rows(street, "person", "") == 3 })
			}
			w.wantSound(street)
			if got := w.rows(street, "person", ""); got != 3 {
				t.Errorf("got %d rows, want the 3 of the city's history", got)
			}
		})
	}
}

// TestTreeReachesTheViewAtRest: a unit is coded anew, and nothing arrives at
// the street after that.
func TestTreeReachesTheViewAtRest(t *testing.T) {
	w := newTown(t)
	street, _ := w.hub(kit.Street, true)
	w.MustForger(t, kit.First).MustSay(t, street.Replica, kit.First, people(0, 3)...)
	w.run(t, street)
	await(t, "the view follows", func() bool { return w.rows(street, "person", "") == 3 })
	const code = "990101001099"
	units := kit.Units()
	for i := range units {
		if units[i].ID == kit.First.ID {
			units[i].Code = code
		}
	}
	must(t, root.NewAdmission(w.city.Replica).PutUnits(t.Context(), units))
	w.MustCarry(t, w.city.Replica, street.Replica)
	await(t, "the new code", func() bool { return w.rows(street, "person", `community = "`+code+`"`) == 3 })
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
			c := person("hot", fmt.Sprint(n))
			c.Context = hot.Clone()
			hot.Add(c.Dot(clerk.Stream(kit.First)))
			clerk.MustSay(w.t, w.city.Replica, kit.First, c, people(n*5, 1)[0])
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
	w.MustForger(t, kit.First).MustSay(t, w.city.Replica, kit.First, people(0, 3)...)
	w.wantSound(w.city)
	must(t, w.city.Close())
	forged := people(0, 3)
	for _, c := range forged {
		c.Fields["name"] = change.Text("乙")
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
	v, err := sqlite.Open(t.Context(), filepath.Join(w.RootDir, hub.ViewFile), s.Schema, view.Options{Key: kit.Vault().Key(vault.View),
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

// TestViewTakesNoneOfTheReserve: while the disk is full the city records on,
// and the view, which would use up what is left, waits.
func TestViewTakesNoneOfTheReserve(t *testing.T) {
	w := newTown(t)
	must(t, w.city.Close())
	cfg := w.Config(t, w.RootDir)
	cfg.Reserve = 1 << 50 // more than any disk has room for
	s, err := replica.Open(cfg)
	must(t, err)
	w.city = w.open(s, true)
	w.run(t, w.city)
	clerk := w.MustForger(t, kit.First)
	before := w.status(w.city).View.Applied
	clerk.MustSay(t, s, kit.First, people(0, 3)...)
	await(t, "the city records what arrives", func() bool {
		e, ok := s.Streams.Entry(clerk.Stream(kit.First))
		return ok && e.Receipt.Seq == 3
	})
	if now := w.status(w.city).View; now.Applied != before || now.Behind == 0 {
		t.Errorf("the view is at %d, %d behind; want it to wait at %d", now.Applied, now.Behind, before)
	}
}
