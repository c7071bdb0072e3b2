package reports_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tongbu/hub/own"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/report"
	"tongbu/internal/test/kit"
	long "tongbu/internal/test/report"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/node/reports"
	"tongbu/syncer/streams"
)

// story is what happens in a world, as it is drawn.
type story struct {
	*world
	rt     *rapid.T
	n      int
	people map[*replica.Replica][]string // numbers of those that are there
	homes  map[*replica.Replica][]string
	events map[*replica.Replica][]string
	silent []change.RecordID // placements that the city refuses
}

func (s *story) pick(what string, of ...string) string { return rapid.SampledFrom(of).Draw(s.rt, what) }

func (s *story) day() string {
	return s.pick("day", "2025-12-30", "2026-03-01", "2026-09-30", "2026-10-01", "2026-11-30", "2026-12-01", "2026-12-31", "2027-01-01", "2027-01-10")
}

// step does one thing at one of the communities.
func (s *story) step() {
	at := rapid.SampledFrom([]*replica.Replica{s.first, s.other}).Draw(s.rt, "where")
	if len(s.people[at]) == 0 {
		s.move(at)
		return
	}
	who, home := s.pick("who", s.people[at]...), s.pick("home", s.homes[at]...)
	s.n++
	id := fmt.Sprint("e", s.n)
	switch s.pick("what", "family", "place", "place", "place", "jobless", "correct", "void", "valid", "person", "other home", "refuse", "restore", "street", "pack") {
	case "family":
		s.move(at)
	case "place":
		kit.MustPut(s.t, at, "placement", fmt.Sprintf(`{"id":%q,"person":%q,"on":%q,"line":"0%d"}`, id, who, s.day(), rapid.IntRange(1, 4).Draw(s.rt, "line")))
		s.events[at] = append(s.events[at], id)
	case "jobless":
		kit.MustPut(s.t, at, "unemployment", fmt.Sprintf(`{"id":%q,"person":%q,"on":%q}`, id, who, s.day()))
	case "correct":
		s.change(at, fmt.Sprintf(`"on":%q,"line":"0%d"`, s.day(), rapid.IntRange(1, 4).Draw(s.rt, "line")))
	case "void":
		s.change(at, `"valid":"0","void_reason":"误录"`)
	case "valid":
		s.change(at, `"valid":"1"`)
	case "person":
		kit.MustPut(s.t, at, "person", fmt.Sprintf(`{"id":%q,%s}`, who, s.pick("edit", `"birth_date":"1962-01-01"`, `"birth_date":"1990-05-05"`, `"valid":"0","void_reason":"重复"`, `"valid":"1"`, `"job_wish":"0"`, `"status":"1"`)))
	case "other home":
		kit.MustPut(s.t, at, "person", fmt.Sprintf(`{"id":%q,"household":%q}`, who, home))
	case "refuse":
		if len(s.events[s.first]) > 0 {
			e := name("placement", s.pick("event", s.events[s.first]...))
			s.sync()
			s.refuse("placement", e, false)
			s.silent = append(s.silent, e)
		}
	case "restore":
		if len(s.silent) > 0 {
			e := rapid.SampledFrom(s.silent).Draw(s.rt, "event")
			s.sync()
			s.refuse("placement", e, true)
		}
	case "street":
		s.serve(change.RecordID(id), who)
	case "pack":
		kit.MustPut(s.t, s.city.Replica, "rule_pack", fmt.Sprintf(`{"id":%q,"name":"年龄","edition":%q,"kind":"5","effective_from":%q,"content":"ages: \"2025\"\n"}`, id, id, s.pick("from", "2025-01-01", "2026-12-01", "2027-01-01")))
	}
}

// move puts a family that moves in.
func (s *story) move(at *replica.Replica) {
	s.n++
	s.family(at, s.n)
	s.homes[at] = append(s.homes[at], fmt.Sprint("h", s.n))
	s.people[at] = append(s.people[at], fmt.Sprintf("p%d-0", s.n), fmt.Sprintf("p%d-1", s.n))
}

func (s *story) change(at *replica.Replica, to string) {
	if len(s.events[at]) == 0 {
		return
	}
	_, err := kit.Put(s.t, at, "placement", fmt.Sprintf(`{"id":%q,%s}`, s.pick("event", s.events[at]...), to))
	if err != nil && fault.Of(err) != fault.Invalid { // of one that is refused nothing is known
		s.rt.Fatal(err)
	}
}

