package system_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/system"
)

func form() system.Range {
	return system.Range{Stream: stream, Rule: "date", Message: "no such day", Unit: unit}
}

// drawPlaces draws places of a stream, ascending.
func drawPlaces(t *rapid.T) []uint64 {
	at, all := rapid.Uint64Range(0, 1<<40).Draw(t, "before"), []uint64(nil)
	for _, step := range rapid.SliceOfN(rapid.OneOf(rapid.Just(uint64(1)), rapid.Uint64Range(1, 5), rapid.Uint64Range(1, 1<<17)), 1, 60).Draw(t, "steps") {
		at += step
		all = append(all, at)
	}
	return all
}

// TestRangesRefuseWhatTheyAreMadeOf: and nothing else, and are read as written.
func TestRangesRefuseWhatTheyAreMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		places := drawPlaces(t)
		var got []uint64
		last := uint64(0)
		for _, r := range system.Ranges(form(), places) {
			if r.From <= last || r.To-r.From >= system.MaxSpan {
				t.Errorf("range %d to %d after %d", r.From, r.To, last)
			}
			last = r.To
			fields := r.Fields()
			read, ok := system.RangeFrom(mergedOf(system.RefusalKind, r.ID(), fields))
			if diff := cmp.Diff(r, read, streams); !ok || diff != "" {
				t.Fatalf("read as %v: %s", ok, diff)
			}
			if of, names := system.RefusalFrom(mergedOf(system.RefusalKind, r.ID(), fields)).Names(); names {
				t.Errorf("a range names the one change %+v", of)
			}
			n := len(got)
			for seq := r.From; seq <= r.To; seq++ {
				if read.Has(seq) {
					got = append(got, seq)
				}
			}
			if uint64(len(got)-n) != r.Count || read.Has(r.From-1) || read.Has(r.To+1) {
				t.Errorf("it refuses %d, and says %d", len(got)-n, r.Count)
			}
		}
		if diff := cmp.Diff(places, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestRangesAreSplit: what stands within one is short enough for a field.
func TestRangesAreSplit(t *testing.T) {
	var places []uint64
	for seq := uint64(1); seq < system.MaxSpan; seq += 2 {
		places = append(places, seq)
	}
	all := system.Ranges(form(), places)
	count := uint64(0)
	for _, r := range all {
		if err := change.Text(r.Stand.Text(r.From)).Validate(); err != nil {
			t.Errorf("%d to %d: %v", r.From, r.To, err)
		}
		count += r.Count
	}
	if len(all) < 2 || count != uint64(len(places)) {
		t.Errorf("got %d ranges of %d places, want several of %d", len(all), count, len(places))
	}
}

// TestMalformedRanges name nothing.
func TestMalformedRanges(t *testing.T) {
	good := system.Ranges(form(), []uint64{10, 11, 14})[0]
	for name, says := range map[string]map[string]change.Value{
		"void":                         {"valid": change.Text("0")},
		"no stream":                    {"stream": change.Null},
		"no beginning":                 {"from": change.Int(0)},
		"no end":                       {"to": change.Null},
		"an end before the beginning":  {"to": change.Int(9)},
		"too wide":                     {"to": change.Int(10 + system.MaxSpan), "count": change.Int(system.MaxSpan - 1)},
		"another count":                {"count": change.Int(4)},
		"what stands is nonsense":      {"stand": change.Text("x")},
		"what stands lies outside":     {"stand": change.Text("2-5"), "count": change.Int(1)},
		"what stands is not ascending": {"stand": change.Text("3,2")},
		"what stands is not canonical": {"stand": change.Text("2,3")},
		"what stands is padded":        {"stand": change.Text("02-3")},
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := system.RangeFrom(merged(system.RefusalKind, good.Fields(), says)); ok {
				t.Errorf("got %+v", got)
			}
		})
	}
	if _, ok := system.RangeFrom(merged(system.RefusalKind, good.Fields())); !ok {
		t.Error("the range itself is not read")
	}
	if _, ok := system.RangeFrom(merged("notice", good.Fields())); ok {
		t.Error("a record of another kind is a range")
	}
}

// TestRangeIDs: what says something else has another name.
func TestRangeIDs(t *testing.T) {
	r := system.Ranges(form(), []uint64{10, 11, 14})[0]
	others := []system.Range{r, r, r, r, r}
	others[0].To++
	others[1].Rule = "range"
	others[2].Stand = slices.Clone(r.Stand)
	others[2].Stand[0].From++
	others[3].Stream.Incarnation++
	others[4].Holder = unit
	for i, o := range others {
		if o.ID() == r.ID() {
			t.Errorf("%d: %+v and %+v have one name", i, r, o)
		}
	}
	if err := r.ID().Validate(); err != nil {
		t.Error(err)
	}
}

// FuzzParsePlaces: what is read is written so.
func FuzzParsePlaces(f *testing.F) {
	for _, text := range []string{"", "0", "0-3,7", "1,2", "99999999999999999999", "5-4"} {
		f.Add(text, uint64(7), uint64(100))
	}
	f.Fuzz(func(t *testing.T, text string, from, to uint64) {
		from %= 1 << 62
		to = from + to%system.MaxSpan
		p, ok := system.ParsePlaces(text, from, to)
		if !ok {
			return
		}
		if p.Text(from) != text || p.Count() > to-from+1 {
			t.Errorf("%q is read as %v", text, p)
		}
		for _, r := range p {
			if !p.Has(r.From) || !p.Has(r.To) || p.Has(r.To+1) {
				t.Errorf("%q: %v lacks its own", text, p)
			}
		}
	})
}
