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
	return &ties{all: make([]tie, 1), at: map[tied]int32{}, made: map[string]uint8{}}
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

// tops are all records that hang below none.
func (t *ties) tops() (all []int32) {
	for n := int32(1); n < int32(len(t.all)); n++ {
		if t.all[n].up == 0 {
			all = append(all, n)
		}
	}
	return all
}
