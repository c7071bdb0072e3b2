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
	born    map[uint64]owner // by name and birth
}

// owner is whose record had a value last, by a hash, and in its last bit whether any such
// record has no number that tells who it is.
type owner uint32

const unsure owner = 1

func newTable() *table {
	return &table{seed: maphash.MakeSeed(), numbers: map[uint64]owner{}, born: map[uint64]owner{}}
}

// put adds a person, and reports whether another one may be the same: who has the number, or
// name and birth where one of the two numbers does not tell who it is.
func (t *table) put(id change.RecordID, k duplicates.Keys) (alike bool) {
	is := owner(maphash.String(t.seed, string(id))) &^ unsure
	if k.Number != "" {
		key := maphash.String(t.seed, k.Number)
		was, met := t.numbers[key]
		if alike = met && was != is; !met || alike {
			t.numbers[key] = is
		}
	}
	if k.Born == "" {
		return alike
	}
	key := maphash.String(t.seed, k.Born)
	was, met := t.born[key]
	if met && was&^unsure != is && (!k.Sure || was&unsure != 0) {
		alike = true
	}
	is |= was & unsure
	if !k.Sure {
		is |= unsure
	}
	if is != was || !met {
		t.born[key] = is
	}
	return alike
}
