package reconcile_test

import (
	"os"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/station"
	"tongbu/internal/testkit"
)

// putBack is a city that is put back to a copy of before two communities wrote
// one record: the first's change stood, the second's was refused. A street
// still has what the city said of it.
type putBack struct {
	*world
	street        *station.Station
	first, second *testkit.Forger
}

func newPutBack(t *testing.T) *putBack {
	t.Helper()
	w := newWorld(t)
	b := &putBack{world: w, street: w.town.MustStation(t, w.city, testkit.Street), first: w.town.MustForger(t, testkit.First), second: w.town.MustForger(t, testkit.Second)}
	if err := w.city.Close(); err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(w.town.RootDir)); err != nil {
		t.Fatal(err)
	}
	w.city = w.town.MustOpen(t, w.town.RootDir)
	b.rightful()
	b.foreign()
	w.town.MustCarry(t, w.city, b.street)
	if err := w.city.Close(); err != nil {
		t.Fatal(err)
	}
	w.city = w.town.MustOpen(t, copied)
	if err := w.city.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.first.Forget()
	b.second.Forget()
	return b
}

// rightful is what the community that holds the record has written.
func (b *putBack) rightful() {
	b.first.MustSay(b, b.city, testkit.First, person("p-1", named("甲"), nil), person("p-1", fields{"phone": change.Text("1")}, change.Vector{b.first.Stream(testkit.First): 1}))
	b.settle()
}

// foreign is what another has.
func (b *putBack) foreign() {
	b.second.MustSay(b, b.city, testkit.Second, person("p-1", named("乙"), nil))
	b.settle()
}

// words are the city's own of before, which the street gives back, together
// with what else it holds: the rest of an order may come with them.
func (b *putBack) words() {
	b.town.MustCarry(b, b.street, b.city)
	b.settle()
}

// refusedNow lists the places whose refusals stand, by all that the city has said.
func (b *putBack) refusedNow() map[string]bool {
	b.Helper()
	b.town.MustCarry(b, b.city, b.street)
	stands := map[string]bool{}
	err := b.street.Journal.View(func(tx *journal.Tx) error {
		return tx.Streams(func(info journal.StreamInfo) error {
			for seq := uint64(1); seq <= info.Sealed.Seq; seq++ {
				raw, err := tx.Change(info.Stream, seq)
				if err != nil {
					return err
				}
				if c, err := change.Decode(raw); err == nil && c.Kind == records.RefusalKind {
					stands[string(c.Record)] = c.Fields["valid"].Text() != "0"
				}
			}
			return nil
		})
	})
	if err != nil {
		b.Fatal(err)
	}
	return stands
}

// TestPutBackCityKeepsItsWord: in whatever order things arrive again, the
// change that stood stands and the one that was refused is refused.
func TestPutBackCityKeepsItsWord(t *testing.T) {
	for _, order := range []string{"foreign rightful words", "foreign words rightful", "rightful foreign words", "rightful words foreign", "words foreign rightful", "words rightful foreign"} {
		t.Run(order, func(t *testing.T) {
			b := newPutBack(t)
			for _, what := range strings.Fields(order) {
				map[string]func(){"foreign": b.foreign, "rightful": b.rightful, "words": b.words}[what]()
			}
			for place, stands := range b.refusedNow() {
				if foreign := strings.HasPrefix(place, string(b.second.Stream(testkit.Second).Device)); stands != foreign {
					t.Errorf("the refusal of %s stands: %v", place, stands)
				}
			}
			b.first.MustSay(t, b.city, testkit.First, person("p-1", fields{"phone": change.Text("2")}, change.Vector{b.first.Stream(testkit.First): 2}))
			b.settle()
			for place, stands := range b.refusedNow() {
				if strings.HasPrefix(place, string(b.first.Stream(testkit.First).Device)) && stands {
					t.Errorf("the holder's next change is refused: %s", place)
				}
			}
		})
	}
}

// TestFirstContenderInherits: of several units that were refused a record, it
// goes to the one that was refused first, whatever their devices are called.
func TestFirstContenderInherits(t *testing.T) {
	for range 6 { // names of devices are drawn: either may sort first
		b := newPutBack(t)
		third := b.town.MustForger(t, testkit.FarAway)
		b.foreign()
		b.rightful()
		third.MustSay(t, b.city, testkit.FarAway, person("p-1", named("丙"), nil))
		b.settle()
		b.words()
		b.town.MustCarry(t, b.city, b.street)
		for _, s := range []*station.Station{b.city, b.street} {
			states, err := records.Replay(t.Context(), records.Source{Journal: s.Journal, City: testkit.City.ID})
			if err != nil {
				t.Fatal(err)
			}
			r := states[records.Key{Kind: "person", ID: "p-1"}]
			if r == nil || r.Value("name").Text() != "甲" || r.Value("phone").Text() != "1" {
				t.Fatalf("the record is %v, want what its holder wrote", r)
			}
		}
	}
}
