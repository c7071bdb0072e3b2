package reconcile_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/report"
)

// TestOrderDecidesNothing: a city is put back up to three times, and all that
// was said arrives again in some order, its own words among it, in pieces. Who
// holds the record, what stands of it and what is refused is the same at the
// city and at a street, and as it was said in the earliest epoch in which
// anybody was refused the record.
func TestOrderDecidesNothing(t *testing.T) {
	line := report.Begin(t, "a city put back: the order of arrival")
	var scenes []*scene
	for _, ranged := range []bool{false, true} {
		notices := newScene(t, "notice", ranged)
		notices.writer(t, "D", kit.District, kit.Street)
		notices.writer(t, "S", kit.Street, kit.Street)
		notices.writer(t, "Z", kit.FarStreet, kit.FarStreet)
		scenes = append(scenes, residents(t, ranged), notices)
	}
	first, count := report.Seed(), report.Scale(16, 2000)
	line.Seeds = fmt.Sprintf("%d-%d", first, first+uint64(count)-1)
	moved := 0
	for seed := first; seed < first+uint64(count); seed++ {
		line.Runs++
		s := scenes[seed%uint64(len(scenes))]
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
	lives[0].judgeAll()
	for range r.IntN(3) {
		next := s.live(t, r, begin, lives...)
		next.play(r.Float64(), lives...)
		if r.IntN(2) == 0 {
			begin = next.copy()
			next.play(r.Float64(), lives...)
		}
		next.judgeAll()
		lives = append(lives, next)
	}
	last := s.live(t, r, begin, lives...)
	last.play(1, lives...)
	last.judgeAll()
	if slices.ContainsFunc(append(lives, last), func(l *life) bool { return l.forked }) {
		return false, false
	}
	holder := last.holder(lives)
	last.checkAll(holder)
	if t.Failed() {
		for i, l := range append(lives, last) {
			t.Logf("life %d: %v %v", i+1, l.story, last.heard(l))
		}
	}
	for _, l := range append(lives, last) {
		mustClose(t, l.city)
	}
	return true, last.taker() != holder
}

// byTheCity is what the city itself writes.
var byTheCity = fields{"title": change.Text("city")}

// holder is who holds the record by the best of the city's words: the city, if
// it has made the record, or as the earliest epoch has it. Where nobody was
// ever refused it, it is taken again.
func (l *life) holder(lives []*life) change.UnitID {
	l.Helper()
	if lives[0].made() != nil {
		return kit.City.ID
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
