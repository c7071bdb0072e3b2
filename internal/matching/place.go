package matching

import (
	"tongbu/internal/tree"
)

// place is where a unit stands: the ids of the units of each tier above it, its own
// included, from the city down; "" where a tier is missing.
type place [4]string

func (b *Book) placeOf(code string) (p place) {
	if b.tree == nil {
		return p
	}
	u, known := b.tree.ByCode(code)
	if !known {
		return p
	}
	for level := tree.City; level <= tree.Community; level++ {
		if above, has := b.tree.At(u.ID, level); has {
			p[level-tree.City] = string(above.ID)
		}
	}
	return p
}

// outside is the area of work in another city.
const outside = 5

// distance is how far a person's unit and that of the post are apart, in the numbers of
// areas: 1 is one community, 4 one city, 5 another city; 0 where a unit is not known.
func distance(v *Vacancy, s *Seeker) int {
	if v.area == outside {
		return outside
	}
	for tier := len(v.place) - 1; tier >= 0; tier-- {
		if v.place[tier] != "" && v.place[tier] == s.place[tier] {
			return len(v.place) - tier
		}
	}
	return 0
}
