package index

import (
	"encoding/binary"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// What Recent has before it is full: as much as a page of a list can look
// through. A block is written again with each move, so it is shorter than those
// of the indexes.
const (
	maxRecent      = 16
	maxRecentBlock = 1900
)

// Recent keeps the newest lines of all indexes, as they came: a record that
// changes is one entry here and would be a block in each of its indexes. It
// lives as long as the transaction of its table, which has nothing else.
type Recent struct{ table *journal.Table }

// NewRecent returns the recent lines that a table keeps.
func NewRecent(table *journal.Table) Recent { return Recent{table} }

// Move is what a change of a record does to the indexes of its kind.
type Move struct {
	Kind  string
	ID    change.RecordID
	Lines []FieldLine
}

// FieldLine says that the record is found under a key of the index of a field,
// which has a number, or no more.
type FieldLine struct {
	Field byte
	Gone  bool
	Key   []byte
}

// Add keeps moves, and reports false when they are too many: then it is time
// to apply them to the indexes, with all that is kept.
func (r Recent) Add(moves []Move) (bool, error) {
	name, block, err := r.table.Last()
	if err != nil {
		return false, err
	}
	no := uint32(1)
	if name != nil {
		no = binary.BigEndian.Uint32(name)
	}
	blocks := blocksOf(block, moves)
	if int(no)+len(blocks)-1 > maxRecent {
		return false, nil
	}
	for i, b := range blocks {
		if err := r.table.Put(binary.BigEndian.AppendUint32(nil, no+uint32(i)), b); err != nil {
			return false, err
		}
	}
	return true, nil
}

// blocksOf writes moves behind those of a block, and into more of them.
func blocksOf(block []byte, moves []Move) (blocks [][]byte) {
	for _, m := range moves {
		before := len(block)
		block = m.append(block)
		if len(block) > maxRecentBlock && before > 0 {
			blocks = append(blocks, block[:before:before])
			block = slices.Clone(block[before:])
		}
	}
	return append(blocks, block)
}

// append writes kind and id, each behind its length, the number of lines, and
// of each the field, 1 when it is gone, and the key behind its length.
func (m Move) append(raw []byte) []byte {
	raw = append(append(raw, byte(len(m.Kind))), m.Kind...)
	raw = append(append(raw, byte(len(m.ID))), m.ID...)
	raw = binary.AppendUvarint(raw, uint64(len(m.Lines)))
	for _, l := range m.Lines {
		gone := byte(0)
		if l.Gone {
			gone = 1
		}
		raw = append(append(raw, l.Field, gone, byte(len(l.Key))), l.Key...)
	}
	return raw
}

// Each calls fn for the lines in the order they came. What fn is given it may
// keep. It returns Damaged.
func (r Recent) Each(fn func(kind []byte, field byte, l Line)) error {
	return r.table.Ascend(nil, nil, func(_, raw []byte) error {
		left := reader{raw: raw}
		for len(left.raw) > 0 && !left.short {
			kind, id := left.text(), left.text()
			for range left.count() {
				field := left.byte()
				l := Line{ID: id, Gone: left.byte() == 1}
				if l.Key = left.text(); left.short {
					break
				}
				fn(kind, field, l)
			}
		}
		if left.short {
			return fault.New(fault.Damaged, "a block of recent lines is not in form")
		}
		return nil
	})
}

// Clear forgets the lines, which are applied or void.
func (r Recent) Clear() error {
	return r.table.Ascend(nil, nil, func(name, _ []byte) error { return r.table.Delete(name) })
}

// reader reads bytes from the front; short says that there were too few.
type reader struct {
	raw   []byte
	short bool
}

func (r *reader) next(n int) []byte {
	if n > len(r.raw) {
		r.raw, r.short = nil, true
		return nil
	}
	part := r.raw[:n:n]
	r.raw = r.raw[n:]
	return part
}

func (r *reader) byte() byte {
	if b := r.next(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) text() []byte { return r.next(int(r.byte())) }

func (r *reader) count() uint64 {
	n, size := binary.Uvarint(r.raw)
	if size <= 0 {
		r.raw, r.short = nil, true
		return 0
	}
	r.next(size)
	return n
}
