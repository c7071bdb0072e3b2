// Package matching says how well a person and a vacancy go together: a score from 0 to
// 100, and the reasons for it in words. It is a pure function of the two, what follows
// from their records on a day, and where they stand in the tree, so a workstation and
// every hub that hold the same records say the same. The package has no clock and reads
// nothing itself: DESIGN.md has the rules and where candidates come from.
package matching

import (
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Book judges pairs by the code lists of a schema and the tree of units. It never changes
// and may be used by many goroutines.
type Book struct {
	schema *schema.Schema
	tree   *tree.Tree
	day    string
	groups map[string]string // of occupations
}

// NewBook makes the book of a day, YYYY-MM-DD.
func NewBook(s *schema.Schema, t *tree.Tree, day string) *Book {
	b := &Book{schema: s, tree: t, day: day, groups: map[string]string{}}
	if list, ok := s.List(occupationList); ok {
		for _, item := range list.Items {
			b.groups[item.Code] = groupOf(list, item)
		}
	}
	return b
}

// State is what came of a rule.
type State uint8

// The states.
const (
	Silent  State = iota // nothing is asked: no reason is given
	Fits                 // what is asked is there
	Not                  // it is not
	Unknown              // one of the two does not tell
)

// verdict is what a rule says of a pair.
type verdict struct {
	state State
	share int  // of the rule's weight, in percent
	hard  bool // the pair is out
}

func fits() verdict            { return verdict{state: Fits, share: 100} }
func partly(share int) verdict { return verdict{state: Fits, share: share} }
func nearly(share int) verdict { return verdict{state: Not, share: share} }
func misses() verdict          { return verdict{state: Not} }
func excludes() verdict        { return verdict{state: Not, hard: true} }
func untold() verdict          { return verdict{state: Unknown, share: 50} }

func yesOrNot(yes bool) verdict {
	if yes {
		return fits()
	}
	return misses()
}

// Reason is one rule's word on a pair.
type Reason struct {
	Rule    string       `json:"rule"`
	Fits    bool         `json:"fits"`
	Unknown bool         `json:"unknown,omitempty"` // one of the two does not tell, so ask
	Hard    bool         `json:"hard,omitempty"`    // it excludes
	Text    schema.Label `json:"text"`
}

// Score is how well a pair goes together, from 0 to 100: the weighted share of what fits
// of what is asked. A pair that a hard reason excludes has 0.
func (b *Book) Score(v *Vacancy, s *Seeker) (score int, excluded bool) {
	points, of := 0, 0
	for i := range rules {
		d := rules[i].judge(v, s)
		if d.hard {
			return 0, true
		}
		if d.state != Silent {
			points += rules[i].weight * d.share
			of += rules[i].weight
		}
	}
	return (points + of/2) / of, false // the occupation always counts
}

// Reasons are the reasons of a score, in the order of the rules. What excludes nobody and
// has no weight is no reason.
func (b *Book) Reasons(v *Vacancy, s *Seeker) []Reason {
	var all []Reason
	for i := range rules {
		r := &rules[i]
		d := r.judge(v, s)
		if d.state == Silent || d.state == Fits && r.weight == 0 {
			continue
		}
		all = append(all, Reason{Rule: r.name, Fits: d.state == Fits, Unknown: d.state == Unknown, Hard: d.hard, Text: r.say(b, v, s, d)})
	}
	return all
}
