package reconcile_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
)

// said is what the city says: how many words about one place, and its ranges as
// "from-to count rule".
type said struct {
	Alone  int
	Ranges []string
}

func (w *world) words() (got said) {
	w.Helper()
	err := w.city.Journal.View(func(tx *journal.Tx) error {
		return w.city.Records.Each(tx, system.RefusalKind, "", func(r *merge.Record) error {
			if of, ok := system.RangeFrom(r); ok {
				got.Ranges = append(got.Ranges, fmt.Sprintf("%d-%d %d %s", of.From, of.To, of.Count, of.Rule))
				return nil
			}
			got.Alone++
			return nil
		})
	})
	if err != nil {
		w.Fatal(err)
	}
	slices.Sort(got.Ranges)
	return got
}

func (w *world) wantWords(want said) {
	w.Helper()
	if diff := cmp.Diff(want, w.words()); diff != "" {
		w.Error(diff)
	}
}

func newRangedWorld(tb testing.TB) *world {
	tb.Helper()
	w := newWorld(tb)
	kit.MustPublish(tb, w.city, system.Readable)
	w.settle()
	return w
}

// wrong are so many persons, numbered from n on, that break a rule; good ones break
// none.
func wrong(n, count int, values fields) []*change.Change {
	var all []*change.Change
	for i := range count {
		all = append(all, person(change.RecordID(fmt.Sprintf("w-%d", n+i)), maps.Clone(values), nil))
	}
	return all
}

var noName, noDay = fields{"phone": change.Text("1")}, fields{"name": change.Text("甲"), "birth_date": change.Text("1990-02-30")}

