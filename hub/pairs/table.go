package pairs

import (
	"hash/maphash"

	"tongbu/internal/change"
	"tongbu/internal/duplicates"
)

// table tells in memory whether somebody else may have the number or the name and birth of a
// person. It keeps hashes, sixteen bytes for each: what it takes for a pair is looked up then.
type table struct {
	seed    maphash.Seed
	numbers map[uint64]owner
	names   map[uint64]owner // of name and birth
}

// owner is whose record had a value last, by a hash, and in its last bit whether any such
// record has no number that tells who it is.
type owner uint32

const unsure owner = 1

func newTable(persons int) *table {
	return &table{seed: maphash.MakeSeed(), numbers: make(map[uint64]owner, persons), names: make(map[uint64]owner, persons)}
}

func (t *table) ownerOf(id change.RecordID) owner {
	return owner(maphash.String(t.seed, string(id))) &^ unsure
}

// put adds a person, and reports whether another one may be the same: who has the number, or
// name and birth where one of the two numbers does not tell who it is.
func (t *table) put(p duplicates.Person) (alike bool) {
	id, sure := t.ownerOf(p.ID), p.IsSure()
	if number := p.Whole(); number != "" {
		key := maphash.String(t.seed, number)
		was, met := t.numbers[key]
		alike = met && was != id
		t.numbers[key] = id
	}
	if p.Name == "" || p.Birth == "" {
		return alike
	}
	key := maphash.String(t.seed, p.Name) ^ maphash.String(t.seed, p.Birth)*3
	was, met := t.names[key]
	if met && was&^unsure != id && (!sure || was&unsure != 0) {
		alike = true
	}
	is := id | was&unsure
	if !sure {
		is |= unsure
	}
	t.names[key] = is
	return alike
}
