package reports_test

import (
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/report"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/reports"
)

// TestUnjudged: a report of the city counts nothing of which there is no word of the city
// yet; one of a node counts it and says how many.
func TestUnjudged(t *testing.T) {
	w := newWorld(t)
	w.family(w.first, 1)
	w.sync()
	before := make1(t, w.city.Reports, reports.Order{Period: december})
	kit.MustPut(t, w.first, "placement", `{"id":"e1","person":"p1-0","on":"2026-12-03","line":"02"}`)
	own := read(t, make1(t, w.atFirst, reports.Order{Period: december}))
	if own.Unjudged == 0 || own.Coverage.Units != 1 {
		t.Errorf("the node counts %d that are not judged, of %d units; want some of 1", own.Unjudged, own.Coverage.Units)
	}
	w.MustExchange(t, w.first, w.street.Replica)
	w.MustExchange(t, w.street.Replica, w.city.Replica)
	same := make1(t, w.city.Reports, reports.Order{Period: december})
	if a, b := read(t, before), read(t, same); b.Unjudged != 0 || text(t, a.Figures) != text(t, b.Figures) || text(t, ofNode(w, a)) != text(t, ofNode(w, b)) {
		t.Error("a change that is not judged moves a report of the city")
	}
	w.sync()
	if after := read(t, make1(t, w.city.Reports, reports.Order{Period: december})); text(t, after.Figures) == text(t, read(t, before).Figures) {
		t.Error("a change that was judged moves nothing")
	}
	if own := read(t, make1(t, w.atFirst, reports.Order{Period: december})); own.Unjudged != 0 {
		t.Errorf("with the receipt here %d are not judged, want 0", own.Unjudged)
	}
	recounts(t, w.city.Reports, before, report.Equal)
}

// ofNode are the positions of the first node's streams.
func ofNode(w *world, r *report.Report) (all []report.Position) {
	for _, p := range r.Streams {
		if p.Stream.Device == w.first.Keys.Device() {
			all = append(all, p)
		}
	}
	return all
}

// TestClasses: what moves the figures of a past month is named by what became of it, at
// the city and at the street, and no other record is.
func TestClasses(t *testing.T) {
	w := newWorld(t)
	w.family(w.first, 1)
	w.sync()
	steps := []struct {
		do   func()
		want string
	}{
		{func() {
			kit.MustPut(t, w.first, "placement", `{"id":"e1","person":"p1-0","on":"2026-12-03","line":"02"}`)
		}, "late placement e1"},
		{func() { kit.MustPut(t, w.first, "placement", `{"id":"e1","line":"01"}`) }, "corrected placement e1"},
		{func() { kit.MustPut(t, w.first, "placement", `{"id":"e1","valid":"0","void_reason":"误录"}`) }, "voided placement e1"},
		{func() { kit.MustPut(t, w.first, "placement", `{"id":"e1","valid":"1"}`) }, "restored placement e1"},
		{func() {
			kit.MustPut(t, w.first, "placement", `{"id":"e9","person":"p1-1","on":"2027-01-03","line":"02"}`)
		}, ""},
		{func() {
			kit.MustPut(t, w.first, "placement", `{"id":"e2","person":"p1-1","on":"2026-12-05","line":"02"}`)
		}, "late placement e2"},
	}
	for i, step := range steps {
		was := make1(t, w.city.Reports, reports.Order{Period: december})
		streets := make1(t, w.city.Reports, reports.Order{Period: december, Scope: kit.Street.Code})
		step.do()
		w.sync()
		want := "[]"
		if step.want != "" {
			f := strings.Fields(step.want)
			want = fmt.Sprintf("[%s %s %s %s]", f[0], f[1], name(f[1], f[2]), kit.First.Code)
		}
		recounts(t, w.city.Reports, was, report.Equal)
		recounts(t, w.street.Reports, streets, report.Equal)
		if got := told(w.diff(w.city.Reports, was, nil)); got != want {
			t.Errorf("step %d: got %s, want %s", i, got, want)
		}
		if got := told(w.diff(w.street.Reports, streets, nil)); got != want {
			t.Errorf("step %d at the street: got %s, want %s", i, got, want)
		}
	}
}

// TestRefused: a record that the city refuses is refused in the report, and restored when
// that is taken back, whether it was counted before or not.
func TestRefused(t *testing.T) {
	w := newWorld(t)
	w.family(w.first, 1)
	kit.MustPut(t, w.first, "placement", `{"id":"e1","person":"p1-0","on":"2026-12-02","line":"02"}`)
	w.sync()
	e1 := name("placement", "e1")
	counted := make1(t, w.city.Reports, reports.Order{Period: december})
	w.refuse("placement", e1, false)
	w.sync()
	want := func(was, against *report.Signed, class report.Class) {
		t.Helper()
		line := fmt.Sprintf("[%s placement %s %s]", class, e1, kit.First.Code)
		if got := told(w.diff(w.city.Reports, was, against)); got != line {
			t.Errorf("got %s, want %s", got, line)
		}
	}
	want(counted, nil, report.Refused)
	refused := make1(t, w.city.Reports, reports.Order{Period: december})
	w.refuse("placement", e1, true)
	w.sync()
	want(refused, nil, report.Restored)
	want(counted, refused, report.Refused)
	if got := w.diff(w.city.Reports, counted, nil); len(got) != 0 {
		t.Errorf("refused and restored: got %s, want nothing", told(got))
	}
	for _, s := range []*report.Signed{counted, refused} {
		recounts(t, w.city.Reports, s, report.Equal)
	}
}

// TestRangeTakenBack: a record of which a word about a range took the effect is restored,
// not late, when the word is void.
func TestRangeTakenBack(t *testing.T) {
	w := newWorld(t)
	w.family(w.first, 1)
	kit.MustPut(t, w.first, "placement", `{"id":"e1","person":"p1-0","on":"2026-12-02","line":"02"}`)
	w.sync()
	in, seq, _ := w.place("placement", name("placement", "e1"))
	word := system.Range{Stream: in, From: seq, To: seq, Count: 1, Rule: "made_up", Unit: kit.First.ID}
	w.says(kit.First.ID, system.RefusalKind, word.ID(), word.Fields())
	w.sync()
	was := make1(t, w.city.Reports, reports.Order{Period: december})
	w.says(kit.First.ID, system.RefusalKind, word.ID(), map[string]change.Value{"valid": change.Text("0")})
	w.sync()
	if got, want := told(w.diff(w.city.Reports, was, nil)), fmt.Sprintf("[restored placement %s %s]", name("placement", "e1"), kit.First.Code); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
