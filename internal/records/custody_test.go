package records_test

import (
	"flag"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/system"
)

var south = change.NewUnitID([10]byte{53})

// town is what three communities and the city have written, stream by stream, of a
// record that east has made and that the city gives from one to another.
type town struct {
	tb      testing.TB
	streams []change.Stream
	authors map[change.Stream]change.UnitID
	written map[change.Stream][]*change.Change
	words   []system.Custody
	tellers []written // the changes that say them
	counted []written // changes that count so far, in the order the city heard of them
	said    map[records.Location]map[change.UnitID]bool
}

type written struct {
	at     records.Location
	author change.UnitID
	c      *change.Change
}

func newTown(tb testing.TB) *town {
	w := &town{tb: tb, authors: map[change.Stream]change.UnitID{}, written: map[change.Stream][]*change.Change{}, said: map[records.Location]map[change.UnitID]bool{}}
	for i, unit := range []change.UnitID{east, west, south} {
		w.streams = append(w.streams, device(byte(i+1), unit), device(9, unit))
		w.authors[device(byte(i+1), unit)], w.authors[device(9, unit)] = unit, cityUnit
	}
	return w
}

func (w *town) of(unit change.UnitID) change.Stream {
	return map[change.UnitID]change.Stream{east: device(1, east), west: device(2, west), south: device(3, south)}[unit]
}

const moving change.RecordID = "moving"

// write puts a change at the end of a stream.
func (w *town) write(in change.Stream, c *change.Change) written {
	w.written[in] = append(w.written[in], c)
	return written{at: records.Location{Stream: in, Seq: uint64(len(w.written[in]))}, author: w.authors[in], c: c}
}

// edit has a unit, or the city in an order to it, write the record.
func (w *town) edit(in change.Stream, field string, known bool) written {
	context := change.Vector{}
	if known {
		for _, was := range w.counted {
			context.Add(was.c.Dot(was.at.Stream))
		}
	}
	for _, was := range w.written[in] { // what the device has written itself it has seen
		if was.Kind == "person" {
			context.Add(was.Dot(in))
		}
	}
	return w.write(in, person(named(moving), field, string(rune('a'+len(w.written[in])%26)), context))
}

func (w *town) holding() custody.Holding { return custody.InForce(east, w.words) }

// forward has the city say a change again, once to a unit.
func (w *town) forward(x written, to change.UnitID) {
	if x.at.Stream.Audience == to || w.said[x.at][to] {
		return
	}
	if w.said[x.at] == nil {
		w.said[x.at] = map[change.UnitID]bool{}
	}
	w.said[x.at][to] = true
	raw, err := x.c.Encode()
	if err != nil {
		w.tb.Fatal(err)
	}
	f := change.Forward{Stream: x.at.Stream, Seq: x.at.Seq, Author: x.author, To: to, Raw: raw}
	entry, err := f.Entry("city", 3)
	if err != nil {
		w.tb.Fatal(err)
	}
	w.write(device(9, to), entry)
}

// move has the city give the record to a unit, with all that counts so far and all its
// words on the record.
func (w *town) move(to change.UnitID, epoch uint64) {
	h := w.holding()
	from := h.Unit
	word := system.Custody{Kind: "person", Record: named(moving), Number: h.Number + 1, From: from, To: to, At: to, Day: "2026-03-01", Epoch: epoch}
	w.words = append(w.words, word)
	said := w.write(device(9, from), &change.Change{Kind: system.CustodyKind, Record: word.ID(), Fields: change.FieldsOf(word.Fields())})
	w.tellers = append(w.tellers, said)
	for _, x := range slices.Concat(w.tellers, w.counted) {
		w.forward(x, to)
	}
}

func drawTown(t *rapid.T, tb testing.TB) *town {
	w := newTown(tb)
	w.counted = append(w.counted, w.edit(w.of(east), "name", false))
	units := []change.UnitID{east, west, south}
	for range rapid.IntRange(1, 14).Draw(t, "steps") {
		h := w.holding()
		switch rapid.SampledFrom([]string{"edit", "edit", "order", "move", "late", "late unseen", "stranger"}).Draw(t, "step") {
		case "edit":
			w.counted = append(w.counted, w.edit(w.of(h.Unit), "name", rapid.Bool().Draw(t, "known")))
		case "order":
			w.counted = append(w.counted, w.edit(device(9, h.Unit), "phone", true))
		case "move":
			if to := rapid.SampledFrom(units).Draw(t, "to"); to != h.Unit {
				w.move(to, 1)
			}
		case "late":
			if len(h.Past) > 0 {
				late := w.edit(w.of(rapid.SampledFrom(h.Past).Draw(t, "former")), "address", false)
				w.counted = append(w.counted, late)
				w.forward(late, h.At)
			}
		case "late unseen": // the city holds it: it is not said again
			if len(h.Past) > 0 {
				w.edit(w.of(h.Past[0]), "address", false)
			}
		case "stranger":
			w.edit(w.of(rapid.SampledFrom(units).Draw(t, "who")), "note", false)
		}
	}
	return w
}

