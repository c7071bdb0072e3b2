// Package index keeps ids in the order of a value, in a table of the journal:
// a tree of blocks, each of them one encrypted value of the table. What the
// file shows in the clear is the number of a block; DESIGN.md says why.
package index

import (
	"bytes"
	"encoding/binary"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// Tree is one index. It lives as long as the transaction of its table, and
// keeps the blocks that readers need: one goroutine, one reader or one writer
// of the index at a time.
type Tree struct {
	table  *journal.Table
	prefix []byte
	blocks map[uint32]block
	recent []Line // in order, for readers: what the blocks do not have yet
	given  uint32 // the last number of a block, while the tree is changed
	spare  block  // a leaf is made here
}

// New returns the index whose blocks have names with the prefix in the table;
// it need not be there yet.
func New(table *journal.Table, prefix []byte) *Tree {
	return &Tree{table: table, prefix: prefix, blocks: map[uint32]block{}}
}

// With makes the index answer as it will once the lines are applied. It
// returns the index.
func (t *Tree) With(lines []Line) *Tree {
	t.recent = settle(lines)
	return t
}

// rootNumber is the name of the first block.
const rootNumber = 0

func (t *Tree) name(no uint32) []byte {
	return binary.BigEndian.AppendUint32(append(make([]byte, 0, len(t.prefix)+4), t.prefix...), no)
}

// read returns a block and keeps it.
func (t *Tree) read(no uint32) (b block, err error) {
	b, ok := t.blocks[no]
	if !ok {
		b, err = t.load(no)
		t.blocks[no] = b
	}
	return b, err
}

// load returns a block; without a root the tree is empty.
func (t *Tree) load(no uint32) (block, error) {
	raw, err := t.table.Get(t.name(no))
	switch {
	case err != nil:
		return nil, err
	case raw == nil && no == rootNumber:
		return newBlock(0), nil
	case len(raw) < blockHead:
		return nil, fault.New(fault.Damaged, "a block of an index is missing")
	}
	return block(raw), block(raw).check()
}

// ascend calls fn for the entries of the blocks from one on, in order.
func (t *Tree) ascend(no uint32, from entry, fn func(entry) error) error {
	b, err := t.read(no)
	if err != nil {
		return err
	}
	if b.level() == 0 {
		for _, e := range b.all() {
			if e.compare(from) < 0 {
				continue
			}
			if err := fn(e); err != nil {
				return err
			}
		}
		return nil
	}
	first, _ := b.descend(from)
	for at, e := range b.all() {
		if at < first {
			continue
		}
		if err := t.ascend(e.child, from, fn); err != nil {
			return err
		}
	}
	return nil
}

// before returns the greatest key of the blocks below an entry.
func (t *Tree) before(no uint32, limit entry) (found []byte, err error) {
	b, err := t.read(no)
	if err != nil {
		return nil, err
	}
	var children []uint32
	for _, e := range b.all() {
		if e.compare(limit) >= 0 && (b.level() == 0 || len(children) > 0) {
			break
		}
		found, children = e.key, append(children, e.child)
	}
	if b.level() == 0 {
		return found, nil
	}
	for i := len(children) - 1; i >= 0; i-- { // a block may begin above the entry that names it
		if found, err = t.before(children[i], limit); found != nil || err != nil {
			return found, err
		}
	}
	return nil, nil
}

// Blocks counts the blocks that have the ids of a span: about how wide it is,
// read from the branches. The lines of With do not count.
func (t *Tree) Blocks(s Span) (int, error) { return t.count(rootNumber, s) }

func (t *Tree) count(no uint32, s Span) (n int, err error) {
	b, err := t.read(no)
	if err != nil || b.level() == 0 {
		return 1, err
	}
	first, _ := b.descend(entry{key: s.Low})
	for at, e := range b.all() {
		if at < first || at > first && bytes.Compare(e.key, s.High) > 0 {
			continue
		}
		below := 1
		if b.level() > 1 {
			if below, err = t.count(e.child, s); err != nil {
				return n, err
			}
		}
		n += below
	}
	return n, nil
}
