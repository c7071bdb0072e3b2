package index

import (
	"bytes"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Add lists an id under a key; where it is listed already nothing changes.
func (t *Tree) Add(key []byte, id change.RecordID) error {
	if len(key) > MaxKey || len(id) > change.MaxRecordID {
		return fault.New(fault.Internal, "a key or id of an index is too long")
	}
	if err := t.begin(); err != nil {
		return err
	}
	right, err := t.add(rootNumber, entry{key: key, id: []byte(id)})
	if err != nil {
		return err
	}
	if right.child > 0 {
		if err := t.raise(right); err != nil {
			return err
		}
	}
	return t.end()
}

// Remove takes an id from under a key; where it is not listed nothing
// changes.
func (t *Tree) Remove(key []byte, id change.RecordID) error {
	if err := t.begin(); err != nil {
		return err
	}
	empty, err := t.remove(rootNumber, entry{key: key, id: []byte(id)})
	if err != nil {
		return err
	}
	if empty { // numbers begin again with the next root
		t.root, t.grown = nil, false
		delete(t.blocks, rootNumber)
		return t.table.Delete(t.name(rootNumber))
	}
	return t.end()
}

func (t *Tree) begin() (err error) {
	t.root, err = t.read(rootNumber)
	t.grown = false
	return err
}

func (t *Tree) end() error {
	if !t.grown {
		return nil
	}
	return t.write(rootNumber, t.root)
}

// give returns a number for a new block.
func (t *Tree) give() uint32 {
	no := t.root.given() + 1
	t.root.setGiven(no)
	t.grown = true
	return no
}

// keep stores a block; the root is written at the end.
func (t *Tree) keep(no uint32, b block) error {
	if no == rootNumber {
		t.root, t.grown = b, true
		return nil
	}
	return t.write(no, b)
}

func (t *Tree) at(no uint32) (block, error) {
	if no == rootNumber {
		return t.root, nil
	}
	return t.read(no)
}

// add puts an entry into the block or below it. When that splits the block,
// the entry that names its right half is returned.
func (t *Tree) add(no uint32, e entry) (right entry, err error) {
	b, err := t.at(no)
	if err != nil {
		return right, err
	}
	place, found := b.find(e)
	if b.level() == 0 && found {
		return right, nil
	}
	if b.level() > 0 {
		at, child := b.descend(e)
		if e, err = t.add(child, e); err != nil || e.child == 0 {
			return right, err
		}
		if no == rootNumber {
			b = t.root // has given numbers meanwhile
		}
		_, place = b.entry(at) // behind the half that stays
	}
	b = b.insert(place, e)
	if len(b) <= maxBlock {
		return right, t.keep(no, b)
	}
	left, rest := b.split(place)
	right = separator(left, rest)
	if err := t.keep(no, left); err != nil {
		return right, err
	}
	right.child = t.give()
	return right, t.write(right.child, rest)
}

// separator is a short entry above all of the left half and not above the
// right one: branches of short entries are few. Those of a branch stand as
// they are, for what comes below them is not known here.
func separator(left, right block) entry {
	r, _ := right.entry(blockHead)
	l, _ := left.entry(left.last())
	switch {
	case left.level() > 0:
		return entry{key: slices.Clone(r.key), id: slices.Clone(r.id)}
	case !bytes.Equal(l.key, r.key):
		return entry{key: above(l.key, r.key)}
	}
	return entry{key: slices.Clone(r.key), id: above(l.id, r.id)}
}

// above is the shortest beginning of b that is above a, which is below b.
func above(a, b []byte) []byte {
	n := 0
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return slices.Clone(b[:n+1])
}

// raise makes a new root above the two halves of the one that was split.
func (t *Tree) raise(right entry) error {
	left := entry{child: t.give()}
	given := t.root.given()
	half := slices.Clone(t.root)
	half.setGiven(0)
	if err := t.write(left.child, half); err != nil {
		return err
	}
	root := newBlock(half.level() + 1)
	root.setGiven(given)
	root = root.insert(len(root), left)
	t.root = root.insert(len(root), right)
	return nil
}

// remove takes an entry out of the block or from below it, and reports whether
// that has emptied the block. One that is not empty is left as it is: the
// records of a kind do not become fewer.
func (t *Tree) remove(no uint32, e entry) (empty bool, err error) {
	b, err := t.at(no)
	if err != nil {
		return false, err
	}
	at, found := b.find(e)
	if b.level() > 0 {
		var child uint32
		at, child = b.descend(e)
		if found, err = t.remove(child, e); err != nil || !found {
			return false, err
		}
		delete(t.blocks, child)
		if err := t.table.Delete(t.name(child)); err != nil {
			return false, err
		}
	}
	if !found {
		return false, nil
	}
	if b = b.remove(at); b.empty() {
		return true, nil
	}
	return false, t.keep(no, b)
}
