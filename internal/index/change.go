package index

import (
	"bytes"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Apply changes what is listed; a line that says what is so already changes
// nothing. The lines go down the tree together, in its order: each block is
// read and written once, however many lines come to it.
func (t *Tree) Apply(lines []Line) error {
	lines = settle(lines)
	for _, l := range lines {
		if len(l.Key) > MaxKey || len(l.ID) > change.MaxName {
			return fault.New(fault.Internal, "a key or id of an index is too long")
		}
	}
	clear(t.blocks)
	root, err := t.load(rootNumber)
	if err != nil {
		return err
	}
	t.given = root.given()
	e := edit{old: root}
	if err := t.edit(&e, lines); err != nil {
		return err
	}
	return t.putRoot(root, &e)
}

// putRoot stores the root; a level more when it is too long.
func (t *Tree) putRoot(root block, e *edit) error {
	if !e.changed() && t.given == root.given() {
		return nil
	}
	b := e.end()
	for len(b) > maxBlock {
		parts, err := t.store(rootNumber, b, e.ended)
		if err != nil {
			return err
		}
		b = newBlock(b.level() + 1)
		for _, p := range parts {
			b = b.append(p)
		}
	}
	if b.empty() { // numbers begin again with the next root
		return t.table.Delete(t.name(rootNumber))
	}
	b.setGiven(t.given)
	return t.table.Put(t.name(rootNumber), b)
}

// edit puts lines into a block or below it.
func (t *Tree) edit(e *edit, lines []Line) error {
	if e.old.level() == 0 {
		e.out = t.spare[:0]
		e.lines(lines)
		t.spare = e.out
		return nil
	}
	for at, next := blockHead, 0; at < len(e.old) && len(lines) > 0; at = next {
		var named entry
		named, next = e.old.entry(at)
		mine := lines
		if next < len(e.old) {
			after, _ := e.old.entry(next)
			mine = lines[:len(lines)-len(from(lines, after))]
		}
		lines = lines[len(mine):]
		if len(mine) == 0 {
			continue
		}
		parts, err := t.editChild(named.child, mine)
		if err != nil {
			return err
		}
		if len(parts) == 1 {
			continue
		}
		e.drop(at, next)
		for i, p := range parts {
			if i == 0 {
				p.key, p.id = named.key, named.id
			}
			e.put(next, p)
		}
	}
	return nil
}

// editChild puts lines into a block below another one, and returns the entries
// of what there is in its place: one when nothing changes above it, none when
// it is empty.
func (t *Tree) editChild(no uint32, lines []Line) ([]entry, error) {
	b, err := t.load(no)
	if err != nil {
		return nil, err
	}
	e := edit{old: b}
	if err := t.edit(&e, lines); err != nil {
		return nil, err
	}
	if !e.changed() {
		return []entry{{child: no}}, nil
	}
	return t.store(no, e.end(), e.ended)
}

// store stores a block that may be too long or empty, and returns the entries
// of what it became. The first part has the number, unless that is the root's.
func (t *Tree) store(no uint32, b block, ended bool) (parts []entry, err error) {
	if b.empty() {
		return nil, t.table.Delete(t.name(no))
	}
	var left block
	for part := range b.cut(ended) {
		if left != nil || no == rootNumber {
			t.given++
			no = t.given
		}
		e := entry{child: no}
		if left != nil {
			e.key, e.id = separator(left, part)
		}
		if err := t.table.Put(t.name(no), part); err != nil {
			return nil, err
		}
		parts, left = append(parts, e), part
	}
	return parts, nil
}

// separator is short, above all of the left part and not above the right one:
// branches of short entries are few. Those of a branch stand as they are, for
// what comes below them is not known here.
func separator(left, right block) (key, id []byte) {
	r, _ := right.entry(blockHead)
	l, _ := left.entry(left.last())
	switch {
	case left.level() > 0:
		return slices.Clone(r.key), slices.Clone(r.id)
	case !bytes.Equal(l.key, r.key):
		return above(l.key, r.key), nil
	}
	return slices.Clone(r.key), above(l.id, r.id)
}

// above is the shortest beginning of b that is above a, which is below b.
func above(a, b []byte) []byte {
	n := 0
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return slices.Clone(b[:n+1])
}
