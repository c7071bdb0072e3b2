package facts_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/facts"
	"tongbu/internal/flow"
	"tongbu/internal/schema"
	"tongbu/internal/test/drawn"
	"tongbu/internal/test/report"
)

// crossings is how many histories are told, unless -rapid.checks says.
const crossings = 400

// TestCrossings: whatever the tiers decide of one case without knowing of each other, and
// in whatever order they come to know it, the case ends in one state that all of them see;
// each step counts or is told with its reason, none goes before that of a higher tier, and
// what has not ended is a task of somebody who may take the next step.
func TestCrossings(t *testing.T) {
	draw(t, "rapid.checks", strconv.Itoa(report.Scale(crossings, 1000)))
	draw(t, "rapid.nofailfile", "true") // planted bugs would leave theirs in the tree
	line, w, met := report.Begin(t, "crossing decisions"), newWorld(t), map[string]int{}
	line.Seeds = "drawn"
	rapid.Check(t, func(rt *rapid.T) {
		line.Runs++
		c := &crossing{T: rt, w: w, base: withPapers(w), knows: map[int]map[int]bool{}, flow: flow.Flows[drawn.Evenly(rt, "flow", flow.Family, flow.Hardship, flow.Family, flow.Hardship, flow.Certificate, flow.Loan, flow.Complaint, flow.Inspection, flow.FullCommunity)]}
		c.tell()
		c.wantOneState(met)
	})
	for _, of := range []string{"crossed", "returned while the community went on", "returned twice", "returned by a higher tier than approved", "ended", "twice the same", "two in charge"} {
		if met[of] < line.Runs/50 {
			t.Errorf("%s: %d times in %d histories", of, met[of], line.Runs)
		}
	}
	line.Figure("met", met)
}

// crossing is what tiers that are off the line enter of one case.
type crossing struct {
	*rapid.T
	w     *world
	base  facts.Family
	flow  *flow.Flow
	said  []facts.Entry        // all that was entered
	knows map[int]map[int]bool // tier -> places in said
	on    string               // the day it is
}

// withPapers is a family of whom one has a certificate and a loan that say nothing of how
// they stand.
func withPapers(w *world) facts.Family {
	f := family(w)
	w.told(&f, `certificate 5 {"id":"@k1","person":"@p1","kind":"01"}`, `loan 5 {"id":"@l1","person":"@p1"}`)
	return f
}

const lastDay = "2027-06-30"

var levels = []int{flow.Community, flow.Street, flow.District, flow.City}

func (c *crossing) tell() {
	for _, level := range levels {
		c.knows[level] = map[int]bool{}
	}
	c.on = "2026-02-03"
	c.enter(append(slices.Clone(c.flow.States[0].Tiers), flow.Community)[0], c.flow.States[0].Name, "")
	for range drawn.Evenly(c.T, "in turn", 0, 1, 2, 3, 4, 5) {
		c.inTurn()
	}
	for range drawn.Evenly(c.T, "turns", 1, 2, 3, 4, 6, 8, 10, 12) {
		c.on = calendar.AddDays(c.on, drawn.Evenly(c.T, "days", -1, 0, 0, 1, 2, 5))
		switch level := drawn.Evenly(c.T, "tier", levels...); drawn.Evenly(c.T, "what", "act", "act", "cross", "cross", "return", "again", "odd", "call", "meet") {
		case "act":
			c.act(level)
		case "cross": // several decide about what all have seen
			c.meet(levels...)
			for _, level := range levels {
				if drawn.Evenly(c.T, "decides", true, true, false) {
					c.act(level)
				}
			}
		case "return":
			c.meet(levels...)
			c.crossReturn()
		case "again":
			c.again(level)
		case "odd": // of a tier that may not, or out of turn
			c.enter(level, drawn.Evenly(c.T, "step", c.flow.States...).Name, drawn.Evenly(c.T, "answers", append(c.steps(c.all()), flow.Step{}, flow.Step{ID: "nobody.has"})...).ID)
		case "call":
			c.add(flow.Community, `contact`, fmt.Sprintf(`"person":"@p1","reached":true,"contacted_by":%q`, drawn.Evenly(c.T, "who", "王芳", "李明")))
		default:
			c.meet(slices.DeleteFunc(slices.Clone(levels), func(int) bool { return drawn.Evenly(c.T, "off the line", false, false, true) })...)
		}
	}
}

