package reconcile_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"testing"

	"tongbu/hub/reconcile"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node/replica"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// What a story is about: one record that several units write.
const contested change.RecordID = "r-1"

// writer is a unit that writes the record, a batch at a time.
type writer struct {
	*kit.Forger
	name     string
	audience tree.Unit
	batches  [][]*change.Change
}

func (w *writer) stream() change.Stream { return w.Stream(w.audience) }

// scene is what all stories begin with: a city and a street that know the
// tree, and units that will write one record.
type scene struct {
	town    *kit.Town
	kind    string
	street  string      // a directory to copy
	carrier *kit.Forger // brings the city's words back
	writers []*writer
	ranged  bool // all that the city refuses it refuses by ranges
}

func newScene(t *testing.T, kind string, ranged bool) *scene {
	t.Helper()
	w := newWorld(t)
	if ranged {
		kit.MustPublish(t, w.city, system.Readable)
	}
	s := &scene{ranged: ranged, town: w.town, kind: kind, street: w.town.MustJoin(t, kit.Street), carrier: w.town.MustForger(t, kit.District)}
	street := w.town.MustOpen(t, s.street)
	w.town.MustCarry(t, w.city, street)
	mustClose(t, w.city, street)
	return s
}

func mustClose(t *testing.T, replicas ...*replica.Replica) {
	t.Helper()
	for _, s := range replicas {
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
		w.batches = append(w.batches, []*change.Change{{Kind: s.kind, Record: contested, Fields: change.FieldsOf(values), Context: context, Actor: "clerk", At: 1}})
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
	r     *rand.Rand // nil: nothing is drawn
	holds bool       // nothing is judged for now
	city  *replica.Replica
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
		e, _ := l.city.Streams.Entry(in)
		l.begun[in] = e.Sealed.Seq
	}
	for _, w := range s.writers {
		w.Forget()
		for range from.said[w] { // the city has it
			l.tell(w)
		}
	}
	if len(earlier) > 0 {
		l.renew(1 << len(earlier))
	}
	for _, e := range earlier {
		for _, in := range e.words() {
			l.had[in] = true
		}
	}
	return l
}

// renew tells the city that it was put back: its next name is above all that
// it knows.
func (l *life) renew(by uint32) {
	l.Helper()
	if l.r != nil {
		by = 1 + l.r.Uint32N(1000)
	}
	if err := l.city.Streams.Renew(l.Context(), by); err != nil {
		l.Fatal(err)
	}
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
	switch {
	case l.holds:
	case l.r == nil || l.r.IntN(3) == 0:
		l.judgeAll()
	case l.r.IntN(2) == 0:
		l.judgeNext()
	}
}

// judgeNext judges the next arrivals, and reports whether there were any.
func (l *life) judgeNext() bool {
	l.Helper()
	cfg := kit.Judging(l.city)
	if l.ranged {
		cfg.WordsAtOnce = -1
	}
	more, err := kit.JudgeNextBy(l.Context(), l.city, reconcile.New(cfg))
	if err != nil {
		l.Fatal(err)
	}
	return more
}

func (l *life) judgeAll() {
	l.Helper()
	for l.judgeNext() {
	}
}

// words are the streams that the city has spoken in for the first time.
func (l *life) words() (streams []change.Stream) {
	entries, _ := l.city.Streams.Entries()
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
	have, _ := l.city.Streams.Entry(in)
	batches, _, err := from.city.Streams.Load(in, have.Sealed, 1)
	if fault.Of(err) == fault.Forked || err == nil && len(batches) == 0 {
		l.forked = true
		return
	}
	if err != nil {
		l.Fatal(err)
	}
	l.story = append(l.story, fmt.Sprintf("word%d>%s", in.Incarnation, in.Audience[len(in.Audience)-3:]))
	sender := streams.Sender{Peer: syncer.Peer{Unit: l.carrier.Unit.ID, Device: l.carrier.Stream(l.carrier.Unit).Device}}
	results, err := l.city.Streams.Append(l.Context(), sender, [][]byte{batches[0].Bytes()})
	if err != nil || results[0].Outcome != syncer.Kept {
		l.Fatalf("words: %v %v", results, err)
	}
	l.judge()
}

// lacks are the batches that the city can still hear from an earlier life.
func (l *life) lacks(from *life) (streams []change.Stream) {
	l.Helper()
	for _, in := range from.words() {
		have, _ := l.city.Streams.Entry(in)
		for at := have.Sealed; ; {
			batches, _, err := from.city.Streams.Load(in, at, 1)
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
