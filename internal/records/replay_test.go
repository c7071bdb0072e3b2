package records_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
)

func (f *fixture) comparison() *records.Comparison {
	return &records.Comparison{
		Source: records.Source{Journal: f.journal, City: cityUnit},
		Read: func(_ context.Context, k records.Key) (raw []byte, err error) {
			err = f.journal.View(func(tx *journal.Tx) error {
				r, err := f.store.Get(tx, k.Kind, k.ID)
				if r != nil {
					raw = r.Encode()
				}
				return err
			})
			return raw, err
		},
		Names: func(fn func(records.Key) error) error {
			return f.journal.View(func(tx *journal.Tx) error {
				keys, err := f.store.Keys(tx, records.Key{}, 1000)
				for _, k := range keys {
					if err := fn(k); err != nil {
						return err
					}
				}
				return err
			})
		},
	}
}

// sameAsReplay wants the states to be what the journal makes, and no others.
func (f *fixture) sameAsReplay() {
	f.Helper()
	_, wrong, err := f.comparison().Run(f.Context())
	if err != nil || len(wrong) > 0 {
		f.Errorf("got %v, %v: not what the journal makes of it", wrong, err)
	}
}

// history is a random one: devices that know more or less of each other edit
// records of a unit, one that has an id of before and one that names the unit; one
// device is another unit's, which has a record of that id as well, and no say in
// the other. The city refuses changes, before or after they arrive, and takes
// refusals back.
type history struct {
	*fixture
	t       *rapid.T
	tx      *journal.Tx
	writers []*writer
	said    []*change.Change // by the writers, in any order
	by      []change.Stream
	refusal []*change.Change
	n       int
}

type writer struct {
	in      change.Stream
	unit    change.UnitID
	knows   map[change.RecordID]*merge.Record
	waiting []*change.Change // written and not here yet
}

func newHistory(t *rapid.T, f *fixture, tx *journal.Tx) *history {
	h := &history{fixture: f, t: t, tx: tx}
	for i, unit := range []change.UnitID{east, east, east, west} {
		w := &writer{in: device(byte(20+i), unit), unit: unit, knows: map[change.RecordID]*merge.Record{}}
		for _, id := range historyIDs {
			w.knows[id] = merge.New("person", id)
		}
		h.writers = append(h.writers, w)
	}
	return h
}

var historyIDs = []change.RecordID{"p-1", change.NumberedRecordID(east, "person", "2")}

func (h *history) writer() *writer { return rapid.SampledFrom(h.writers).Draw(h.t, "writer") }

func (h *history) step() {
	steps := []func(){h.edit, h.edit, h.edit, h.deliver, h.deliver, h.meet, h.refuse, h.takeBack, h.refuseRange, h.decide, h.takeBack}
	rapid.SampledFrom(steps).Draw(h.t, "step")()
}

func (h *history) edit() {
	w := h.writer()
	id := rapid.SampledFrom(historyIDs).Draw(h.t, "record")
	field := rapid.SampledFrom([]string{"name", "phone", merge.VoidField}).Draw(h.t, "field")
	c := person(id, field, rapid.SampledFrom([]string{"0", "1", "2"}).Draw(h.t, "value"), w.knows[id].Context())
	w.knows[id].Apply(w.in, c)
	w.waiting = append(w.waiting, c)
	h.said, h.by = append(h.said, c), append(h.by, w.in)
}

func (h *history) deliver() {
	if w := h.writer(); len(w.waiting) > 0 {
		h.arrive(h.tx, w.in, w.unit, w.waiting[0])
		w.waiting = w.waiting[1:]
	}
}

func (h *history) meet() {
	a, b := h.writer(), h.writer()
	for id, r := range a.knows {
		r.Merge(b.knows[id])
	}
}

func (h *history) refuse() {
	if len(h.said) == 0 {
		return
	}
	i := rapid.IntRange(0, len(h.said)-1).Draw(h.t, "refused")
	h.n++
	r := refusal(change.RecordID("r-"+string(rune('a'+h.n%26))+string(rune('a'+h.n/26))), h.said[i], h.by[i])
	h.arrive(h.tx, decree, cityUnit, r)
	h.refusal = append(h.refusal, r)
}

func (h *history) takeBack() {
	if len(h.refusal) > 0 {
		h.arrive(h.tx, decree, cityUnit, takenBack(rapid.SampledFrom(h.refusal).Draw(h.t, "taken back"), decree))
	}
}