// inTurn has the step taken that usually comes next, by a tier that may, and all see it.
func (c *crossing) inTurn() {
	of := c.cases(c.all())[0]
	if ahead := of.Ahead(); len(ahead) > 0 {
		i := slices.IndexFunc(c.flow.States, func(s flow.State) bool { return s.Name == ahead[0] })
		c.enter(append(slices.Clone(c.flow.States[i].Tiers), flow.Community)[0], ahead[0], of.Last().ID)
	}
	c.on = calendar.AddDays(c.on, 3)
	c.meet(levels...)
}

// meet has tiers on the line.
func (c *crossing) meet(on ...int) {
	all := map[int]bool{}
	for _, level := range on {
		for i := range c.knows[level] {
			all[i] = true
		}
	}
	for _, level := range on {
		for i := range all {
			c.knows[level][i] = true
		}
	}
}

// act has a tier take a step that it may take by what it knows.
func (c *crossing) act(level int) {
	var known []facts.Entry
	for i, e := range c.said {
		if c.knows[level][i] {
			known = append(known, e)
		}
	}
	cases := c.cases(known)
	if len(cases) == 0 {
		return
	}
	of := cases[len(cases)-1]
	next := of.Next(level)
	if len(next) == 0 {
		if of.Ended {
			c.enter(level, c.flow.States[0].Name, "")
		}
		return
	}
	if some := slices.DeleteFunc(slices.Clone(next), func(s *flow.State) bool { return s.Ends }); len(some) > 0 && drawn.Evenly(c.T, "goes on", true, true, true, false) {
		next = some
	}
	if i := slices.IndexFunc(next, func(s *flow.State) bool { return strings.EqualFold(s.Name, "returned") }); i >= 0 && drawn.Evenly(c.T, "returns it", true, false) {
		next = next[i : i+1]
	}
	answers := drawn.Evenly(c.T, "names it", of.Last().ID, of.Last().ID, of.Last().ID, "")
	c.on = max(c.on, of.Last().On)
	c.enter(level, drawn.Evenly(c.T, "step", next...).Name, answers)
}

// crossReturn has a tier return what one below it takes on or returns as well, neither
// knowing of the other, where both may.
func (c *crossing) crossReturn() {
	of := c.cases(c.all())
	if len(of) == 0 {
		return
	}
	last := of[len(of)-1]
	isBack := func(s *flow.State) bool { return strings.EqualFold(s.Name, "returned") }
	for _, high := range levels {
		back := slices.IndexFunc(last.Next(high), isBack)
		for _, low := range levels {
			if on := slices.DeleteFunc(slices.Clone(last.Next(low)), isBack); back >= 0 && high < low && low != flow.Community && len(on) > 0 {
				c.on = max(c.on, last.Last().On)
				c.enter(high, last.Next(high)[back].Name, last.Last().ID)
				c.enter(low, drawn.Evenly(c.T, "and the other", on[0].Name, on[0].Name, last.Next(high)[back].Name), last.Last().ID)
				return
			}
		}
	}
}

// again has a tier enter a second time what it has entered.
func (c *crossing) again(level int) {
	for _, s := range c.steps(c.all()) {
		if s.Level == level && s.Answers != "" && drawn.Evenly(c.T, "this one", true, false) {
			c.enter(level, s.Name, s.Answers)
			return
		}
	}
}

func (c *crossing) enter(level int, step, answers string) {
	of := `"person":"@p1","category":["050"]`
	switch c.flow.Name {
	case flow.Family:
		of = `"household":"@h","family_kind":"02"`
	case flow.Complaint, flow.Inspection:
		of = fmt.Sprintf(`%q:"@%s"`, c.flow.Name, c.flow.Name)
	case flow.FullCommunity:
		of = fmt.Sprintf(`"for_unit":%q`, unit)
	case flow.Certificate:
		of = `"certificate":"@k1"`
	case flow.Loan:
		of = `"person":"@p1","loan":"@l1"`
	}
	if answers != "" {
		of += fmt.Sprintf(`,"answers":%q`, answers)
	}
	if level == flow.Community {
		of += fmt.Sprintf(`,"handled_by":%q`, drawn.Evenly(c.T, "clerk", "王芳", "李明"))
	}
	c.add(level, c.flow.Kind, of+fmt.Sprintf(`,"step":%q`, step))
}

