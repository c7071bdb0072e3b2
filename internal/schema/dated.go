package schema

import (
	"slices"

	"tongbu/internal/change"
)

// CheckDated lists the hard problems that CheckOn finds for the day alone: those of
// rules that compare with today.
func (k *Kind) CheckDated(values change.Fields, today string) []Problem {
	var problems []Problem
	r := record{kind: k, Subject: Subject{Today: today}, set: values}
	for _, c := range k.hardChecks {
		if c.dated && !c.holds(r) {
			problems = append(problems, c.problem(r))
		}
	}
	return problems
}

// needsToday reports whether the rule depends on the day it is judged on.
func (c *Check) needsToday() bool {
	return c.Test == "not_future" || slices.ContainsFunc(c.When, func(w Condition) bool { return w.MinAge != 0 || w.MaxAge != 0 })
}
