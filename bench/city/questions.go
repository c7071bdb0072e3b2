package main

import (
	"tongbu/bench/census"
	"tongbu/internal/schema"
)

// question counts the records of a kind that match a filter. The nodes' lists are
// read once a kind: has says of a row of theirs whether it matches.
type question struct {
	kind, filter string
	has          func(fields map[string]any) bool // nil: all do
}

func (q question) String() string {
	if q.filter == "" {
		return q.kind
	}
	return q.kind + ", " + q.filter
}

// whether asks for the rows of a kind in which a field is true.
func whether(kind, field string) question {
	return question{kind, field + " = true", func(fields map[string]any) bool { return fields[field] == true }}
}

// chosen are counts of what derived rows say, not only of how many there are.
var chosen = []question{
	whether("person_facts", "working_age"), whether("person_facts", "employed"), whether("person_facts", "unemployed"),
	whether("person_facts", "registered"), whether("person_facts", "older"),
	{"person_facts", "six_clear >= 3", func(fields map[string]any) bool { n, _ := fields["six_clear"].(float64); return n >= 3 }},
	whether("household_facts", "zero_employment"), whether("household_facts", "dual_employed"), whether("ledger_unemployed", "lasts"),
}

// questions are those that are asked at the city and at all communities.
func (c *city) questions() []question {
	all := []question{{kind: "household"}, {kind: "person"}}
	for _, kind := range census.Happened {
		all = append(all, question{kind: kind})
	}
	for _, k := range c.kinds.Kinds() {
		if k.Sort == schema.Derived {
			all = append(all, question{kind: k.Name})
		}
	}
	return append(all, chosen...)
}
