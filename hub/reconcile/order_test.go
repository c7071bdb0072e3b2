package reconcile_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/station"
	"tongbu/internal/testkit"
	"tongbu/internal/testkit/report"
	"tongbu/internal/tree"
	"tongbu/syncer"
	"tongbu/syncer/custody"
)

// What a story is about: one record that several units write.
const contested change.RecordID = "r-1"

// writer is a unit that writes the record, a batch at a time.
type writer struct {
	*testkit.Forger
	name     string
	audience tree.Unit
	batches  [][]*change.Change
	bad      int // place of a change that no rule lets stand; 0: it has none
}

func (w *writer) stream() change.Stream { return w.Stream(w.audience) }

// scene is what all stories begin with: a city and a street that know the
// tree, and units that will write one record.
type scene struct {
	town    *testkit.Town
	kind    string
	street  string          // a directory to copy
	carrier *testkit.Forger // brings the city's words back
	writers []*writer
}

func newScene(t *testing.T, kind string) *scene {
	t.Helper()
	w := newWorld(t)
	s := &scene{town: w.town, kind: kind, street: w.town.MustJoin(t, testkit.Street), carrier: w.town.MustForger(t, testkit.District)}
	street := w.town.MustOpen(t, s.street)
	w.town.MustCarry(t, w.city, street)
	mustClose(t, w.city, street)
	return s
}

