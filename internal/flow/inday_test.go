package flow_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/flow"
)

// TestOneDay: steps of one day that name none are taken in an order in which they can follow
// each other, whatever their ids are.
func TestOneDay(t *testing.T) {
	const received = "a received 4 1"
	for _, c := range []struct{ name, flow, steps, want string }{
		{"closed has the first id", flow.Complaint, received + ";b closed 4 2;c accepted 4 2;d mediated 4 2", "a c d b |"},
		{"mediated has the first id", flow.Complaint, received + ";b mediated 4 2;c accepted 4 2;d closed 4 2", "a c b d |"},
		{"all on the day it was received", flow.Complaint, "a closed 4 1;b accepted 4 1;c received 4 1", "c b a |"},
		{"two orders: that of the procedure", flow.Complaint, received + ";b mediated 4 2;c handed_on 4 2", "a c b |"},
		{"one that cannot be fitted in", flow.Complaint, received + ";b closed 4 2;c closed 4 2;d accepted 4 2", "a d b | c:astray"},
		{"the day after ends it", flow.Complaint, received + ";b mediated 4 2;c accepted 4 2;d closed 4 3", "a c b d |"},
		{"a name goes before", flow.Complaint, received + ";b closed 4 2;c accepted 4 2 >a;d mediated 4 2", "a c d b |"},
		{"ordered and answered twice", flow.Inspection, "a drawn 4 1;b answered 5 2;c answered 5 2;d ordered 4 2;e ordered 4 2;f found 4 2", "a f d b e c |"},
		{"a tier that may not", flow.Complaint, received + ";b accepted 5 2;c closed 4 2", "a c | b:astray"},
	} {
		all := sorted(steps(t, c.steps))
		if got := said(flow.Flows[c.flow].Cases(all)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestLegalOrders: whatever way through a procedure was gone in one day, all its steps count.
func TestLegalOrders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := flow.Flows[rapid.SampledFrom([]string{flow.Family, flow.Hardship, flow.Certificate, flow.Loan, flow.Complaint, flow.Inspection, flow.FullCommunity}).Draw(t, "flow")]
		state := f.States[0]
		ids := rapid.Permutation([]string{"b", "c", "d", "e", "f", "g", "h"}).Draw(t, "ids")
		all := []flow.Step{{ID: "a", Name: state.Name, Level: levelOf(state), On: "2026-03-01"}}
		for _, id := range ids {
			var next []flow.State
			for _, s := range f.States {
				if slices.Contains(s.From, state.Name) {
					next = append(next, s)
				}
			}
			if state.Ends || len(next) == 0 {
				break
			}
			state = rapid.SampledFrom(next).Draw(t, "next")
			all = append(all, flow.Step{ID: id, Name: state.Name, Level: levelOf(state), On: "2026-03-02"})
		}
		cases := f.Cases(sorted(slices.Clone(all)))
		if len(cases) != 1 || len(cases[0].Unheard) > 0 || len(cases[0].Steps) != len(all) {
			t.Fatalf("%s: of %v came %s", f.Name, all, said(cases))
		}
	})
}

// levelOf is that of a unit which may take a step.
func levelOf(s flow.State) int {
	if len(s.Tiers) > 0 {
		return s.Tiers[0]
	}
	return flow.Community
}

// TestManyOfOneDay: a day with more steps than are looked through ends in an order too, the
// same whatever comes first.
func TestManyOfOneDay(t *testing.T) {
	all := steps(t, "a received 4 1")
	for i := range 200 {
		all = append(all, flow.Step{ID: fmt.Sprintf("m%03d", i), Name: []string{"closed", "accepted", "mediated"}[i%3], Level: flow.Street, On: "2026-03-02"})
	}
	if got := flow.Flows[flow.Complaint].Cases(all)[0]; got.Last().On != "2026-03-02" || len(got.Steps)+len(got.Unheard) != len(all) {
		t.Errorf("got %s", said([]flow.Case{got}))
	}
}

// TestNotOfTheDay: what another day brings, or what the procedure does not know, changes no
// order of a day; a step that names none is of the case that was open on its day, also on
// the first day, and crossed where another one took its place.
func TestNotOfTheDay(t *testing.T) {
	for _, c := range []struct{ name, flow, steps, want string }{
		{"closed before it was accepted", flow.Complaint, "a received 4 1;b closed 4 2;c accepted 4 3;d mediated 4 3", "a b | c:astray d:astray"},
		{"no such step", flow.Complaint, "a received 4 1;b accepted 4 2;c nonsense 4 2;d mediated 4 2;e closed 4 3", "a b d e | c:out_of"},
		{"out of turn on the first day", flow.Complaint, "a received 4 1;b ruled 4 1", "a | b:out_of"},
		{"out of turn on the day before", flow.Complaint, "a received 4 2;b ruled 4 1", "a | b:astray"},
		{"found twice", flow.Inspection, "a drawn 4 1;b found 4 2;c found 4 3", "a b | c:crossed"},
		{"found before it was drawn, and after", flow.Inspection, "a drawn 4 3;b found 4 4;c found 4 2", "a b | c:astray"},
		{"a second finding names the first", flow.Inspection, "a drawn 4 1;b found 4 2;c found 4 3 >b", "a b | c:out_of"},
	} {
		all := sorted(steps(t, c.steps))
		if got := said(flow.Flows[c.flow].Cases(all)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
