package flow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/flow"
)

// TestFlowsAreWhole: every state that is named is there, a case can begin and end, and
// while it has not ended a clock says who has the next step, or any tier may take one.
func TestFlowsAreWhole(t *testing.T) {
	for name, f := range flow.Flows {
		if f.Name != name {
			t.Errorf("%s is called %s", name, f.Name)
		}
		begins, ends := 0, 0
		for _, s := range f.States {
			if len(s.From) == 0 {
				begins++
			}
			if s.Ends {
				ends++
			}
			for _, named := range s.From {
				wantState(t, f, s.Name, named)
			}
			for _, c := range s.Clocks {
				for _, named := range c.Until {
					wantState(t, f, c.Name, named)
				}
				if c.Tier < flow.City || c.Tier > flow.Community || c.Term == (flow.Term{}) {
					t.Errorf("%s, %s: tier %d, term %v", name, c.Name, c.Tier, c.Term)
				}
			}
		}
		if begins == 0 || ends == 0 {
			t.Errorf("%s: %d states begin it, %d end it", name, begins, ends)
		}
	}
}

func wantState(t *testing.T, f *flow.Flow, by, named string) {
	t.Helper()
	if !slices.ContainsFunc(f.States, func(s flow.State) bool { return s.Name == named }) {
		t.Errorf("%s: %s names %s, which is no state", f.Name, by, named)
	}
}

// steps reads "id name level day >answered", a line each, the days of March 2026.
func steps(t *testing.T, lines string) (all []flow.Step) {
	t.Helper()
	for line := range strings.SplitSeq(lines, ";") {
		var s flow.Step
		var day int
		n, err := fmt.Sscan(line, &s.ID, &s.Name, &s.Level, &day, &s.Answers)
		if n < 4 {
			t.Fatalf("%q: %v", line, err)
		}
		s.Answers = strings.TrimPrefix(s.Answers, ">")
		s.On = fmt.Sprintf("2026-03-%02d", day)
		all = append(all, s)
	}
	return all
}

// sorted puts steps in the order of events.
func sorted(all []flow.Step) []flow.Step {
	slices.SortFunc(all, func(a, b flow.Step) int { return strings.Compare(a.On+a.ID, b.On+b.ID) })
	return all
}

// said is how cases stand: the steps that count, then those that do not with the reason.
func said(cases []flow.Case) string {
	var all []string
	for _, c := range cases {
		var ids, unheard []string
		for _, s := range c.Steps {
			ids = append(ids, s.ID)
		}
		for _, u := range c.Unheard {
			unheard = append(unheard, u.ID+":"+u.Why)
		}
		slices.Sort(unheard)
		all = append(all, strings.TrimSpace(strings.Join(ids, " ")+" | "+strings.Join(unheard, " ")))
	}
	return strings.Join(all, " || ")
}

