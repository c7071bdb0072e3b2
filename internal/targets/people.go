package targets

import (
	"slices"
	"strings"
)

// Person is who answers for targets, and how many of them stand how. The one without a
// name stands for those that nobody answers for.
type Person struct {
	Name    string        `json:"responsible"`
	Targets int           `json:"targets"`
	States  map[State]int `json:"states"`
}

// Answered is a target as far as it is counted by persons.
type Answered struct {
	Responsible string
	State       State
}

// People counts targets by who answers for them, in the order of names; those that nobody
// answers for come last. One that another has replaced is nobody's.
func People(all []Answered) []Person {
	var people []Person
	for _, a := range all {
		if a.State == Replaced {
			continue
		}
		name := strings.TrimSpace(a.Responsible)
		i := slices.IndexFunc(people, func(p Person) bool { return p.Name == name })
		if i < 0 {
			i, people = len(people), append(people, Person{Name: name, States: map[State]int{}})
		}
		people[i].Targets++
		people[i].States[a.State]++
	}
	slices.SortFunc(people, func(a, b Person) int { return CompareNames(a.Name, b.Name) })
	return people
}

// CompareNames is the order of persons: nobody comes last.
func CompareNames(a, b string) int {
	switch a, b = strings.TrimSpace(a), strings.TrimSpace(b); {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	return strings.Compare(a, b)
}
