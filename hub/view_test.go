package hub_test

import (
	"os"
	"path/filepath"
	"testing"

	"tongbu/hub"
	"tongbu/hub/root"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

func (w *town) rows(h *hub.Hub, kind, filter string) int {
	w.t.Helper()
	return len(w.ask(h, question.Question{Kind: kind, Filter: filter, PageSize: 1000}).Rows)
}

// TestViewIsRebuilt: whatever became of the file, the view is the journal's.
func TestViewIsRebuilt(t *testing.T) {
	spoil := map[string]func(t *testing.T, path string){
		"deleted": func(t *testing.T, path string) { must(t, os.Remove(path)) },
		"garbage": func(t *testing.T, path string) { must(t, os.WriteFile(path, []byte("no view"), 0o600)) },
		"cut":     func(t *testing.T, path string) { must(t, os.Truncate(path, 5000)) },
		"another journal's": func(t *testing.T, path string) {
			other := newTown(t)
			other.MustForger(t, kit.Second).MustSay(t, other.city.Replica, kit.Second, kit.People(0, 30)...)
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
			w.MustForger(t, kit.First).MustSay(t, w.city.Replica, kit.First, kit.People(0, 20)...)
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
// The street takes the city's history, and its view is rebuilt, also when
// the street ends before it was.
func TestHistoryGivesWay(t *testing.T) {
	for name, crash := range map[string]bool{"running": false, "ended before": true} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			street, dir := w.hub(kit.Street, true)
			clone := w.MustForger(t, kit.First)
			clone.MustSay(t, street.Replica, kit.First, kit.People(0, 5)...)
			w.wantSound(street)
			clone.Forget()
			clone.MustSay(t, w.city.Replica, kit.First, kit.People(10, 3)...)
			if !crash {
				w.run(t, street)
			}
			clone.MustGiveWay(t, w.city.Replica, street.Replica, kit.First)
			if crash {
				must(t, street.Close())
				street = w.open(w.MustOpen(t, dir), true)
			} else {
				kit.MustAwait(t, "the view is rebuilt", func() bool { return w.rows(street, "person", "") == 3 })
			}
			w.wantSound(street)
			if got := w.rows(street, "person", ""); got != 3 {
				t.Errorf("got %d rows, want the 3 of the city's history", got)
			}
		})
	}
}

// TestTreeReachesTheViewAtRest: a unit gets another code, and nothing arrives at
// the street after that.
func TestTreeReachesTheViewAtRest(t *testing.T) {
	w := newTown(t)
	street, _ := w.hub(kit.Street, true)
	w.MustForger(t, kit.First).MustSay(t, street.Replica, kit.First, kit.People(0, 3)...)
	w.run(t, street)
	kit.MustAwait(t, "the view follows", func() bool { return w.rows(street, "person", "") == 3 })
	const code = "990101001099"
	units := kit.Units()
	for i := range units {
		if units[i].ID == kit.First.ID {
			units[i].Code = code
		}
	}
	must(t, root.NewAdmission(w.city.Replica).PutUnits(t.Context(), units))
	w.MustCarry(t, w.city.Replica, street.Replica)
	kit.MustAwait(t, "the new code", func() bool { return w.rows(street, "person", `community = "`+code+`"`) == 3 })
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
	clerk.MustSay(t, s, kit.First, kit.People(0, 3)...)
	kit.MustAwait(t, "the city records what arrives", func() bool {
		e, ok := s.Streams.Entry(clerk.Stream(kit.First))
		return ok && e.Receipt.Seq == 3
	})
	if now := w.status(w.city).View; now.Applied != before || now.Behind == 0 {
		t.Errorf("the view is at %d, %d behind; want it to wait at %d", now.Applied, now.Behind, before)
	}
}

// TestAskedUnserved: a directory that nobody serves knows how far its view is.
func TestAskedUnserved(t *testing.T) {
	w := newTown(t)
	w.MustForger(t, kit.First).MustSay(t, w.city.Replica, kit.First, kit.People(0, 3)...)
	w.verify(w.city) // follows the journal
	must(t, w.city.Close())
	s, err := replica.Open(w.Config(t, w.RootDir))
	must(t, err)
	w.city = w.open(s, true)
	a := w.ask(w.city, question.Question{Kind: "person"})
	if len(a.Rows) != 3 || a.Coverage.Pending != 0 {
		t.Errorf("%d rows and %d changes on the way, want 3 and none", len(a.Rows), a.Coverage.Pending)
	}
	if v := w.status(w.city).View; v.Behind != 0 {
		t.Errorf("the view is %d behind", v.Behind)
	}
}
