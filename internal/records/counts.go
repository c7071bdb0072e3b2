package records

import (
	"bytes"
	"encoding/binary"
	"math"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// tallied is what is counted of a stream: so that nobody counts a list, which may be
// long, to say how many changes are refused.
type tallied struct {
	places uint64 // refused
	words  uint64 // that stand, of one place or a range
	top    uint64 // none beyond it was ever refused
}

func readTally(tx *journal.Tx, in change.Stream) (n tallied, err error) {
	raw, err := tx.Table(countsTable).Get([]byte(in.String()))
	if err != nil || len(raw) != 24 {
		return n, err
	}
	return tallied{places: binary.BigEndian.Uint64(raw), words: binary.BigEndian.Uint64(raw[8:]), top: binary.BigEndian.Uint64(raw[16:])}, nil
}

func (n tallied) put(tx *journal.Tx, in change.Stream) error {
	raw := make([]byte, 0, 24)
	for _, v := range []uint64{n.places, n.words, n.top} {
		raw = binary.BigEndian.AppendUint64(raw, v)
	}
	return tx.Table(countsTable).Put([]byte(in.String()), raw)
}

// Refused counts the changes of a stream that words of the city refuse, up to a
// place. Only when some lie beyond it, whose receipt is still on its way, the words
// are looked through.
func (s *Records) Refused(tx *journal.Tx, in change.Stream, upTo uint64) (uint64, error) {
	n, err := readTally(tx, in)
	if err != nil || n.places == 0 || n.top <= upTo {
		return n.places, err
	}
	beyond, err := s.refusedWithin(tx, in, upTo+1, math.MaxUint64)
	return n.places - min(n.places, beyond), err
}

// Held counts those of Refused which words hold and do not refuse. Where anything is
// refused at all, the words are looked through: what is held is little, and not for
// long.
func (s *Records) Held(tx *journal.Tx, in change.Stream, upTo uint64) (uint64, error) {
	n, err := readTally(tx, in)
	if err != nil || n.places == 0 {
		return 0, err
	}
	return s.countWithin(tx, in, 0, upTo, system.IsHeld)
}

// StandingWords counts the words of the city that stand against a device's changes.
func (s *Records) StandingWords(tx *journal.Tx, device change.DeviceID) (words uint64, err error) {
	err = tx.Table(countsTable).Ascend(nil, []byte(string(device)+"/"), func(_, raw []byte) error {
		if len(raw) == 24 {
			words += binary.BigEndian.Uint64(raw[8:])
		}
		return nil
	})
	return words, err
}

// recount runs what changes the refused places between two, and counts them before
// and after.
func (s *Records) recount(tx *journal.Tx, in change.Stream, from, to uint64, do func() error) error {
	before, err := s.refusedWithin(tx, in, from, to)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	after, err := s.refusedWithin(tx, in, from, to)
	if err != nil || after == before {
		return err
	}
	n, err := readTally(tx, in)
	if err != nil {
		return err
	}
	n.places, n.top = n.places+after-before, max(n.top, to)
	return n.put(tx, in)
}

// refusedWithin counts the refused places of a stream between two: by a word about
// the place alone, or where there is none by one that names a range.
func (s *Records) refusedWithin(tx *journal.Tx, in change.Stream, from, to uint64) (uint64, error) {
	return s.countWithin(tx, in, from, to, func(string) bool { return true })
}

// countWithin is refusedWithin for the words of some rules.
func (s *Records) countWithin(tx *journal.Tx, in change.Stream, from, to uint64, counts func(rule string) bool) (uint64, error) {
	places := map[uint64]bool{}
	err := s.eachRange(tx, in, from, to, func(r system.Range, _ change.RecordID) error {
		if !counts(r.Rule) {
			return nil
		}
		for seq := max(from, r.From); seq <= min(to, r.To); seq++ {
			if r.Has(seq) {
				places[seq] = true
			}
		}
		return nil
	})
	if err == nil {
		err = s.eachWord(tx, in, func(said system.Refusal) {
			if said.Seq >= from && said.Seq <= to {
				places[said.Seq] = !said.Void && counts(said.Rule)
			}
		})
	}
	n := uint64(0)
	for _, refused := range places {
		if refused {
			n++
		}
	}
	return n, err
}

// eachWord calls fn for the words about single places of a stream, void or not.
func (s *Records) eachWord(tx *journal.Tx, in change.Stream, fn func(system.Refusal)) error {
	first := system.WordID(in, 0)
	prefix := stateKey(system.RefusalKind, first[:len(first)-1])
	return tx.Table(stateTable).Ascend(prefix, prefix, func(key, raw []byte) error {
		r, err := merge.Decode(raw)
		if err != nil {
			return err
		}
		if said := system.RefusalFrom(r); said.Stream == in && bytes.Equal(key, stateKey(system.RefusalKind, system.WordID(in, said.Seq))) {
			fn(said)
		}
		return nil
	})
}