// tier holds the streams of some units' lines, which came in any order.
func (w *town) tier(t *rapid.T, tb *testing.T, lines ...change.UnitID) *fixture {
	var order []change.Stream
	for _, in := range w.streams {
		if slices.Contains(lines, in.Audience) {
			order = append(order, slices.Repeat([]change.Stream{in}, len(w.written[in]))...)
		}
	}
	order = rapid.Permutation(order).Draw(t, "order")
	f, at := open(tb, nil), map[change.Stream]int{}
	f.update(func(tx *journal.Tx) error {
		clear(at)
		for _, in := range order {
			c := *w.written[in][at[in]]
			at[in]++
			f.arrive(tx, in, w.authors[in], &c)
		}
		return nil
	})
	return f
}

func (f *fixture) encoded(id change.RecordID) (raw []byte) {
	f.Helper()
	f.view(func(tx *journal.Tx) (err error) {
		raw, err = f.store.State(tx, "person", named(id))
		return err
	})
	return raw
}

// TestCustody: words, what the city says again, and changes come in any order along a
// line; whoever has the line that the record stands on has the same of it as the city,
// and a line that it has left has nothing of it.
func TestCustody(t *testing.T) {
	if err := flag.Set("rapid.nofailfile", "true"); err != nil { // planted bugs would leave theirs in the tree
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := drawTown(rt, t)
		h := w.holding()
		city := w.tier(rt, t, east, west, south)
		want := city.encoded(moving)
		city.sameAsReplay()
		if h.Moved() && want == nil {
			rt.Error("the city has nothing of the record")
		}
		for _, unit := range []change.UnitID{east, west, south} {
			line := w.tier(rt, t, unit)
			got := line.encoded(moving)
			line.sameAsReplay()
			switch {
			case unit == h.Unit && !cmp.Equal(want, got):
				rt.Errorf("%s holds another record than the city", unit)
			case unit != h.Unit && len(got) > 0 && h.Moved():
				rt.Errorf("%s has something of a record that stands elsewhere", unit)
			}
		}
	})
}

// TestRivalWords: of two words with one number all tiers believe the same one, and
// after a void of it the other.
func TestRivalWords(t *testing.T) {
	for name, words := range map[string][]system.Custody{
		"of two epochs":     {{Number: 1, From: east, To: west, At: west, Epoch: 1}, {Number: 1, From: east, To: south, At: south, Epoch: 2}},
		"of one epoch":      {{Number: 1, From: east, To: west, At: west, Epoch: 1}, {Number: 1, From: east, To: south, At: south, Epoch: 1}},
		"the later without": {{Number: 1, From: east, To: west, At: west, Epoch: 1}, {Number: 2, From: south, To: east, At: east, Epoch: 1}},
		"a gap":             {{Number: 1, From: east, To: west, At: west, Epoch: 1}, {Number: 3, From: west, To: south, At: south, Epoch: 1}},
	} {
		back := []system.Custody{words[1], words[0]}
		if a, b := custody.InForce(east, words), custody.InForce(east, back); a.Unit != west || !cmp.Equal(a, b) {
			t.Errorf("%s: %v, in the other order %v", name, a, b)
		}
	}
}

// TestMovedAway: who wrote a record may not any more where it has left, and says so.
func TestMovedAway(t *testing.T) {
	f := open(t, nil)
	f.put(moving, fields{"name": change.Text("甲")})
	word := system.Custody{Kind: "person", Record: named(moving), Number: 1, From: east, To: west, At: west, Day: "2026-03-01", Epoch: 1}
	said := &change.Change{Kind: system.CustodyKind, Record: word.ID(), Fields: change.FieldsOf(word.Fields())}
	f.receive(device(9, east), cityUnit, said)
	if r := f.get("person", moving); r != nil {
		t.Errorf("it is still here: %v", r.Values())
	}
	if n := len(f.history(moving)); n != 1 {
		t.Errorf("its history has %d changes, want what was written here", n)
	}
	err := f.journal.Update(f.Context(), func(tx *journal.Tx) error {
		_, err := f.store.Put(tx, device(1, east), east, records.Edit{Kind: "person", ID: named(moving), Fields: fields{"name": change.Text("乙")}})
		return err
	})
	if fault.Of(err) != fault.Denied {
		t.Errorf("an edit of it: %v", err)
	}
	f.receive(device(9, east), cityUnit, takenBack(said, device(9, east)))
	if got := f.value(moving, "name"); got != "甲" {
		t.Errorf("after the word was taken back: %s", got)
	}
}
