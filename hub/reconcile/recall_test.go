package reconcile_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/reconcile"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/syncer/streams"
)

// residents is a scene of three communities that write one person.
func residents(t *testing.T, ranged bool) *scene {
	t.Helper()
	s := newScene(t, "person", ranged)
	s.writer(t, "C", kit.First, kit.First)
	s.writer(t, "F", kit.Second, kit.Second)
	s.writer(t, "T", kit.FarAway, kit.FarAway)
	return s
}

func (s *scene) named(t *testing.T, name string) *writer {
	t.Helper()
	for _, w := range s.writers {
		if w.name == name {
			return w
		}
	}
	t.Fatalf("nobody is called %s", name)
	return nil
}

// do plays a story: a name has that writer say its next batch, and 2>F brings
// what the city has said to F in its second life. What stands between brackets
// is judged together.
func (l *life) do(story string, earlier ...*life) *life {
	l.Helper()
	for _, step := range strings.Fields(story) {
		from, to, word := strings.Cut(step, ">")
		switch {
		case step == "(", step == ")":
			l.holds = step == "("
			l.judge()
			continue
		case !word:
			l.say(l.scene.named(l.T, step))
			continue
		}
		e, audience := earlier[from[0]-'1'], l.scene.named(l.T, to).audience.ID
		heard := 0
		for _, in := range l.lacks(e) {
			if in.Audience == audience {
				l.hear(e, in)
				heard++
			}
		}
		if heard == 0 {
			l.Fatalf("%s: there is nothing to hear", step)
		}
	}
	return l
}

// wantHeld checks how a life has ended, and that it stays so when the writers
// go on.
func (l *life) wantHeld(by string) {
	l.Helper()
	holder := l.scene.named(l.T, by).Unit.ID
	l.checkAll(holder)
	for _, w := range l.writers {
		for l.said[w] < len(w.batches) {
			l.say(w)
		}
	}
	l.checkAll(holder)
}

// TestPutBack: a city that was put back hears what it had said, before or after
// what it judges otherwise now. Each writer first says what no rule lets stand,
// then writes the record, edits it, and says something bad again.
func TestPutBack(t *testing.T) {
	tests := map[string]struct {
		lives []string
		by    string
	}{
		"the wrong unit comes first":             {[]string{"C C C F F", "F F C C C 1>F"}, "C"},
		"and its word before the right one":      {[]string{"C C C F F", "F F 1>F C C C"}, "C"},
		"the right one comes first":              {[]string{"C C C F F", "C C F F 1>F C"}, "C"},
		"the words come first":                   {[]string{"C C C F F", "1>F F F C C C"}, "C"},
		"the wrong holder goes on":               {[]string{"C C F F", "F F F C C 1>F"}, "C"},
		"a third unit takes it":                  {[]string{"C C F F", "T T T C C F F 1>F"}, "C"},
		"the holder has written something bad":   {[]string{"C C F F", "F F C C C C 1>F"}, "C"},
		"the holder has not come yet":            {[]string{"C C F F", "F F T T 1>F"}, "C"},
		"twice, the first life is heard first":   {[]string{"C C F F", "F F C C 1>F", "F F C C 1>F 2>C 2>F"}, "C"},
		"twice, the first life is heard last":    {[]string{"C C F F", "F F C C 1>F", "F F C C 2>C 2>F 1>F"}, "C"},
		"twice, all is heard before any change":  {[]string{"C C F F", "F F C C 1>F", "2>C 2>F 1>F F F C C"}, "C"},
		"twice, only the void is heard":          {[]string{"C C F F", "F F C C 1>F", "F F C C 2>C"}, "C"},
		"twice, the second life was wrong":       {[]string{"C C F F", "F F C C", "F F C C 2>C 1>F"}, "C"},
		"twice, the wrong holder goes on":        {[]string{"C C F F", "F F C C", "F F F C C 2>C 1>F"}, "C"},
		"twice, both lives are heard at once":    {[]string{"C C F F", "F F C C", "T T T C C F F ( 2>C 1>F )"}, "C"},
		"all at once":                            {[]string{"C C F F", "( F F T T 1>F C C F )"}, "C"},
		"twice, and only the second is heard":    {[]string{"C C F F", "F F C C", "C C F F 2>C"}, "F"},
		"twice, a third took it in the second":   {[]string{"C C F F", "T T C C F F", "C C 2>C F F 2>F T T 1>F"}, "C"},
		"twice, nobody was refused in the first": {[]string{"T T", "F F C C", "C C T T 2>C F F"}, "F"},
		"thrice, the second and third name two":  {[]string{"", "F F C C", "C C T T", "T T 3>T C C 2>C F F"}, "C"},
		"thrice, heard the other way round":      {[]string{"", "F F C C", "C C T T", "T T 2>C C C 3>T F F"}, "C"},
	}
	for said, s := range map[string]*scene{"by single words": residents(t, false), "by ranges": residents(t, true)} {
		for name, test := range tests {
			t.Run(said+", "+name, func(t *testing.T) {
				begin := backup{dir: s.town.RootDir}
				var lives []*life
				for _, story := range test.lives {
					lives = append(lives, s.live(t, nil, begin, lives...).do(story, lives...))
				}
				lives[len(lives)-1].wantHeld(test.by)
			})
		}
	}
}