func mustClose(t *testing.T, stations ...*station.Station) {
	t.Helper()
	for _, s := range stations {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// writer adds one that writes four batches: a value of the wrong type, which
// takes nothing; the record; an edit, which is followed by a bad one.
func (s *scene) writer(t *testing.T, name string, unit, audience tree.Unit) {
	t.Helper()
	w := &writer{Forger: s.town.MustForger(t, unit), name: name, audience: audience}
	head, tail := "name", "phone"
	if s.kind == "notice" {
		head, tail = "title", "body"
	}
	for i, values := range []fields{{head: change.Int(1)}, {head: change.Text(name)}, {tail: change.Text(name + " 2")}, {head: change.Null}} {
		context := change.Vector{w.stream(): uint64(i)}
		if i == 0 {
			context = nil
		}
		w.batches = append(w.batches, []*change.Change{{Kind: s.kind, Record: contested, Fields: values, Context: context, Actor: "clerk", At: 1}})
	}
	s.writers = append(s.writers, w)
}

// backup is a copy of the city, and how far each writer had spoken to it.
type backup struct {
	dir  string
	said map[*writer]int
}

// life is the city between two times that it is put back.
type life struct {
	*scene
	*testing.T
	backup
	city  *station.Station
	had   map[change.Stream]bool // the city's words of earlier lives
	story []string
}

// live begins the city's first life, or puts it back.
func (s *scene) live(t *testing.T, from backup, earlier ...*life) *life {
	t.Helper()
	l := &life{scene: s, T: t, backup: backup{copied(t, from.dir), map[*writer]int{}}, had: map[change.Stream]bool{}}
	l.city = s.town.MustOpen(t, l.dir)
	for _, w := range s.writers {
		w.Forget()
		for range from.said[w] { // the city has it
			l.say(w)
		}
	}
	if len(earlier) > 0 {
		if err := l.city.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range earlier {
		for _, in := range e.words() {
			l.had[in] = true
		}
	}
	return l
}

// copy is a backup of the city as it is now.
func (l *life) copy() backup {
	l.Helper()
	mustClose(l.T, l.city)
	b := backup{copied(l.T, l.dir), maps.Clone(l.said)}
	l.city = l.town.MustOpen(l, l.dir)
	return b
}

func copied(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// say has a writer say its next batch to the city, which judges it.
func (l *life) say(w *writer) {
	l.Helper()
	l.story = append(l.story, fmt.Sprint(w.name, l.said[w]))
	w.MustSay(l, l.city, w.audience, w.batches[l.said[w]]...)
	l.said[w]++
	settle(l, l.city)
}

// words are the streams that the city has spoken in for the first time.
func (l *life) words() (streams []change.Stream) {
	entries, _ := l.city.Custody.Entries()
	for _, e := range entries {
		if e.Stream.Device == l.city.Keys.Device() && e.Sealed.Seq > 0 && !l.had[e.Stream] {
			streams = append(streams, e.Stream)
		}
	}
	return streams
}

// hear brings the next batch of the words of an earlier life.
func (l *life) hear(from *life, in change.Stream) {
	l.Helper()
	have, _ := l.city.Custody.Entry(in)
	batches, _, err := from.city.Custody.Load(in, have.Sealed, 1)
	if err != nil || len(batches) == 0 {
		l.Fatalf("words after %d: %v", have.Sealed.Seq, err)
	}
	l.story = append(l.story, fmt.Sprintf("word%d>%s", in.Incarnation, in.Audience[len(in.Audience)-3:]))
	sender := custody.Sender{Peer: syncer.Peer{Unit: l.carrier.Unit.ID, Device: l.carrier.Stream(l.carrier.Unit).Device}}
	results, err := l.city.Custody.Append(l.Context(), sender, [][]byte{batches[0].Bytes()})
	if err != nil || results[0].Outcome != syncer.Kept {
		l.Fatalf("words: %v %v", results, err)
	}
	settle(l, l.city)
}

// lacks are the batches that the city can still hear from an earlier life.
func (l *life) lacks(from *life) (streams []change.Stream) {
	l.Helper()
	for _, in := range from.words() {
		have, _ := l.city.Custody.Entry(in)
		for at := have.Sealed; ; {
			batches, _, err := from.city.Custody.Load(in, at, 1)
			if err != nil {
				l.Fatal(err)
			}
			if len(batches) == 0 {
				break
			}
			streams, at = append(streams, in), batches[0].End()
		}
	}
	return streams
}

// play does what is left, or a part of it, in an order that is drawn.
func (l *life) play(r *rand.Rand, part float64, earlier ...*life) {
	l.Helper()
	var steps []func()
	for _, w := range l.writers {
		for range w.batches[l.said[w]:] {
			steps = append(steps, func() { l.say(w) })
		}
	}
	for _, e := range earlier {
		for _, in := range l.lacks(e) {
			steps = append(steps, func() { l.hear(e, in) })
		}
	}
	r.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	for _, step := range steps[:int(part*float64(len(steps)))] {
		step()
	}
}

// end is what stands at a station: the record, and what is refused.
type end struct {
	Record  string
	Refused map[string]string // place -> holder named, or another rule
}

func (l *life) end(s *station.Station) end {
	l.Helper()
	states, err := records.Replay(l.Context(), records.Source{Journal: s.Journal, City: testkit.City.ID})
	if err != nil {
		l.Fatal(err)
	}
	got := end{Refused: map[string]string{}}
	if r := states[records.Key{Kind: l.kind, ID: contested}]; r != nil {
		got.Record = shown(r)
	}
	for k, r := range states {
		if _, stands := records.RefusalOf(r); k.Kind == records.RefusalKind && stands {
			got.Refused[l.place(r)] = "refused"
			if rule := r.Value("rule").Text(); rule == "not_the_custodian" {
				got.Refused[l.place(r)] = r.Value("holder").Text()
			}
		}
	}
	return got
}

func (l *life) place(refusal *merge.Record) string {
	for _, w := range l.writers {
		if w.stream().String() == refusal.Value("stream").Text() {
			return fmt.Sprint(w.name, refusal.Value("seq").Int()-1)
		}
	}
	return "elsewhere"
}

func shown(r *merge.Record) string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(r.Values())) {
		parts = append(parts, field+"="+r.Value(field).Text())
	}
	return strings.Join(parts, " ")
}

// want is the end when the unit holds the record: of what the writers in sight
// have said, its own stands but for the bad, and all else is refused in its
// name. That another's change is bad as well may be what was seen first.
func (l *life) want(holder change.UnitID, got end, in func(*writer) bool) end {
	l.Helper()
	want, r := end{Refused: map[string]string{}}, merge.New(l.kind, contested)
	for _, w := range l.writers {
		for i, batch := range w.batches[:l.said[w]] {
			mine, bad := w.Unit.ID == holder || w.audience.ID == holder, i == 0 || i == 3
			place := fmt.Sprint(w.name, i)
			switch {
			case !in(w):
			case mine && !bad:
				r.Apply(w.stream(), batch[0])
			case mine, bad && got.Refused[place] == "refused":
				want.Refused[place] = "refused"
			default:
				want.Refused[place] = string(holder)
			}
		}
	}
	want.Record = shown(r)
	return want
}

// named is the unit that the refusals at an end name, empty when they name
// none.
func (l *life) named(e end) (holder change.UnitID) {
	for _, who := range e.Refused {
		switch {
		case who == "refused" || who == string(holder):
		case holder == "":
			holder = change.UnitID(who)
		default:
			l.Errorf("refusals name %s and %s", holder, who)
		}
	}
	return holder
}

// taker is the unit that was first to write the record.
func (l *life) taker() change.UnitID {
	for _, what := range l.story {
		for _, w := range l.writers {
			if what == w.name+"1" {
				return w.Unit.ID
			}
		}
	}
	return ""
}

// TestOrderDecidesNothing: a city is put back once or twice, and all that was
// said arrives again in some order, its own words among it, in pieces. Who
// holds the record, what stands of it and what is refused is the same at the
// city and at a street: what was said in the first life in which anybody was
// refused it.
func TestOrderDecidesNothing(t *testing.T) {
	line := report.Begin(t, "a city put back: the order of arrival")
	scenes := map[string]*scene{"person": newScene(t, "person"), "notice": newScene(t, "notice")}
	scenes["person"].writer(t, "C", testkit.First, testkit.First)
	scenes["person"].writer(t, "F", testkit.Second, testkit.Second)
	scenes["person"].writer(t, "T", testkit.FarAway, testkit.FarAway)
	scenes["notice"].writer(t, "D", testkit.District, testkit.Street)
	scenes["notice"].writer(t, "S", testkit.Street, testkit.Street)
	scenes["notice"].writer(t, "Z", testkit.FarStreet, testkit.FarStreet)
	first, count := report.Seed(), report.Scale(24, 2000)
	line.Seeds = fmt.Sprintf("%d-%d", first, first+uint64(count)-1)
	moved := 0
	for seed := first; seed < first+uint64(count); seed++ {
		line.Runs++
		s := scenes[[]string{"person", "notice"}[seed%2]]
		t.Run(fmt.Sprint(report.EnvSeed, "=", seed), func(t *testing.T) {
			l, holder := s.tell(t, rand.New(rand.NewPCG(seed, 0)))
			if l.taker() != holder {
				moved++
			}
		})
	}
	line.Figure("moved_to_another_unit", moved)
	if moved == 0 {
		t.Error("no record was taken by the wrong unit: the stories are of no use")
	}
}

// tell plays a story and checks how it ends. It returns the last life and who
// holds the record.
func (s *scene) tell(t *testing.T, r *rand.Rand) (last *life, holder change.UnitID) {
	t.Helper()
	begin := backup{dir: s.town.RootDir}
	lives := []*life{s.live(t, begin)}
	lives[0].play(r, 0.3+0.7*r.Float64())
	if r.IntN(3) > 0 {
		second := s.live(t, begin, lives[0])
		second.play(r, r.Float64(), lives[0])
		if r.IntN(2) == 0 {
			begin = second.copy()
			second.play(r, r.Float64(), lives[0])
		}
		lives = append(lives, second)
	}
	for _, l := range slices.Backward(lives) {
		if name := l.named(l.end(l.city)); name != "" {
			holder = name
		}
	}
	last = s.live(t, begin, lives...)
	last.play(r, 1, lives...)
	if holder == "" { // nobody had been refused it: it is taken anew
		holder = last.named(last.end(last.city))
	}
	street := s.town.MustOpen(t, copied(t, s.street))
	s.town.MustCarry(t, last.city, street)
	last.check(last.city, holder, func(*writer) bool { return true })
	last.check(street, holder, func(w *writer) bool { return s.town.Tree.Below(testkit.Street.ID, w.audience.ID) || w.audience == testkit.Street })
	if t.Failed() {
		for i, l := range append(lives, last) {
			t.Logf("life %d: %v", i+1, l.story)
		}
	}
	mustClose(t, append([]*station.Station{street, last.city}, lives[0].city)...)
	return last, holder
}

func (l *life) check(s *station.Station, holder change.UnitID, in func(*writer) bool) {
	l.Helper()
	got := l.end(s)
	if diff := cmp.Diff(l.want(holder, got, in), got); diff != "" {
		l.Errorf("at the %s, held by %s: %s", s.Place.Unit, holder, diff)
	}
}
