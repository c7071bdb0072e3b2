package audit

import (
	"cmp"
	"encoding/binary"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// knownTable holds, in the journal's file, an entry that is known to be on the disk.
const knownTable = "audit.known"

var headKey = []byte("head")

// Mark is a head and where its record stands in the file.
type Mark struct {
	Head
	off  int64
	lost *[]gap // entries that were found to be lost, oldest first; nil: none
}

// gap is entries that are lost, both ends included.
type gap struct{ from, to uint64 }

func (m Mark) gaps() []gap {
	if m.lost == nil {
		return nil
	}
	return *m.lost
}

// remembered is gaps as a mark has them: two marks of one log have the same.
func remembered(gaps []gap) *[]gap {
	if len(gaps) == 0 {
		return nil
	}
	return &gaps
}

// mostGaps bounds the gaps that are remembered one by one.
const mostGaps = 64

// joinGaps is the gaps of a log with another one.
func joinGaps(gaps []gap, more ...gap) []gap {
	gaps = append(slices.Clone(gaps), more...)
	slices.SortFunc(gaps, func(a, b gap) int { return cmp.Compare(a.from, b.from) })
	var joined []gap
	for _, g := range gaps {
		last := len(joined) - 1
		if last >= 0 && (g.from <= joined[last].to+1 || len(joined) == mostGaps) {
			joined[last].to = max(joined[last].to, g.to)
			continue
		}
		joined = append(joined, g)
	}
	return joined
}

// Keep writes into the journal that the log has come so far. What is missing of it
// later is told at opening, and the log is read from there.
func (m Mark) Keep(tx *journal.Tx) error {
	raw := binary.BigEndian.AppendUint64(nil, m.No)
	raw = append(raw, m.Hash[:]...)
	raw = binary.BigEndian.AppendUint64(raw, uint64(m.At))
	raw = binary.BigEndian.AppendUint64(raw, uint64(m.off))
	for _, g := range m.gaps() {
		raw = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(raw, g.from), g.to)
	}
	return tx.Table(knownTable).Put(headKey, raw)
}

// Known is the mark that the journal had when the log was opened.
func (l *Log) Known() Mark { return l.known }

// readKnown reads the mark, zero when there is none.
func readKnown(store *journal.Store) (m Mark, err error) {
	err = store.View(func(tx *journal.Tx) error {
		raw, err := tx.Table(knownTable).Get(headKey)
		const whole, each = 8 + hashSize + 8 + 8, 8 + 8
		if err != nil || len(raw) < whole || (len(raw)-whole)%each != 0 || len(raw) > whole+mostGaps*each {
			return err
		}
		var lost []gap
		for rest := raw[whole:]; len(rest) > 0; rest = rest[each:] {
			lost = append(lost, gap{binary.BigEndian.Uint64(rest), binary.BigEndian.Uint64(rest[8:])})
		}
		m.lost = remembered(lost)
		m.No, m.Hash = binary.BigEndian.Uint64(raw), change.Hash(raw[8:8+hashSize])
		m.At = int64(binary.BigEndian.Uint64(raw[8+hashSize:]))
		m.off = int64(binary.BigEndian.Uint64(raw[16+hashSize:]))
		return nil
	})
	return m, err
}