// refuseRange refuses places of a writer's stream, whatever stands there or will.
func (h *history) refuseRange() {
	places := rapid.SliceOfNDistinct(rapid.Uint64Range(1, 12), 1, 6, rapid.ID[uint64]).Draw(h.t, "places")
	slices.Sort(places)
	in := h.writer().in
	for _, r := range system.Ranges(system.Range{Stream: in, Rule: "many", Unit: in.Audience}, places) {
		c := &change.Change{Kind: system.RefusalKind, Record: r.ID(), Actor: "city", Fields: change.FieldsOf(r.Fields())}
		h.arrive(h.tx, decree, cityUnit, c)
		h.refusal = append(h.refusal, c)
	}
}

// decide has the city say of one place alone that it is refused, or that it stands.
func (h *history) decide() {
	if len(h.said) == 0 {
		return
	}
	i := rapid.IntRange(0, len(h.said)-1).Draw(h.t, "decided")
	seq := int64(0)
	for _, by := range h.by[:i+1] {
		if by == h.by[i] {
			seq++
		}
	}
	r := refusal(system.WordID(h.by[i], uint64(seq)), h.said[i], h.by[i])
	r.Fields = r.Fields.With("seq", change.Int(seq))
	if rapid.Bool().Draw(h.t, "stands") {
		r.Fields = r.Fields.With(merge.VoidField, change.Text("0"))
	}
	h.arrive(h.tx, decree, cityUnit, r)
	h.refusal = append(h.refusal, r)
}

