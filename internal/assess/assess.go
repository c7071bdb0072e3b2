// Package assess judges whether a unit is one of full employment: by the criteria of a rule
// pack, each a figure and a bar. It is given the parts of figures, and reads no store.
package assess

import (
	"slices"

	"tongbu/internal/facts"
	"tongbu/internal/rulepack"
)

// State is how a unit stands by one criterion.
type State string

// The states. A criterion without anybody to judge is met: where nobody is in hardship,
// nobody in hardship is without work. One that no figure says is neither.
const (
	Met      State = "met"
	NotMet   State = "not_met"
	Nobody   State = "nobody"    // met: there is nobody to judge
	NoFigure State = "no_figure" // neither met nor not
)

// Result is a criterion with what the unit has.
type Result struct {
	rulepack.Criterion
	Rate        bool
	Numerator   int64 // or the count itself
	Denominator int64 // of a rate
	State       State
}

// Verdict is what the criteria say together.
type Verdict string

// The verdicts, the first that fits.
const (
	Vetoed  Verdict = "vetoed"  // one that is a veto is not met
	Failed  Verdict = "failed"  // one is not met
	Open    Verdict = "open"    // none is not met, and of one there is no figure
	Nothing Verdict = "nothing" // there is nobody of the labour force, and nobody to judge by any
	Passed  Verdict = "passed"
)

// Judge judges a unit by a pack.
func Judge(pack *rulepack.Community, parts map[string]int64) (results []Result, verdict Verdict) {
	for _, c := range pack.All() {
		results = append(results, judge(c, parts))
	}
	has := func(is func(Result) bool) bool { return slices.ContainsFunc(results, is) }
	switch {
	case has(func(r Result) bool { return r.State == NotMet && r.Veto }):
		return results, Vetoed
	case has(func(r Result) bool { return r.State == NotMet }):
		return results, Failed
	case has(func(r Result) bool { return r.State == NoFigure }):
		return results, Open
	case isEmpty(parts) && !has(func(r Result) bool { return r.Rate && r.State == Met }):
		return results, Nothing
	}
	return results, Passed
}

// isEmpty reports whether a unit has nobody of the labour force.
func isEmpty(parts map[string]int64) bool {
	n, _ := facts.Named("labour_force/all")[0].Figure(parts)
	return n == 0
}

func judge(c rulepack.Criterion, parts map[string]int64) Result {
	r := Result{Criterion: c, State: NoFigure}
	if c.Indicator == "" {
		return r
	}
	i := facts.Named(c.Indicator)[0]
	r.Numerator, r.Denominator = i.Figure(parts)
	if r.Rate = i.IsRate(); !r.Rate {
		r.State = stateOf(r.Numerator, int64(c.Bar), c.Most)
		return r
	}
	if r.State = Nobody; r.Denominator > 0 {
		r.State = stateOf(100*r.Numerator, int64(c.Bar)*r.Denominator, c.Most)
	}
	return r
}

// stateOf compares what there is with the bar.
func stateOf(is, bar int64, most bool) State {
	if is == bar || (is < bar) == most {
		return Met
	}
	return NotMet
}

// Share is how many communities have passed.
type Share struct {
	Of, Passed, Failed, Open, Nothing int // Failed: vetoed too
	Target                            int // per cent of them that are to pass
}

// ShareOf counts the verdicts of communities.
func ShareOf(verdicts []Verdict, target int) Share {
	s := Share{Of: len(verdicts), Target: target}
	for _, v := range verdicts {
		switch v {
		case Passed:
			s.Passed++
		case Open:
			s.Open++
		case Nothing:
			s.Nothing++
		default:
			s.Failed++
		}
	}
	return s
}

// Reached reports whether as many have passed as are to; of no communities none has to.
// One that nobody can judge has not passed.
func (s Share) Reached() bool { return 100*s.Passed >= s.Target*s.Of }
