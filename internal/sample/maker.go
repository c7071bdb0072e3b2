package sample

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Record is one made-up record: its id, and the fields of its kind by their
// names in the schema. Values are what a JSON decoder that keeps numbers makes
// of the same object: string, bool, json.Number and []any of strings.
type Record struct {
	ID     string
	Object map[string]any
}

// Household is one made-up household and the 1 to 6 people in it, the head
// first. Persons name their household by its record id.
type Household struct {
	Record
	Persons []Record
}

// Maker makes up households. The same seed, community and number give the
// same household whatever was made before, with the same record ids, so it can
// be put twice without doubling. A Maker never changes and may be shared.
type Maker struct {
	seed      uint64
	positions map[string]areaPosition
}

// areaPosition is a community's position among those that share an ID area.
type areaPosition struct{ at, of int }

const areaDigits = 6

// NewMaker returns the maker of a seed.
func NewMaker(seed uint64) *Maker {
	m := &Maker{seed: seed, positions: make(map[string]areaPosition)}
	areas := make(map[string][]string)
	for _, r := range Rows() {
		if r.Level == levelCommunity {
			area := r.Code[:areaDigits]
			areas[area] = append(areas[area], r.Code)
		}
	}
	for _, codes := range areas {
		for i, code := range codes {
			m.positions[code] = areaPosition{at: i, of: len(codes)}
		}
	}
	return m
}

// Household makes up household n (0, 1, 2 ...) of a community, named by its
// 12-digit code. Within Huangshi no two persons of one seed share an ID number
// as long as a community has no more than 1,400 households; a community of
// another city works too, but its numbers may now and then be another's. Any
// other text, or an n below 0, gives the zero Household.
func (m *Maker) Household(community string, n int) Household {
	if !isCode(community) || n < 0 {
		return Household{}
	}
	d := &draft{
		Rand:      rand.New(rand.NewPCG(m.seed, seedOf(community, uint64(n)))),
		community: community,
		id:        "sample-" + strconv.FormatUint(m.seed, 36) + "-" + community + fmt.Sprintf("-%06d", n),
		n:         n,
	}
	d.drawMembers()
	d.assignNumbers(m.seed, m.positionOf(community))
	return d.household()
}

func (m *Maker) positionOf(community string) areaPosition {
	if p, ok := m.positions[community]; ok {
		return p
	}
	const others = 500
	return areaPosition{at: int(seedOf(community, 0) % others), of: others}
}

// PersonsIn returns how many people live in households 0 to n-1 of any
// community.
func PersonsIn(n int) int {
	if n < 0 {
		return 0
	}
	total := n / len(sizes) * sizesSum
	for _, size := range sizes[:n%len(sizes)] {
		total += size
	}
	return total
}

// sizes of households recur in this order, so that the people of a community
// can be numbered without making up the households before.
var sizes = [...]int{3, 2, 4, 1, 3, 5, 2, 3, 4, 2, 1, 3, 6, 2, 3, 4, 1, 3, 5, 2}

const sizesSum = 59

// seedOf turns a household's name into the second half of a seed.
func seedOf(community string, n uint64) uint64 {
	h := fnv.New64a()
	h.Write([]byte(community)) // a hash never fails
	return h.Sum64() ^ n*0x9e3779b97f4a7c15
}

func isCode(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}
