package facts_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"tongbu/internal/facts"
	"tongbu/internal/flow"
)

// wantEachStepOnce: a step counts in one case or is told in one with its reason, one case
// at most is open, and each begins when the one before it has ended.
func (c *crossing) wantEachStepOnce(cases []facts.Matter) {
	told, open := map[string]int{}, 0
	for _, m := range cases {
		for _, s := range m.Steps {
			told[s.ID]++
		}
		for _, u := range m.Unheard {
			told[u.ID]++
			if u.Why == "" {
				c.Fatalf("step %s does not count, for no reason", u.ID)
			}
		}
		if !m.Ended {
			open++
		}
	}
	all := c.steps(c.all())
	for _, s := range all {
		if told[s.ID] != 1 {
			c.Fatalf("step %s (%s) is told %d times", s.ID, s.Name, told[s.ID])
		}
	}
	if len(told) != len(all) || open > 1 || len(cases) == 0 {
		c.Fatalf("%d of %d steps are told, in %d cases of which %d are open", len(told), len(all), len(cases), open)
	}
}

// wantHighest: each step of a case follows the one before, by a tier that may take it; no
// other answer to that one is of a higher tier, or of the same and before it in the order
// of events. This is written of the data of the flows, not of how cases are judged.
func (c *crossing) wantHighest(m *facts.Matter, met map[string]int) {
	rivals := func(prev, next *flow.Step) {
		for _, u := range m.Unheard {
			if u.Answers != prev.ID || !c.mayFollow(u.Step, prev) {
				continue
			}
			if next == nil {
				c.Fatalf("%s answers the last step of an open case, and does not count", u.ID)
			}
			note(met, u.Step, next)
			order := cmp.Or(next.Level-u.Level, cmp.Compare(next.On+next.ID, u.On+u.ID))
			if next.Answers == "" || order > 0 {
				c.Fatalf("%s %s of tier %d goes before %s %s of tier %d", next.Name, next.ID, next.Level, u.Name, u.ID, u.Level)
			}
		}
	}
	for i := 1; i < len(m.Steps); i++ {
		prev, next := &m.Steps[i-1], &m.Steps[i]
		if !c.mayFollow(*next, prev) || next.Answers != "" && next.Answers != prev.ID {
			c.Fatalf("%s %s of tier %d follows %s", next.Name, next.ID, next.Level, prev.Name)
		}
		rivals(prev, next)
	}
	if !m.Ended {
		rivals(m.Last(), nil)
	}
}

// mayFollow reports whether a step of its tier may follow another one.
func (c *crossing) mayFollow(s flow.Step, prev *flow.Step) bool {
	i := slices.IndexFunc(c.flow.States, func(o flow.State) bool { return o.Name == s.Name })
	state := &c.flow.States[i]
	return slices.Contains(state.From, prev.Name) && (len(state.Tiers) == 0 || slices.Contains(state.Tiers, s.Level))
}

// note counts what sort of crossing this is.
func note(met map[string]int, lost flow.Step, won *flow.Step) {
	met["crossed"]++
	back := func(name string) bool { return name == "RETURNED" || name == "returned" }
	switch {
	case back(won.Name) && back(lost.Name):
		met["returned twice"]++
	case back(won.Name) && lost.Level == flow.Community:
		met["returned while the community went on"]++
	case back(won.Name) && won.Level < lost.Level:
		met["returned by a higher tier than approved"]++
	}
	if won.Name == lost.Name && won.Level == lost.Level {
		met["twice the same"]++
	}
}

// wantNextWithSomebody: of an open case there is a task of a tier that may take its next
// step; of cases that have ended only what crossed is left, with whoever entered it.
func (c *crossing) wantNextWithSomebody(cases []facts.Matter, rows []facts.Row, met map[string]int) {
	open := slices.IndexFunc(cases, func(m facts.Matter) bool { return !m.Ended })
	if open < 0 {
		met["ended"]++
	}
	next := false
	for _, row := range rows {
		level, _ := strconv.Atoi(row.Values["level"].Text())
		switch ours := row.Values["case"].Text() == c.flow.Name; {
		case row.Kind == facts.CaseKind && row.Values["flow"].Text() == c.flow.Name:
			c.wantState(cases, row)
		case row.Kind != facts.TaskKind || !ours:
		case row.Values["task"].Text() == "crossed":
			c.wantLooked(cases, row, level)
		case open < 0:
			c.Fatalf("the case has ended, and %s is to be done", row.Values["task"].Text())
		default:
			next = next || len(cases[open].Next(level)) > 0
		}
	}
	if open >= 0 && !next {
		c.Fatalf("the case is %s, and nobody who may has the next step", cases[open].Last().Name)
	}
	c.wantInCharge(rows, met)
}

// wantState: the row of a case says how it stands.
func (c *crossing) wantState(cases []facts.Matter, row facts.Row) {
	i := slices.IndexFunc(cases, func(m facts.Matter) bool { return m.ID == row.ID })
	if i < 0 || row.Values["state"].Text() != cases[i].Flow.Code(cases[i].Last().Name) || row.Values["ended"].Bool() != cases[i].Ended {
		c.Fatalf("the row %s says %s, ended %v", row.ID, row.Values["state"].Text(), row.Values["ended"].Bool())
	}
}

// wantLooked: a step that does not count is looked at by whoever can do something about it;
// one of before the beginning of what is no person's, too.
func (c *crossing) wantLooked(cases []facts.Matter, row facts.Row, level int) {
	for _, m := range cases {
		for _, u := range m.Unheard {
			if u.ID == row.Values["by"].Text() {
				early := m.Person == "" && !m.Ended && u.On < m.Steps[0].On
				if u.On < m.Last().On && !early || m.Ended && level != u.Level {
					c.Fatalf("step %s of tier %d is to be looked at by tier %d, and the case stands as it does since %s", u.ID, u.Level, level, m.Last().On)
				}
				return
			}
		}
	}
	c.Fatalf("step %s counts, and is to be looked at", row.Values["by"].Text())
}

// wantInCharge: what the station has to do is with who last had to do with the person there.
func (c *crossing) wantInCharge(rows []facts.Row, met map[string]int) {
	last, who, all := "", "", map[string]bool{}
	for _, e := range c.said {
		name := cmp.Or(e.Value("contacted_by").Text(), e.Value("handled_by").Text())
		if e.Level != flow.Community || e.Kind == "family_step" || name == "" {
			continue
		}
		all[name] = true
		k, _ := c.w.schema.Kind(e.Kind)
		if at := fmt.Sprintf("%s %03d %s", e.Value("on").Text(), k.Rank, e.ID); at > last {
			last, who = at, name
		}
	}
	if len(all) > 1 {
		met["two in charge"]++
	}
	for _, row := range rows {
		if row.Kind == facts.TaskKind && row.Values["level"].Text() == "5" && row.Values["person"].Text() == string(id("p1")) && row.Values["who"].Text() != who {
			c.Fatalf("%s is with %q, want %q", row.Values["task"].Text(), row.Values["who"].Text(), who)
		}
	}
}
