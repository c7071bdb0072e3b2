package index

import (
	"bytes"
	"encoding/binary"
	"iter"

	"tongbu/internal/fault"
)

// maxBlock is the most bytes of a block: it fills a page of the file.
const maxBlock = 3880

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
	if c := bytes.Compare(e.key, o.key); c != 0 {
		return c
	}
	return bytes.Compare(e.id, o.id)
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

// append puts an entry, no part of this block, at the end.
func (b block) append(e entry) block {
	b = append(append(b, byte(len(e.key))), e.key...)
	b = append(append(b, byte(len(e.id))), e.id...)
	if b.level() > 0 {
		b = binary.BigEndian.AppendUint32(b, e.child)
	}
	return b
}

// cut yields a block in parts that are not too long: of one size, or full ones
// when it has grown at its end.
func (b block) cut(ended bool) iter.Seq[block] {
	return func(yield func(block) bool) {
		if len(b) <= maxBlock {
			yield(b)
			return
		}
		size := maxBlock
		if !ended {
			parts := (len(b)-blockHead)/(maxBlock-blockHead) + 1
			size = (len(b)-blockHead)/parts + blockHead
		}
		part := newBlock(b.level())
		for at, next := blockHead, 0; at < len(b); at = next {
			_, next = b.entry(at)
			if len(part) >= size || len(part)+next-at > maxBlock {
				if !yield(part) {
					return
				}
				part = newBlock(b.level())
			}
			part = append(part, b[at:next]...)
		}
		yield(part)
	}
}

// last is the place of the last entry.
func (b block) last() (at int) {
	for i := range b.all() {
		at = i
	}
	return at
}