// TestSaidOnce: what is refused and judged again in one transaction, since its record
// has moved, gets no second word.
func TestSaidOnce(t *testing.T) {
	s := residents(t, false)
	other, begin := s.named(t, "T"), backup{dir: s.town.RootDir}
	first := s.live(t, nil, begin).do("C C F F")
	second := s.live(t, nil, begin, first).do("( T T T T F F 1>F C C )", first)
	said := 0
	err := second.city.Journal.View(func(tx *journal.Tx) error {
		for _, in := range second.words() {
			err := records.EachChange(tx, in, 1, math.MaxUint64, func(_ uint64, c *change.Change) error {
				if c.Record == reconcile.RefusalID(other.stream(), 4) {
					said++
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || said != 1 {
		t.Errorf("got %d words about a change of the former holder, %v, want 1", said, err)
	}
}

// TestNewerBackup: the city was put back to a copy of before a record was
// taken, and then to a later one: what the first life had judged counts for
// more than what was said in between.
func TestNewerBackup(t *testing.T) {
	s := residents(t, false)
	begin := backup{dir: s.town.RootDir}
	first := s.live(t, nil, begin).do("C C")
	newer := first.copy()
	second := s.live(t, nil, begin, first).do("F F C C", first)
	s.live(t, nil, newer, first, second).do("F F 2>C", first, second).wantHeld("C")
}

// TestBehindALaterLife: the city was put back to a copy that is older than lives
// it has had since. What it judges now counts for less than what they have said,
// although fewer epochs of it are known here.
func TestBehindALaterLife(t *testing.T) {
	s := residents(t, false)
	begin := backup{dir: s.town.RootDir}
	first := s.live(t, nil, begin)
	second := s.live(t, nil, begin, first)
	third := s.live(t, nil, second.copy(), first, second).do("F F C C")
	for _, story := range []string{"C C F F 3>C", "3>C C C F F", "T T C C 3>C F"} {
		s.live(t, nil, begin, first, second, third).do(story, first, second, third).wantHeld("F")
	}
}

// TestOldCopyUnderTheCity: nobody has told the city that its disk is an older
// one. It learns so from its own words, and goes by them.
func TestOldCopyUnderTheCity(t *testing.T) {
	s := residents(t, false)
	begin := backup{dir: s.town.RootDir}
	first := s.live(t, nil, begin).do("C C T T")
	for _, story := range []string{"F F F 1>T C C T T", "1>T F F F C C T T F", "C C F F 1>T T T"} {
		s.live(t, nil, begin).do(story, first).wantHeld("C")
	}
}

// TestWordThatNamesNobody: a refusal of a program that named no holder holds
// for its own change, and such a change takes no record.
func TestWordThatNamesNobody(t *testing.T) {
	s := residents(t, false)
	f, c := s.named(t, "F"), s.named(t, "C")
	begin := backup{dir: s.town.RootDir}
	first := s.live(t, nil, begin)
	err := first.city.Streams.Write(t.Context(), func(w *streams.Writer) error {
		own, err := w.Own(f.Unit.ID)
		if err != nil {
			return err
		}
		edit := records.Edit{Kind: system.RefusalKind, ID: reconcile.RefusalID(f.stream(), 2), Fields: fields{"stream": change.Text(f.stream().String()),
			"seq": change.Int(2), "kind": change.Text("person"), "record": change.Text(string(contested)), "count": change.Int(2),
			"rule": change.Text("not_the_custodian"), "unit": change.Text(string(f.Unit.ID))}}
		_, err = first.city.Records.Put(w.Tx, own, kit.City.ID, edit)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	second := s.live(t, nil, begin, first).do("1>F F F C C F", first)
	want := end{Record: "name=C", Refused: map[string]string{"F0": "refused", "F1": "", "F2": string(c.Unit.ID), "C0": "refused"}}
	if diff := cmp.Diff(want, second.end(second.city)); diff != "" {
		t.Error(diff)
	}
}

// TestRecordsRebuilt: a city that rebuilds its records from the journal
// still knows what it has refused, so that it can take it back.
func TestRecordsRebuilt(t *testing.T) {
	s := residents(t, false)
	begin := backup{dir: s.town.RootDir}
	first := s.live(t, nil, begin).do("C C F F")
	second := s.live(t, nil, begin, first).do("F F C C", first)
	err := second.city.Journal.Update(t.Context(), func(tx *journal.Tx) error {
		return tx.Table("station.kinds").Put([]byte("kept"), []byte("others"))
	})
	if err != nil {
		t.Fatal(err)
	}
	second.copy() // closes and opens it
	second.do("1>F", first).wantHeld("C")
}
