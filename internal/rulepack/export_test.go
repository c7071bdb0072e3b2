package rulepack

// Bound is a key of a pack with the bounds of its number; of others they are 0.
type Bound struct {
	Name        string
	Least, Most int64
	Amount      bool // in yuan
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
			switch k.in(new(Rules)).(type) {
			case *int:
				b.Least, b.Most = k.least, k.most
			case *int64:
				b.Least, b.Most, b.Amount = k.least, k.most, true
			}
		}
		all = append(all, b)
	}
	return all
}
