// Package census makes up the households of a community with those who live in them, as
// they are today, and what happened to them in the year after their census.
package census

import (
	"encoding/json"
	"strconv"

	"tongbu/internal/sample"
)

// Family is a made-up household and who lives in it, by the names of fields.
type Family struct {
	Home    map[string]any
	Members []map[string]any
}

// seed of all that is made up: the same in each run.
const seed = 2026

var maker = sample.NewMaker(seed)

// New makes up household n of a community, with people of today.
func New(community string, n int) Family {
	made := sample.OfToday(maker.Household(community, n))
	f := Family{Home: made.Object}
	people := made.Persons
	if len(people) > 3 { // a household has 2.65 members then, as one of a city has
		people = people[:len(people)-1]
	}
	f.Home["people"] = json.Number(strconv.Itoa(len(people)))
	for _, p := range people {
		f.Members = append(f.Members, p.Object)
	}
	return f
}
