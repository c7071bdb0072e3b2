package sim

import (
	"slices"

	"tongbu/internal/change"
)

// written is a change of the open tail; c is nil for bytes that are none.
type written struct {
	raw []byte
	c   *change.Change
}

// history is one stream on a disk.
type history struct {
	author  change.UnitID
	batches []*reading
	tail    []written
	cut     uint64 // batches up to there can be given to nobody any more
}

func (h *history) sealed() change.Mark {
	if len(h.batches) == 0 {
		return change.Mark{}
	}
	return h.batches[len(h.batches)-1].End()
}

func (h *history) head() uint64 { return h.sealed().Seq + uint64(len(h.tail)) }

// firstAfter is the place of the first batch that ends after a sequence.
func (h *history) firstAfter(seq uint64) int {
	i, _ := slices.BinarySearchFunc(h.batches, seq+1, func(b *reading, want uint64) int {
		switch {
		case b.Last() < want:
			return -1
		case b.Last() > want:
			return 1
		}
		return 0
	})
	return i
}

// batchEndingAt returns the batch that ends at a sequence, nil when none does.
func (h *history) batchEndingAt(seq uint64) *reading {
	if i := h.firstAfter(seq - 1); seq > 0 && i < len(h.batches) && h.batches[i].Last() == seq {
		return h.batches[i]
	}
	return nil
}

// hasMark reports whether the mark is on the history.
func (h *history) hasMark(m change.Mark) bool {
	b := h.batchEndingAt(m.Seq)
	return m.Seq == 0 || b != nil && b.Hash() == m.Hash
}

// hasBatch reports whether the batch is part of the history.
func (h *history) hasBatch(b *reading) bool {
	same := h.batchEndingAt(b.Last())
	return same != nil && same.First == b.First && same.Hash() == b.Hash()
}

// changesAfter lists the changes after a sequence at which a batch ends.
func (h *history) changesAfter(after uint64) []written {
	var all []written
	for _, b := range h.batches[h.firstAfter(after):] {
		raws, err := b.Raw()
		read, _ := b.read()
		for i := range raws {
			c := written{raw: raws[i]}
			if err == nil && i < len(read) {
				c.c = read[i]
			}
			all = append(all, c)
		}
	}
	return append(all, h.tail...)
}

// clone shares what both only add to.
func (h *history) clone() *history {
	return &history{author: h.author, batches: slices.Clip(h.batches), tail: slices.Clip(h.tail), cut: h.cut}
}
