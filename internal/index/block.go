package index

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"iter"
	"slices"

	"tongbu/internal/fault"
)

// maxBlock is the most bytes of a block: two of them fit a page of the file.
const maxBlock = 1900

// block is a node of the tree as it is stored: level 1, numbers given 4 (of
// the root; else 0), then the entries in order. It is changed in place.
type block []byte

const blockHead = 1 + 4

// entry is a key with an id; in a branch also the block of what comes from
// there on; what the first of a branch says of that does not count.
type entry struct {
	key   []byte
	id    []byte
	child uint32
}

func (e entry) compare(o entry) int {
	return cmp.Or(bytes.Compare(e.key, o.key), bytes.Compare(e.id, o.id))
}

func newBlock(level byte) block { return append(make(block, 0, maxBlock), level, 0, 0, 0, 0) }

func (b block) level() byte       { return b[0] }
func (b block) given() uint32     { return binary.BigEndian.Uint32(b[1:]) }
func (b block) setGiven(n uint32) { binary.BigEndian.PutUint32(b[1:], n) }
func (b block) empty() bool       { return len(b) == blockHead }

// check returns Damaged unless the block can be read.
func (b block) check() error {
	at := blockHead
	for at < len(b) {
		size := 1 + int(b[at])
		if at+size < len(b) {
			size += 1 + int(b[at+size]) + b.childSize()
		} else {
			size = len(b)
		}
		at += size
	}
	if at != len(b) {
		return fault.New(fault.Damaged, "a block of an index is not in form")
	}
	return nil
}

func (b block) childSize() int {
	if b.level() > 0 {
		return 4
	}
	return 0
}

// all yields the entries with their places; those yielded are part of the
// block.
func (b block) all() iter.Seq2[int, entry] {
	return func(yield func(int, entry) bool) {
		for at := blockHead; at < len(b); {
			e, next := b.entry(at)
			if !yield(at, e) {
				return
			}
			at = next
		}
	}
}

func (b block) entry(at int) (e entry, next int) {
	key := at + 1
	id := key + int(b[at]) + 1
	e.key, next = b[key:id-1], id+int(b[id-1])
	e.id = b[id:next]
	if b.level() > 0 {
		e.child = binary.BigEndian.Uint32(b[next:])
		next += 4
	}
	return e, next
}

// find returns where the entry stands, or where it would.
func (b block) find(e entry) (at int, found bool) {
	for at, have := range b.all() {
		if c := have.compare(e); c >= 0 {
			return at, c == 0
		}
	}
	return len(b), false
}

// descend returns the child that has the entry, and where it is named: the
// last one that is not above it, or the first. Where the first begins does not
// count: once those before it are gone it has what would have come to them.
func (b block) descend(e entry) (at int, child uint32) {
	for i, have := range b.all() {
		if child > 0 && have.compare(e) > 0 {
			break
		}
		at, child = i, have.child
	}
	return at, child
}

// insert puts an entry at a place.
func (b block) insert(at int, e entry) block {
	raw := append(make([]byte, 0, 2+len(e.key)+len(e.id)+4), byte(len(e.key)))
	raw = append(append(raw, e.key...), byte(len(e.id)))
	raw = append(raw, e.id...)
	if b.level() > 0 {
		raw = binary.BigEndian.AppendUint32(raw, e.child)
	}
	return slices.Insert(b, at, raw...)
}

func (b block) remove(at int) block {
	_, next := b.entry(at)
	return slices.Delete(b, at, next)
}

// split cuts a block that is too long and returns both parts. At is where it
// grew: one that grows at its end stays full, as ids that begin with the time
// make it do.
func (b block) split(at int) (left, right block) {
	cut := b.last()
	if at < cut {
		for cut = range b.all() {
			if cut > len(b)/2 {
				break
			}
		}
	}
	right = append(newBlock(b.level()), b[cut:]...)
	return b[:cut], right
}

// last is the place of the last entry.
func (b block) last() (at int) {
	for i := range b.all() {
		at = i
	}
	return at
}
