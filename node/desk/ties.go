package desk

import "tongbu/internal/change"

// ties know which records rows are made of together: events hang below the person or
// household that they are about, persons below their household. What another is hung
// below need not be here yet. 0 stands for no record.
type ties struct {
	all  []tie
	at   map[tied]int32
	made map[string]uint8 // numbers of the kinds
	kind []string

	// What an event about somebody tells of besides (facts.Bears), and by what that is told.
	beside map[int32]int32
	told   map[int32]map[int32]bool
}

type tied struct {
	kind uint8
	id   change.RecordID
}

type tie struct {
	tied
	up, down, next int32 // what it hangs below, the first below it, the next beside it
}

func newTies() *ties {
	return &ties{all: make([]tie, 1), at: map[tied]int32{}, made: map[string]uint8{}, beside: map[int32]int32{}, told: map[int32]map[int32]bool{}}
}

// node is the number of a record, which it has from now on.
func (t *ties) node(kind string, id change.RecordID) int32 {
	number, known := t.made[kind]
	if !known {
		number = uint8(len(t.kind))
		t.made[kind] = number
		t.kind = append(t.kind, kind)
	}
	key := tied{number, id}
	n, known := t.at[key]
	if !known {
		n = int32(len(t.all))
		t.all = append(t.all, tie{tied: key})
		t.at[key] = n
	}
	return n
}

// hang puts a record below another one, or below none.
func (t *ties) hang(n, up int32) {
	if t.all[n].up == up {
		return
	}
	if was := t.all[n].up; was != 0 {
		at := &t.all[was].down
		for *at != n {
			at = &t.all[*at].next
		}
		*at = t.all[n].next
	}
	t.all[n].up, t.all[n].next = up, 0
	if up != 0 {
		t.all[n].next, t.all[up].down = t.all[up].down, n
	}
}

// top is the record below which a record hangs with all others that its rows are made of.
func (t *ties) top(n int32) int32 {
	for t.all[n].up != 0 {
		n = t.all[n].up
	}
	return n
}

// below calls fn with a record and all that hang below it.
func (t *ties) below(n int32, fn func(kind string, id change.RecordID) error) error {
	if err := fn(t.kind[t.all[n].kind], t.all[n].id); err != nil {
		return err
	}
	for d := t.all[n].down; d != 0; d = t.all[d].next {
		if err := t.below(d, fn); err != nil {
			return err
		}
	}
	return nil
}

// put says what a record tells of besides; 0 for nothing.
func (t *ties) put(n, beside int32) {
	if was := t.beside[n]; was != 0 {
		delete(t.told[was], n)
	}
	delete(t.beside, n)
	if beside == 0 {
		return
	}
	t.beside[n] = beside
	if t.told[beside] == nil {
		t.told[beside] = map[int32]bool{}
	}
	t.told[beside][n] = true
}

// besides calls fn for what a record tells of besides, and what that does.
func (t *ties) besides(n int32, fn func(int32)) {
	for at := t.beside[n]; at != 0; at = t.beside[at] {
		fn(at)
	}
}

// telling calls fn with all that tells of a record besides, and of what does.
func (t *ties) telling(n int32, fn func(kind string, id change.RecordID) error) error {
	for by := range t.told[n] {
		if err := fn(t.kind[t.all[by].kind], t.all[by].id); err != nil {
			return err
		}
		if err := t.telling(by, fn); err != nil {
			return err
		}
	}
	return nil
}

// tops are all records that hang below none.
func (t *ties) tops() (all []int32) {
	for n := int32(1); n < int32(len(t.all)); n++ {
		if t.all[n].up == 0 {
			all = append(all, n)
		}
	}
	return all
}
