package facts

import (
	"slices"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/flow"
)

// Cases add to two sorts of figures: of the day, which clocks run and are past their last
// day; and of the year, whether what the clocks asked for was done in time. The days are
// those of the steps and of the events that renew a clock, not those of their arrival.

// promise is what some clocks ask for, and the beginning of the names of its parts.
type promise struct {
	part   string
	clocks []string
	by     []string // steps that do it, beside events that renew a clock; none: each that ends it
}

var promises = []promise{
	{"recognise", []string{"family_verify", "family_notice", "family_confirm", "family_file", "family_mend"}, nil},
	{"one", []string{"family_one"}, []string{"ONE_EMPLOYED"}},
	{"two", []string{"family_two"}, []string{"DUAL_EMPLOYED"}},
	{"visit", []string{"family_visit"}, nil},
	{"hard", []string{"hardship_check", "hardship_notice", "hardship_recheck", "hardship_decide", "hardship_mend"}, nil},
	{"review", []string{"hardship_review"}, []string{"reviewed"}},
	{"register", []string{"register"}, []string{"registered"}},
	{"first", []string{"first_contact"}, []string{"contacted"}},
	{"contact", []string{"contact"}, nil},
	{"benefit", []string{"benefit_check", "benefit_street", "benefit_district", "benefit_pay", "benefit_mend"}, nil},
}

// familyParts begin the names of the parts of cases of a kind of families.
var familyParts = map[string]string{zeroFamily: "zero", "04": "student", "05": "rural"}

// caseCounts are the parts to which a case adds: each once, however many clocks of one
// name it had.
func (b *Book) caseCounts(f *family, c *matter) change.Value {
	if f.isElsewhere(c) {
		return counts(nil)
	}
	parts := f.zeroParts(c)
	for i := range promises {
		p := &promises[i]
		var runs, over, ended, broken bool
		for k := range c.clocks {
			r := &c.clocks[k]
			if !slices.Contains(p.clocks, r.Name) {
				continue
			}
			if r.Runs() {
				runs, over = true, f.passed(r.Due) || over
			}
			was, kept := f.ofYear(r, p.by)
			ended, broken = ended || was, broken || was && !kept
		}
		parts = append(parts, part{p.part + "_open", runs}, part{p.part + "_over", over},
			part{p.part + "_ended", ended}, part{p.part + "_kept", ended && !broken})
	}
	if name, is := familyParts[c.by.text("family_kind")]; is && c.Flow.Name == flow.Family {
		open := !c.Ended && slices.Contains(recognisedSteps, c.Last().Name)
		parts = append(parts, part{name + "_open", open}, part{name + "_over", open && f.lacksOne(c)})
	}
	return b.counted(parts)
}

// lacksOne reports whether the last day for one member at work is over and none is.
func (f *family) lacksOne(c *matter) bool {
	return slices.ContainsFunc(c.clocks, func(r flow.Running) bool { return r.Name == "family_one" && r.Runs() && f.passed(r.Due) })
}

// ofYear reports whether a turn of a clock has ended in the day's year, and whether all of
// these were kept. A turn ends when its last day is over. What fell away before that asked
// for nothing.
func (f *family) ofYear(r *flow.Running, by []string) (ended, kept bool) {
	kept = true
	for _, t := range r.Turns(f.terms) {
		if !f.passed(t.Due) || !f.thisYear(calendar.AddDays(t.Due, 1)) {
			continue
		}
		inTime := t.Done != "" && t.Done <= t.Due
		if inTime && t.By != nil && (r.Each || len(by) > 0 && !slices.Contains(by, t.By.Name)) {
			continue
		}
		ended, kept = true, kept && inTime
	}
	return ended, kept
}

// zeroParts are the parts of families of which a member, or a second one, came to work:
// each household once in the day's year and once since the beginning, whatever cases it
// had.
func (f *family) zeroParts(c *matter) []part {
	if c.Flow.Name != flow.Family || !c.by.is("family_kind", zeroFamily) {
		return nil
	}
	low := f.household.yes("low_income")
	one, two := f.isFirst(c, "ONE_EMPLOYED", f.thisYear), f.isFirst(c, "DUAL_EMPLOYED", f.thisYear)
	oneEver, twoEver := f.isFirst(c, "ONE_EMPLOYED", f.reached), f.isFirst(c, "DUAL_EMPLOYED", f.reached)
	ended, kept := f.withinMonth(c)
	return []part{
		{"month_ended", ended}, {"month_kept", kept}, {"helped_h", one}, {"helped_h_all", oneEver}, {"helped_low_h", one && low}, {"helped_low_h_all", oneEver && low},
		{"dual_h", two}, {"dual_h_all", twoEver},
	}
}

// withinMonth reports whether a month from a recognition, or from a relapse, ran out in the
// day's year, and whether one member was at work within each of these. What fell away
// before that asked for nothing, as with the other terms.
func (f *family) withinMonth(c *matter) (ended, kept bool) {
	broken := false
	for k := range c.clocks {
		r := &c.clocks[k]
		due := ""
		if r.Name == "family_one" {
			due = calendar.AddMonths(r.Begun, 1)
		}
		if due == "" || !f.passed(due) || !f.thisYear(calendar.AddDays(due, 1)) {
			continue
		}
		inTime := r.Met != nil && r.Met.On <= due
		if inTime && r.Met.Name != "ONE_EMPLOYED" {
			continue
		}
		ended, broken = true, broken || !inTime
	}
	return ended, ended && !broken
}

// isFirst reports whether of the zero cases of the household this one has the first step of
// a name on the days that pass.
func (f *family) isFirst(c *matter, name string, passes func(day string) bool) bool {
	var first *flow.Step
	var of *matter
	for _, o := range f.zeroCases() {
		for i := range o.Steps {
			if s := &o.Steps[i]; s.Name == name && passes(s.On) && (first == nil || s.On < first.On || s.On == first.On && s.ID < first.ID) {
				first, of = s, o
			}
		}
	}
	return of == c
}

// zeroDeeds are that a member came to work as the steps of a zero case say: of those that
// name the member.
func (f *family) zeroDeeds(m *member) (deeds []deed) {
	for _, c := range f.zeroCases() {
		for _, s := range c.Steps {
			if s.Name != "ONE_EMPLOYED" && s.Name != "DUAL_EMPLOYED" {
				continue
			}
			by := f.events[slices.IndexFunc(f.events, func(e event) bool { return string(e.ID) == s.ID })]
			if by.ref("person") != string(m.ID) {
				continue
			}
			d := newDeed("zero_ended", s.On, by.Entry, "helped")
			if f.household.yes("low_income") {
				d.lines = append(d.lines, "helped_low")
			}
			d.cells.with("line", change.Text(lineZero))
			deeds = append(deeds, d)
		}
	}
	slices.SortFunc(deeds, func(a, b deed) int { return strings.Compare(a.on, b.on) })
	return deeds
}