// TestCrossed: decisions that cross edits on the way end in one state, whatever came
// first, and nothing is lost: each step counts or is told with why it does not.
func TestCrossed(t *testing.T) {
	const begun = "a DECLARED 5 1;b VERIFIED 5 2 >a;c PUBLIC_NOTICE 5 3 >b"
	for _, c := range []struct{ name, flow, steps, want string }{
		{"straight", flow.Family, begun + ";d STREET_CONFIRMED 4 9 >c;e DISTRICT_FILED 3 10 >d", "a b c d e |"},
		{"returned while the community completes it", flow.Family, begun + ";r RETURNED 4 9 >c;s WITHDRAWN 5 8 >c", "a b c r | s:crossed"},
		{"returned, completed", flow.Family, begun + ";r RETURNED 4 9 >c;s VERIFIED 5 10 >r", "a b c r s |"},
		{"returned twice", flow.Family, begun + ";r RETURNED 4 9 >c;q RETURNED 4 10 >c;s VERIFIED 5 11 >r", "a b c r s | q:crossed"},
		{"returned twice, an answer to the other one", flow.Family, begun + ";r RETURNED 4 9 >c;q RETURNED 4 10 >c;s VERIFIED 5 11 >q", "a b c r | q:crossed s:astray"},
		{"approved by the street, returned by the city", flow.Family, begun + ";d STREET_CONFIRMED 4 8 >c;r RETURNED 2 9 >c;e DISTRICT_FILED 3 10 >d", "a b c r | d:crossed e:astray"},
		{"approved by the street, then returned by the city", flow.Family, begun + ";d STREET_CONFIRMED 4 8 >c;r RETURNED 2 9 >d", "a b c d r |"},
		{"the street's hub replaced in between", flow.Family, begun + ";d STREET_CONFIRMED 4 8 >c;x STREET_CONFIRMED 4 8 >c", "a b c d | x:crossed"},
		{"closed twice", flow.Family, begun + ";w WITHDRAWN 5 8 >c;v WITHDRAWN 5 9 >c", "a b c w | v:crossed"},
		{"a tier that may not", flow.Family, begun + ";d STREET_CONFIRMED 5 8 >c", "a b c | d:not_their"},
		{"out of turn", flow.Family, "a DECLARED 5 1;e DUAL_EMPLOYED 5 2 >a", "a | e:out_of"},
		{"declared and found", flow.Family, "a DECLARED 5 1;b FOUND 5 2;c VERIFIED 5 3 >b", "a | b:again c:astray"},
		{"nobody has what it answers", flow.Family, "a DECLARED 5 1;c VERIFIED 5 3 >z", "a | c:astray"},
		{"a second case", flow.Family, "a DECLARED 5 1;w WITHDRAWN 5 2 >a;b DECLARED 5 3;v VERIFIED 5 4 >b", "a w | || b v |"},
		{"begun before the first was over", flow.Family, "a DECLARED 5 1;b DECLARED 5 2;w WITHDRAWN 5 3 >a", "a w | b:again"},
		{"nothing begins it", flow.Family, "b VERIFIED 5 2", ""},
		{"steps that name none", flow.Hardship, "a asked 5 1;b checked 5 2;c notice 5 3;d rechecked 4 9;e recognised 3 12", "a b c d e |"},
		{"a name goes before no name", flow.Hardship, "a asked 5 1;b rejected 3 2;c checked 5 3 >a", "a c | b:crossed"},
		{"recognised by a street", flow.Hardship, "a asked 5 1;b checked 5 2 >a;c notice 5 3 >b;d recognised 4 9 >c", "a b c | d:not_their"},
		{"reviewed twice", flow.Hardship, "a asked 5 1;b checked 5 2;c notice 5 3;d rechecked 4 4;e recognised 3 5;f reviewed 5 6;g reviewed 5 7", "a b c d e f g |"},
	} {
		all := sorted(steps(t, c.steps))
		if got := said(flow.Flows[c.flow].Cases(all)); got != strings.TrimSpace(c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestBehind: what a family case has behind its recognition, and what it comes to without.
func TestBehind(t *testing.T) {
	for name, want := range map[string]string{
		"STREET_CONFIRMED": "STREET_CONFIRMED DISTRICT_FILED ASSISTING ONE_EMPLOYED DUAL_PENDING DUAL_EMPLOYED STABLE RELAPSED",
		"ONE_EMPLOYED":     "ONE_EMPLOYED DUAL_PENDING DUAL_EMPLOYED STABLE RELAPSED",
		"RETURNED":         "RETURNED",
	} {
		if got := strings.Join(flow.Flows[flow.Family].Behind(name), " "); got != want {
			t.Errorf("behind %s: %s, want %s", name, got, want)
		}
	}
}

// TestBehindIsOfTheWays: what is behind a state depends on the ways through a procedure, and
// not on the order in which its states are told.
func TestBehindIsOfTheWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := flow.Flows[rapid.SampledFrom([]string{flow.Family, flow.Hardship, flow.Certificate, flow.Loan, flow.Complaint, flow.Inspection, flow.FullCommunity}).Draw(t, "flow")]
		mixed := *f
		mixed.States = rapid.Permutation(f.States).Draw(t, "states")
		name := rapid.SampledFrom(f.States).Draw(t, "state").Name
		want, got := f.Behind(name), mixed.Behind(name)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("behind %s of %s: %v, want %v", name, f.Name, got, want)
		}
	})
}
