package reconcile_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
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
	r     *rand.Rand
	city  *station.Station
	begun map[change.Stream]uint64 // what the city had said in the beginning
	had   map[change.Stream]bool   // its words of earlier lives
	story []string

	// forked: two lives have spoken under one name, since both went on from the
	// highest that they had heard of. One of them gives way below; what is left
	// of its words is no story about the order.
	forked bool
}

// live begins the city's first life, or puts it back.
func (s *scene) live(t *testing.T, r *rand.Rand, from backup, earlier ...*life) *life {
	t.Helper()
	l := &life{scene: s, T: t, r: r, backup: backup{copied(t, from.dir), map[*writer]int{}}, begun: map[change.Stream]uint64{}, had: map[change.Stream]bool{}}
	l.city = s.town.MustOpen(t, l.dir)
	for _, in := range l.words() {
		e, _ := l.city.Custody.Entry(in)
		l.begun[in] = e.Sealed.Seq
	}
	for _, w := range s.writers {
		w.Forget()
		for range from.said[w] { // the city has it
			l.tell(w)
		}
	}
	if len(earlier) > 0 {
		if err := l.city.Custody.Renew(t.Context(), 1+r.Uint32N(1000)); err != nil {
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
	l.tell(w)
	l.judge()
}

func (l *life) tell(w *writer) {
	l.Helper()
	l.story = append(l.story, fmt.Sprint(w.name, l.said[w]))
	w.MustSay(l, l.city, w.audience, w.batches[l.said[w]]...)
	l.said[w]++
}

// judge lets the city judge what has come, a part of it, or nothing for now.
func (l *life) judge() {
	l.Helper()
	switch l.r.IntN(3) {
	case 0:
		settle(l, l.city)
	case 1:
		if _, err := reconciler(l.city).Step(l.Context()); err != nil {
			l.Fatal(err)
		}
	}
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
	if fault.Of(err) == fault.Forked || err == nil && len(batches) == 0 {
		l.forked = true
		return
	}
	if err != nil {
		l.Fatal(err)
	}
	l.story = append(l.story, fmt.Sprintf("word%d>%s", in.Incarnation, in.Audience[len(in.Audience)-3:]))
	sender := custody.Sender{Peer: syncer.Peer{Unit: l.carrier.Unit.ID, Device: l.carrier.Stream(l.carrier.Unit).Device}}
	results, err := l.city.Custody.Append(l.Context(), sender, [][]byte{batches[0].Bytes()})
	if err != nil || results[0].Outcome != syncer.Kept {
		l.Fatalf("words: %v %v", results, err)
	}
	l.judge()
}

// lacks are the batches that the city can still hear from an earlier life.
func (l *life) lacks(from *life) (streams []change.Stream) {
	l.Helper()
	for _, in := range from.words() {
		have, _ := l.city.Custody.Entry(in)
		for at := have.Sealed; ; {
			batches, _, err := from.city.Custody.Load(in, at, 1)
			if fault.Of(err) == fault.Forked {
				l.forked = true
				return nil
			}
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
func (l *life) play(part float64, earlier ...*life) {
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
	l.r.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	for _, step := range steps[:int(part*float64(len(steps)))] {
		if !l.forked {
			step()
		}
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
	if made := l.made(); made != nil {
		r.Apply(made.Stream, made.Change)
	}
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

// heard are the words of an earlier life about who holds the record, but for
// those that this one had from the beginning.
func (l *life) heard(from *life) (all []claim) {
	l.Helper()
	for _, in := range from.words() {
		batches, _, err := from.city.Custody.Load(in, change.Mark{}, 1<<20)
		if err != nil {
			l.Fatal(err)
		}
		for _, b := range batches {
			changes, err := b.Changes()
			if err != nil {
				l.Fatal(err)
			}
			for _, c := range changes {
				if holder := c.Fields["holder"].Text(); holder != "" && b.First > l.begun[in] {
					all = append(all, claim{c.Fields["since"].Int(), change.UnitID(holder)})
				}
			}
		}
	}
	return all
}

// claim is a unit that the city has said to hold the record, and since which
// epoch.
type claim struct {
	since  int64
	holder change.UnitID
}

func (c claim) compare(o claim) int {
	return cmp.Or(cmp.Compare(c.since, o.since), cmp.Compare(c.holder, o.holder))
}

// named is the unit that the refusals at an end name, empty when they name
// none.
func (l *life) named(e end) (holder change.UnitID) {
	for _, who := range e.Refused {
		if who != "refused" {
			holder = change.UnitID(who)
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

// TestOrderDecidesNothing: a city is put back up to three times, and all that
// was said arrives again in some order, its own words among it, in pieces. Who
// holds the record, what stands of it and what is refused is the same at the
// city and at a street, and as it was said in the earliest epoch in which
// anybody was refused the record.
func TestOrderDecidesNothing(t *testing.T) {
	line := report.Begin(t, "a city put back: the order of arrival")
	persons, notices := newScene(t, "person"), newScene(t, "notice")
	persons.writer(t, "C", testkit.First, testkit.First)
	persons.writer(t, "F", testkit.Second, testkit.Second)
	persons.writer(t, "T", testkit.FarAway, testkit.FarAway)
	notices.writer(t, "D", testkit.District, testkit.Street)
	notices.writer(t, "S", testkit.Street, testkit.Street)
	notices.writer(t, "Z", testkit.FarStreet, testkit.FarStreet)
	first, count := report.Seed(), report.Scale(16, 2000)
	line.Seeds = fmt.Sprintf("%d-%d", first, first+uint64(count)-1)
	moved := 0
	for seed := first; seed < first+uint64(count); seed++ {
		line.Runs++
		s := []*scene{persons, notices}[seed%2]
		t.Run(fmt.Sprint(report.EnvSeed, "=", seed), func(t *testing.T) {
			told, wrong := s.play(t, rand.New(rand.NewPCG(seed, 0)))
			if !told {
				line.Skip(t, "two lives had one name")
			}
			if wrong {
				moved++
			}
		})
	}
	line.Figure("moved_to_another_unit", moved)
	if moved == 0 {
		t.Error("no record was taken by the wrong unit: the stories are of no use")
	}
}

// play plays a story and checks how it ends. It reports whether it was told to
// the end, and whether the record was taken by another unit than holds it then.
func (s *scene) play(t *testing.T, r *rand.Rand) (told, moved bool) {
	t.Helper()
	begin := backup{dir: s.town.RootDir}
	lives := []*life{s.live(t, r, begin)}
	if s.kind == "notice" && r.IntN(3) == 0 {
		mustPut(t, lives[0].city, s.kind, contested, byTheCity)
	}
	lives[0].play(r.Float64())
	settle(t, lives[0].city)
	for range r.IntN(3) {
		next := s.live(t, r, begin, lives...)
		next.play(r.Float64(), lives...)
		if r.IntN(2) == 0 {
			begin = next.copy()
			next.play(r.Float64(), lives...)
		}
		settle(t, next.city)
		lives = append(lives, next)
	}
	last := s.live(t, r, begin, lives...)
	last.play(1, lives...)
	settle(t, last.city)
	if slices.ContainsFunc(append(lives, last), func(l *life) bool { return l.forked }) {
		return false, false
	}
	holder := last.holder(lives)
	street := s.town.MustOpen(t, copied(t, s.street))
	s.town.MustCarry(t, last.city, street)
	last.check(last.city, holder, func(*writer) bool { return true })
	last.check(street, holder, func(w *writer) bool {
		return s.town.Tree.Below(testkit.Street.ID, w.audience.ID) || w.audience == testkit.Street
	})
	if t.Failed() {
		for i, l := range append(lives, last) {
			t.Logf("life %d: %v %v", i+1, l.story, last.heard(l))
		}
	}
	for _, l := range append(lives, last) {
		mustClose(t, l.city)
	}
	mustClose(t, street)
	return true, last.taker() != holder
}

// byTheCity is what the city itself writes.
var byTheCity = fields{"title": change.Text("city")}

// holder is who holds the record by the best of the city's words: the city, if
// it has made the record, or as the earliest epoch has it. Where nobody was
// ever refused it, it is taken anew.
func (l *life) holder(lives []*life) change.UnitID {
	l.Helper()
	if lives[0].made() != nil {
		return testkit.City.ID
	}
	var all []claim
	for _, e := range lives {
		all = append(all, l.heard(e)...)
	}
	if len(all) > 0 {
		return slices.MinFunc(all, claim.compare).holder
	}
	return cmp.Or(l.named(l.end(l.city)), l.taker())
}

// made is the change by which the city has made the record itself.
func (l *life) made() *merge.Placed {
	l.Helper()
	var made *merge.Placed
	err := l.city.Journal.View(func(tx *journal.Tx) error {
		places, err := l.city.Records.Places(tx, l.kind, contested)
		if err != nil || len(places) == 0 {
			return err
		}
		raw, err := tx.Change(places[0].Stream, places[0].Seq)
		if err != nil {
			return err
		}
		c, err := change.Decode(raw)
		made = &merge.Placed{Stream: places[0].Stream, Change: c}
		return err
	})
	if err != nil {
		l.Fatal(err)
	}
	return made
}

func (l *life) check(s *station.Station, holder change.UnitID, in func(*writer) bool) {
	l.Helper()
	got := l.end(s)
	if diff := gocmp.Diff(l.want(holder, got, in), got); diff != "" {
		l.Errorf("at the %s, held by %s: %s", s.Place.Unit, holder, diff)
	}
}
