package sample

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// draft is a household on its way to being made up.
type draft struct {
	*rand.Rand
	community, id  string
	n              int
	dotted         bool // the family writes its names with a dot
	nationality    string
	members        []member
	address, phone string
	surveyed       time.Time
	lowIncome      bool
}

// member is a person before the fields are filled in.
type member struct {
	role
	name, status string
	slot         slot
	idNumber     string
}

// role is a place in a family: the relation to the head, the sex, and the
// generation.
type role struct {
	relation   string
	man        bool
	generation generation
}

type generation int

// The generations, the oldest first.
const (
	parents generation = iota
	heads
	children
)

// Chances of what some families and persons have.
const (
	oneIn4  = 1.0 / 4
	oneIn16 = 1.0 / 16
	oneIn24 = 1.0 / 24
)

func (d *draft) chance(p float64) bool { return d.Float64() < p }

func (d *draft) pick(from []string) string { return from[d.IntN(len(from))] }

// drawMembers decides who lives in the household.
func (d *draft) drawMembers() {
	d.dotted = d.chance(oneIn16)
	d.nationality = d.pick(nationalities)
	if d.dotted {
		d.nationality = uygur
	}
	surname := d.pick(surnames)
	for _, r := range d.roles(sizes[d.n%len(sizes)]) {
		own := surname
		if slices.Contains([]string{wife, husband, mother}, r.relation) {
			own = d.pick(surnames) // who married in
		}
		d.members = append(d.members, member{role: r, name: d.name(own, r.man), status: d.pick(statuses[r.generation])})
	}
}

// roles draws the places in a family of a size: the head, mostly a spouse,
// who then stands second, then children, and parents once each.
func (d *draft) roles(size int) []role {
	man := !d.chance(oneIn4)
	roles := append(make([]role, 0, size), role{head, man, heads})
	if size > 1 && !d.chance(oneIn4) {
		roles = append(roles, spouse(man))
	}
	elders := []role{{father, true, parents}, {mother, false, parents}}
	for len(roles) < size {
		if len(elders) > 0 && d.chance(oneIn4) {
			roles, elders = append(roles, elders[0]), elders[1:]
			continue
		}
		roles = append(roles, child(d.chance(0.5)))
	}
	return roles
}

func spouse(headIsMan bool) role {
	if headIsMan {
		return role{wife, false, heads}
	}
	return role{husband, true, heads}
}

func child(man bool) role {
	if man {
		return role{son, true, children}
	}
	return role{daughter, false, children}
}

// name draws a given name for the surname, or a whole name with a dot.
func (d *draft) name(surname string, man bool) string {
	given, dotted := womanChars, dottedWomen
	if man {
		given, dotted = manChars, dottedMen
	}
	if d.dotted {
		return d.pick(dotted) + "·" + d.pick(dottedMen)
	}
	if d.chance(oneIn24) {
		given = rareChars
	}
	return surname + d.pick(given)
}

// assignNumbers hands out birth dates and ID numbers, the earlier ones to the
// older generations.
func (d *draft) assignNumbers(seed uint64, p areaPosition) {
	drawn := make([]slot, len(d.members))
	for i := range drawn {
		drawn[i] = slotOf(seed, uint64(PersonsIn(d.n)+i), p.at, p.of)
	}
	slices.SortFunc(drawn, func(a, b slot) int { return cmp.Compare(a.day(), b.day()) })
	next := 0
	for g := parents; g <= children; g++ {
		for i := range d.members {
			if m := &d.members[i]; m.generation == g {
				m.slot, next = drawn[next], next+1
				m.idNumber = m.slot.number(d.community[:areaDigits], m.man)
			}
		}
	}
}