// serve has the street say what it has done for a person of the first community.
func (s *story) serve(id change.RecordID, who string) {
	street := s.street.Replica
	fields := map[string]change.Value{"person": change.Text(string(name("person", who))), "on": change.Text(s.day()), "unit": change.Text(string(kit.Street.ID)), "kind": change.Text("1")}
	c := &change.Change{Kind: "service", Record: change.NumberedRecordID(kit.Street.ID, "service", string(id)), Fields: change.FieldsOf(fields)}
	err := street.Streams.Write(s.t.Context(), func(w *streams.Writer) error { return putTo(w, street, kit.First.ID, c) })
	if err != nil {
		s.rt.Fatal(err)
	}
}

// TestRecounts: whatever happens, a report that was made at some moment counts again to
// the same at every tier that holds its streams; its figures are those that the questions
// for indicators gave at that moment; and what diff names, put into the records of then,
// makes the figures of now.
func TestRecounts(t *testing.T) {
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		if n++; n > long.Scale(6, 100) {
			return
		}
		s := &story{world: newWorld(t), rt: rt, people: map[*replica.Replica][]string{}, homes: map[*replica.Replica][]string{}, events: map[*replica.Replica][]string{}}
		for range rapid.IntRange(4, 20).Draw(rt, "before") {
			s.step()
		}
		period := s.pick("period", "2026", "2026-Q4", "2026-12", "2026-11", "2027-01")
		atNode := make1(t, s.atFirst, reports.Order{Period: period})
		s.sameAtNode(read(t, atNode))
		s.sync()
		whole := make1(t, s.city.Reports, reports.Order{Period: period})
		streets := make1(t, s.street.Reports, reports.Order{Period: period})
		firsts := make1(t, s.city.Reports, reports.Order{Period: period, Scope: kit.First.Code})
		s.sameAtCity(read(t, whole))
		for range rapid.IntRange(1, 12).Draw(rt, "after") {
			s.step()
		}
		s.sync()
		recounts(t, s.city.Reports, whole, report.Equal)
		for _, of := range []*report.Signed{atNode, firsts} {
			recounts(t, s.atFirst, of, report.Equal)
		}
		for _, of := range []*report.Signed{atNode, firsts, streets} {
			recounts(t, s.street.Reports, of, report.Equal)
			recounts(t, s.city.Reports, of, report.Equal)
			s.explains(s.city.Reports, of)
		}
		s.explains(s.city.Reports, whole)
		s.explains(s.atFirst, atNode)
		if at, below := told(s.diff(s.city.Reports, firsts, nil)), told(s.diff(s.atFirst, firsts, nil)); at != below {
			rt.Errorf("the city names %s, the node %s", at, below)
		}
	})
}

// explains wants the differences that are named to make the figures of now.
func (s *story) explains(at *reports.Reports, of *report.Signed) {
	s.t.Helper()
	named := s.diff(at, of, nil)
	patched, now, err := at.Patched(s.t.Context(), of, named)
	if err != nil {
		s.rt.Fatal(err)
	}
	if a, b := text(s.t, patched), text(s.t, now); a != b {
		s.rt.Errorf("what is named (%s) explains %s, and there is %s", told(named), a, b)
	}
}

// sameAtCity wants the figures that a question at the city gives for the day.
func (s *story) sameAtCity(r *report.Report) {
	s.t.Helper()
	for _, u := range r.Units {
		s.same(r, u.Code, func(q question.Question) (*question.Answer, error) {
			q.Scope = change.UnitID(u.Code)
			return s.city.Ask(s.t.Context(), q)
		})
	}
}

// sameAtNode wants those that a question at the first node gives.
func (s *story) sameAtNode(r *report.Report) {
	s.t.Helper()
	o, err := own.New(own.Config{At: s.first, Desk: desk.New(s.first), Operate: operate.New(s.first, operate.Beyond{})})
	if err != nil {
		s.rt.Fatal(err)
	}
	s.same(r, kit.First.Code, func(q question.Question) (*question.Answer, error) { return o.Query(s.t.Context(), q) })
}

func (s *story) same(r *report.Report, unit string, ask func(question.Question) (*question.Answer, error)) {
	s.t.Helper()
	a, err := ask(question.Question{Kind: question.Indicators, Day: r.Day, PageSize: 1000})
	if err != nil {
		s.rt.Fatal(err)
	}
	var want, got []string
	for _, row := range a.Rows {
		f := a.FigureOf(row)
		want = append(want, fmt.Sprint(f.Indicator, f.Group, f.Numerator, text(s.t, f.Denominator)))
	}
	for _, f := range r.Figures {
		if f.Unit == unit && f.Group != report.Rows {
			got = append(got, fmt.Sprint(f.Indicator, f.Group, f.Numerator, text(s.t, f.Denominator)))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(got) != len(facts.Indicators()) || !slices.Equal(got, want) {
		s.rt.Errorf("%s on %s: the report says %v, the question %v", unit, r.Day, got, want)
	}
}