// wantCounts wants the counts of each stream to be what the words say, place by
// place.
func (h *history) wantCounts() {
	ranges, alone, words := []system.Range{}, map[records.Location]bool{}, map[change.Stream]uint64{}
	err := h.store.Each(h.tx, system.RefusalKind, "", func(r *merge.Record) error {
		said := system.RefusalFrom(r)
		of, isRange := system.RangeFrom(r)
		isAlone := r.ID() == system.WordID(said.Stream, said.Seq)
		if isRange {
			ranges = append(ranges, of)
		} else if isAlone {
			alone[records.Location{Stream: said.Stream, Seq: said.Seq}] = !said.Void
		}
		if isRange || isAlone && !said.Void {
			words[said.Stream]++
		}
		return nil
	})
	for _, w := range h.writers {
		want := uint64(0)
		for seq := uint64(1); seq <= 50 && err == nil; seq++ {
			refused, decided := alone[records.Location{Stream: w.in, Seq: seq}]
			if !decided {
				refused = slices.ContainsFunc(ranges, func(r system.Range) bool { return r.Stream == w.in && r.Has(seq) })
			}
			if refused {
				want++
			}
			var got uint64
			if got, err = h.store.Refused(h.tx, w.in, seq); got != want {
				h.t.Fatalf("%s up to %d: %d refused, want %d", w.in, seq, got, want)
			}
		}
		got, wordsErr := h.store.StandingWords(h.tx, w.in.Device)
		if err = errors.Join(err, wordsErr); got != words[w.in] {
			h.t.Fatalf("%s: %d words, want %d", w.in, got, words[w.in])
		}
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestReplayEqualsApply(t *testing.T) {
	f := open(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		wipe(t, f)
		run(t, f, rapid.IntRange(0, 40).Draw(t, "steps"))
		_, wrong, err := f.comparison().Run(t.Context())
		if err != nil || len(wrong) > 0 {
			t.Fatalf("got %v, %v", wrong, err)
		}
		if got, want := f.conflicts(), f.disputed(); got != want {
			t.Errorf("got %d conflicts counted, want %d", got, want)
		}
	})
}

// run plays a history in one transaction.
func run(t *rapid.T, f *fixture, steps int) {
	err := f.journal.Update(t.Context(), func(tx *journal.Tx) error {
		h := newHistory(t, f, tx)
		for range steps {
			h.step()
		}
		h.wantCounts()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wipe begins again in the same file, which is faster than another one.
func wipe(t *rapid.T, f *fixture) {
	err := f.journal.Update(t.Context(), func(tx *journal.Tx) error {
		if err := f.store.Clear(tx); err != nil {
			return err
		}
		var all []change.Stream
		if err := tx.Streams(func(info journal.StreamInfo) error {
			all = append(all, info.Stream)
			return nil
		}); err != nil {
			return err
		}
		for _, s := range all {
			if _, err := tx.Truncate(s, 0); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) disputed() (n int) {
	f.Helper()
	f.view(func(tx *journal.Tx) error {
		for _, kind := range []string{"person", system.RefusalKind} {
			err := f.store.Each(tx, kind, "", func(r *merge.Record) error {
				if len(r.Conflicts()) > 0 {
					n++
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return n
}

// TestComparisonFindsDamage: a state that is not the journal's, one that is
// missing, and one that came from nowhere.
func TestComparisonFindsDamage(t *testing.T) {
	f := open(t, nil)
	for _, id := range []change.RecordID{"fine", "other", "gone"} {
		f.put(id, fields{"name": change.Text("甲")})
	}
	odd := merge.New("person", named("other"))
	odd.Apply(clerk, person(named("other"), "name", "乙", nil))
	nowhere := merge.New("person", named("nowhere"))
	nowhere.Apply(clerk, person(named("nowhere"), "name", "丙", nil))
	c := f.comparison()
	plant := map[change.RecordID][]byte{named("other"): odd.Encode(), named("nowhere"): nowhere.Encode(), named("gone"): nil}
	read, names := c.Read, c.Names
	c.Read = func(ctx context.Context, k records.Key) ([]byte, error) {
		if raw, ok := plant[k.ID]; ok {
			return raw, nil
		}
		return read(ctx, k)
	}
	c.Names = func(fn func(records.Key) error) error {
		if err := fn(records.Key{Kind: "person", ID: named("nowhere")}); err != nil {
			return err
		}
		return names(fn)
	}
	compared, wrong, err := c.Run(t.Context())
	if err != nil || compared != 3 || len(wrong) != 3 {
		t.Errorf("got %d compared, %v, %v, want 3 and the three planted", compared, wrong, err)
	}
}

// TestComparisonBesideAWriter: what is written meanwhile is no damage. Each
// look at a state is followed by another change of it.
func TestComparisonBesideAWriter(t *testing.T) {
	f := open(t, nil)
	f.put("p-1", fields{"name": change.Text("0")})
	c := f.comparison()
	read, n := c.Read, 0
	c.Read = func(ctx context.Context, k records.Key) ([]byte, error) {
		if n++; n < 6 {
			f.put("p-1", fields{"name": change.Text(string(rune('a' + n)))})
			f.put(change.RecordID("new-"+string(rune('a'+n))), fields{"name": change.Text("x")})
		}
		return read(ctx, k)
	}
	if _, wrong, err := c.Run(t.Context()); err != nil || len(wrong) > 0 {
		t.Errorf("got %v, %v, want nothing wrong", wrong, err)
	}
}

func TestReplayStops(t *testing.T) {
	f := open(t, nil)
	f.put("p-1", fields{"name": change.Text("甲")})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := f.comparison().Run(ctx)
	if fault.Of(err) != fault.Canceled {
		t.Errorf("got %v, want canceled", err)
	}
}

// TestClearAndApply: a rebuild from the journal makes the same states.
func TestClearAndApply(t *testing.T) {
	f := open(t, nil)
	f.put("p-1", fields{"phone": change.Text("1")})
	f.put("p-1", fields{"phone": change.Text("2")})
	f.receive(device(2, east), east, person("p-1", "phone", "3", nil))
	f.receive(decree, cityUnit, refusal("r-1", f.past("p-1", 1), clerk))
	want, past := f.get("person", "p-1").Encode(), f.history("p-1")
	f.update(func(tx *journal.Tx) error {
		if err := f.store.Clear(tx); err != nil {
			return err
		}
		if keys, err := f.store.Keys(tx, records.Key{}, 10); err != nil || len(keys) > 0 {
			t.Errorf("after Clear: got %v, %v", keys, err)
		}
		for _, p := range past {
			if _, err := f.store.Apply(tx, east, p.Stream, p.Seq, p.Change); err != nil {
				return err
			}
		}
		_, err := f.store.Apply(tx, cityUnit, decree, 1, refusal("r-1", past[1].Change, clerk))
		return err
	})
	if got := f.get("person", "p-1").Encode(); !bytes.Equal(got, want) {
		t.Errorf("got another state than before: conflicts %d", f.conflicts())
	}
}
