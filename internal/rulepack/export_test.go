package rulepack

import "strconv"

// Bound is a key of a pack with the bounds of its number; of others they are 0.
type Bound struct {
	Name        string
	Least, Most int64
	Plain       string // its value where nothing is published
}

// Kinds are the packs that have keys.
func Kinds() []string {
	return []string{CommunityKind, BestKind, ClearKind, ZeroKind, AgeKind, ClocksKind, SubsidyKind}
}

// Bounds are the keys of a kind.
func Bounds(kind string) (all []Bound) {
	for _, k := range keysOf(kind) {
		b := Bound{Name: k.name}
		if k.in != nil {
			plain := Plain()
			b.Least, b.Most = k.least, k.most
			switch in := k.in(&plain).(type) {
			case *int:
				b.Plain = strconv.Itoa(*in)
			case *int64:
				b.Plain = strconv.FormatInt(*in/100, 10)
			case *bool:
				b.Plain = strconv.FormatBool(*in)
			}
		}
		all = append(all, b)
	}
	return all
}

// Assessable are the indicators that a criterion may name, with whether they are rates.
func Assessable() map[string]bool { return assessable }