// add enters an event; its id tells nothing of when or by whom.
func (c *crossing) add(level int, kind, fields string) {
	id := fmt.Sprintf("%s.%x%03d", unit, rapid.Byte().Draw(c.T, "id"), len(c.said))
	e := c.w.entry(kind, id, strings.ReplaceAll(`{"on":"`+c.on+`",`+fields+`}`, `"@`, `"`+string(unit)+"."))
	e.Level = level
	c.knows[level][len(c.said)] = true
	c.said = append(c.said, e)
}

func (c *crossing) all() []facts.Entry { return slices.Clone(c.said) }

// steps are those of entries.
func (c *crossing) steps(entries []facts.Entry) (all []flow.Step) {
	for _, e := range entries {
		if e.Kind == c.flow.Kind {
			all = append(all, flow.Step{ID: string(e.ID), Name: e.Value("step").Text(), On: e.Value("on").Text(), Level: e.Level, Answers: e.Value("answers").Text()})
		}
	}
	return all
}

// family is that of the case with what is known.
func (c *crossing) family(entries []facts.Entry) facts.Family {
	f := facts.Family{Household: c.base.Household, Members: slices.Clone(c.base.Members)}
	for i := range f.Members {
		f.Members[i].Events = slices.Clone(f.Members[i].Events)
	}
	for _, e := range entries {
		if e.Kind == "family_step" {
			f.Events = append(f.Events, e)
		} else {
			f.Members[0].Events = append(f.Members[0].Events, e)
		}
	}
	return f
}

// subject is what a case is of that is no person's; false where it is a person's.
func (c *crossing) subject(entries []facts.Entry) (s facts.Subject, own bool) {
	s = facts.Subject{Events: slices.Clone(entries), Unit: unit, Level: flow.Street}
	switch c.flow.Name {
	case flow.Complaint:
		s.Entry = c.w.entry("complaint", string(id("complaint")), `{"kind":"1"}`)
	case flow.Inspection:
		s.Entry, s.Level = c.w.entry("inspection", string(id("inspection")), `{"kind":"1"}`), flow.Community
		s.Entry.Level = flow.Street
	case flow.FullCommunity:
		s.Entry, s.Level = facts.Entry{Kind: schema.UnitSubject, ID: change.RecordID(unit)}, flow.Community
	default:
		return s, false
	}
	return s, true
}

// cases are those that who knows the entries sees.
func (c *crossing) cases(entries []facts.Entry) (all []facts.Matter) {
	given := c.w.book.Matters(c.family(entries), lastDay)
	if s, own := c.subject(entries); own {
		given = c.w.book.SubjectMatters(s, lastDay)
	}
	for _, m := range given {
		if m.Flow.Name == c.flow.Name {
			all = append(all, m)
		}
	}
	return all
}

// wantOneState holds what each tier sees in the end against what the rules ask for.
func (c *crossing) wantOneState(met map[string]int) {
	var rows []facts.Row
	var sum change.Hash
	for i, level := range levels {
		as := rapid.Permutation(c.all()).Draw(c.T, fmt.Sprint("as it comes to ", level))
		made := c.w.book.OfFamily(c.family(as), lastDay)
		if s, own := c.subject(as); own {
			made = c.w.book.OfRecord(s, lastDay)
		}
		facts.SortRows(made.All)
		var of digest.Maker
		if err := of.AddRows(made); err != nil {
			c.Fatal(err)
		}
		account, err := of.Account(lastDay, 1, change.Hash{})
		if err != nil {
			c.Fatal(err)
		}
		if i > 0 && account.RowsHash != sum {
			c.Fatalf("the city and tier %d see different rows:\n%s", level, cmp.Diff(rows, made.All))
		}
		rows, sum = made.All, account.RowsHash
	}
	cases := c.cases(c.all())
	c.wantEachStepOnce(cases)
	for i := range cases {
		c.wantHighest(&cases[i], met)
	}
	c.wantNextWithSomebody(cases, rows, met)
}

// draw sets a flag of what is drawn, unless the command line has.
func draw(t *testing.T, name, value string) {
	f := flag.Lookup(name)
	if f.Value.String() == f.DefValue {
		_ = f.Value.Set(value)
		t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
	}
}