// TestManyRefusalsAreOneWord: beyond a number of words in one transaction, what one
// rule refuses of a stream is said together; what stands within stands.
func TestManyRefusalsAreOneWord(t *testing.T) {
	w := newRangedWorld(t)
	clerk := w.town.MustForger(t, kit.First)
	in := clerk.Stream(kit.First)
	batch := wrong(0, 200, noName)
	batch[150].Fields = batch[150].Fields.With("name", change.Text("甲")) // place 151 is right
	clerk.MustSay(t, w.city, kit.First, batch...)
	w.settle()
	w.wantWords(said{Alone: 100, Ranges: []string{"101-200 99 missing"}})
	if got := recorded(t, w.city)[in]; got.Seq != 200 {
		t.Errorf("receipt: got %d, want all covered", got.Seq)
	}
	err := w.city.Journal.View(func(tx *journal.Tx) error {
		n, err := w.city.Records.Refused(tx, in, 200)
		if n != 199 {
			t.Errorf("%d refused, want 199", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	w.settle()
	w.wantWords(said{Alone: 100, Ranges: []string{"101-200 99 missing"}})
}

// TestSingleWordsUntilPublished: as long as some device reads no other.
func TestSingleWordsUntilPublished(t *testing.T) {
	w := newWorld(t)
	w.town.MustForger(t, kit.First).MustSay(t, w.city, kit.First, wrong(0, 200, noName)...)
	w.settle()
	w.wantWords(said{Alone: 200})
}

// TestRulesAreToldApart, but not very many of them: else there would be a word for
// each change again.
func TestRulesAreToldApart(t *testing.T) {
	w := newRangedWorld(t)
	clerk, other := w.town.MustForger(t, kit.First), w.town.MustForger(t, kit.Second)
	other.MustSay(t, w.city, kit.Second, wrong(0, 100, noName)...)
	var batch []*change.Change
	for i := range 10 {
		batch = append(batch, wrong(1000+2*i, 1, noName)[0], wrong(1001+2*i, 1, noDay)[0])
	}
	clerk.MustSay(t, w.city, kit.First, batch...)
	w.settle()
	w.wantWords(said{Alone: 100, Ranges: []string{"1-19 10 missing", "2-20 10 date"}})

	batch = nil
	for i := range 20 {
		rules := []fields{noName, noDay, {"name": change.Int(1)}, {"name": change.Text("甲"), "id_number": change.Text("990101190001010011")},
			{"name": change.Text(strings.Repeat("甲", 60))}}
		batch = append(batch, wrong(2000+i, 1, rules[i%len(rules)])[0])
	}
	other.MustSay(t, w.city, kit.Second, wrong(3000, 100, noName)...)
	clerk.MustSay(t, w.city, kit.First, batch...)
	w.settle()
	got := w.words()
	if n := len(got.Ranges); got.Alone != 200 || n != 3 || !strings.Contains(strings.Join(got.Ranges, "\n"), "21-40 20 several_rules") {
		t.Errorf("got %+v, want one more range, of several rules", got)
	}
}

// TestUnreadableBatchIsARange: all of it has no effect, so all of it is counted.
func TestUnreadableBatchIsARange(t *testing.T) {
	w := newRangedWorld(t)
	clerk := w.town.MustForger(t, kit.First)
	clerk.MustSayRaw(t, w.city, kit.First, []byte("no change"), []byte("at all"), []byte("here"))
	clerk.MustSayRaw(t, w.city, kit.First, []byte("nor here"))
	w.settle()
	w.wantWords(said{Alone: 1, Ranges: []string{"1-3 3 unreadable"}})
}

// TestSlow: against a device of which very many words stand, its changes are judged
// many together, or after an hour; no other waits, and nothing is left out.
func TestSlow(t *testing.T) {
	w := newRangedWorld(t)
	clerk, other := w.town.MustForger(t, kit.First), w.town.MustForger(t, kit.Second)
	in := clerk.Stream(kit.First)
	covered := func(when string, want uint64) {
		t.Helper()
		w.settle()
		if got := recorded(t, w.city)[in].Seq; got != want {
			t.Errorf("%s: got %d covered, want %d", when, got, want)
		}
	}
	for i := range 10 {
		clerk.MustSay(t, w.city, kit.First, wrong(i*100, 100, noName)...)
		covered("not slow yet", uint64(i+1)*100)
	}
	clerk.MustSay(t, w.city, kit.First, wrong(2000, 600, noName)...)
	covered("600 wait", 1000)
	other.MustSay(t, w.city, kit.Second, person("p-1", named("甲"), nil))
	w.settle()
	if got := recorded(t, w.city)[other.Stream(kit.Second)].Seq; got != 1 {
		t.Errorf("another device: got %d covered, want 1", got)
	}
	clerk.MustSay(t, w.city, kit.First, wrong(3000, 400, noName)...)
	covered("1000 are together", 2000)
	w.wantWords(said{Alone: 1000, Ranges: []string{"1001-2000 1000 missing"}})

	clerk.MustSay(t, w.city, kit.First, person("p-2", named("乙"), nil), wrong(4000, 1, noName)[0])
	covered("two wait", 2000)
	late := func(when string, want uint64) {
		t.Helper()
		if err := kit.Reconciler(w.city).JudgeLate(t.Context()); err != nil {
			t.Fatal(err)
		}
		covered(when, want)
	}
	w.town.Clock.Advance(59 * time.Minute)
	late("not for an hour", 2000)
	w.town.Clock.Advance(time.Minute)
	late("for an hour", 2002)
	late("again", 2002)
	clerk.MustSay(t, w.city, kit.First, person("p-3", named("丙"), nil))
	covered("one waits", 2002)
	w.town.Clock.Advance(-24 * time.Hour)
	late("the clock is set back, and how long it has waited is unknown", 2003)
	w.wantWords(said{Alone: 1001, Ranges: []string{"1001-2000 1000 missing"}})
}

// TestSlowNoMore: once its words are taken back, what waits is judged in its order.
func TestSlowNoMore(t *testing.T) {
	w := newRangedWorld(t)
	clerk := w.town.MustForger(t, kit.First)
	in := clerk.Stream(kit.First)
	for i := range 10 {
		clerk.MustSay(t, w.city, kit.First, wrong(i*100, 100, noName)...)
		w.settle()
	}
	clerk.MustSay(t, w.city, kit.First, person("p-1", named("甲"), nil))
	w.settle()
	mustPut(t, w.city, system.RefusalKind, system.WordID(in, 7), fields{merge.VoidField: change.Text("0")})
	clerk.MustSay(t, w.city, kit.First, person("p-2", named("乙"), nil))
	w.settle()
	if got := recorded(t, w.city)[in].Seq; got != 1002 {
		t.Errorf("got %d covered, want all 1002", got)
	}
}
