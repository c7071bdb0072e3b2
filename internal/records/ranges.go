package records

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/system"
)

// A word that names a range is stored once, under its stream and first place.
// Which of the stream's changes it refuses is asked of it when they are applied, or
// when a record is made again: no entry is written for any of them.

func rangeKey(r system.Range, id change.RecordID) []byte {
	return append(numbered(r.Stream, r.From), id...)
}

// encodeRange holds what an effect needs of a range; the rest is in its record.
func encodeRange(r system.Range) []byte {
	raw := append(binary.BigEndian.AppendUint64(nil, r.To), byte(min(len(r.Rule), 255)))
	raw = append(raw, r.Rule[:min(len(r.Rule), 255)]...)
	return append(raw, r.Stand.Text(r.From)...)
}

// parseRange is the inverse of rangeKey and encodeRange.
func parseRange(in change.Stream, key, raw []byte) (r system.Range, id change.RecordID, err error) {
	prefix := len(in.String()) + 1
	if len(key) < prefix+8 || len(raw) < 9 || len(raw) < 9+int(raw[8]) {
		return r, "", fault.New(fault.Damaged, "a range of refused changes is too short")
	}
	rule := raw[9:][:raw[8]]
	r = system.Range{Stream: in, From: binary.BigEndian.Uint64(key[prefix:]), To: binary.BigEndian.Uint64(raw), Rule: string(rule)}
	ok := false
	if r.Stand, ok = system.ParsePlaces(string(raw[9+len(rule):]), r.From, r.To); !ok {
		return r, "", fault.New(fault.Damaged, "a range of refused changes is not in form")
	}
	return r, change.RecordID(key[prefix+8:]), nil
}

// eachRange calls fn for the ranges of a stream that meet the places between two.
func (s *Records) eachRange(tx *journal.Tx, in change.Stream, from, to uint64, fn func(system.Range, change.RecordID) error) error {
	prefix := append([]byte(in.String()), 0)
	start := numbered(in, from-min(from, system.MaxSpan-1))
	return tx.Table(rangesTable).Ascend(start, prefix, func(key, raw []byte) error {
		r, id, err := parseRange(in, key, raw)
		switch {
		case err != nil:
			return err
		case r.From > to:
			return journal.ErrStop
		case r.To < from:
			return nil
		}
		return fn(r, id)
	})
}

// RangeAt returns the word that names a range which holds the place, "" when there
// is none, or when a word about the place alone decides.
func (s *Records) RangeAt(tx *journal.Tx, in change.Stream, seq uint64) (r system.Range, id change.RecordID, err error) {
	err = s.eachRange(tx, in, seq, seq, func(of system.Range, word change.RecordID) error {
		if !of.Has(seq) {
			return nil
		}
		r, id = of, word
		return journal.ErrStop
	})
	if err != nil || id == "" {
		return r, "", err
	}
	if _, alone, err := s.wordAt(tx, in, seq); err != nil || alone {
		return r, "", err
	}
	return r, id, nil
}

// wordAt is the word about one place alone, void or not.
func (s *Records) wordAt(tx *journal.Tx, in change.Stream, seq uint64) (said system.Refusal, found bool, err error) {
	r, err := s.Get(tx, system.RefusalKind, system.WordID(in, seq))
	if err != nil || r == nil {
		return said, false, err
	}
	said = system.RefusalFrom(r)
	return said, said.Stream == in && said.Seq == seq, nil
}

// EachRange calls fn for the ranges that words refuse.
func (s *Records) EachRange(tx *journal.Tx, fn func(system.Range) error) error {
	return tx.Table(rangesTable).Ascend(nil, nil, func(key, _ []byte) error {
		_, rest, _ := bytes.Cut(key, []byte{0})
		if len(rest) < 8 {
			return fault.New(fault.Damaged, "a range of refused changes is too short")
		}
		state, err := s.Get(tx, system.RefusalKind, change.RecordID(rest[8:]))
		if err != nil || state == nil {
			return err
		}
		r, ok := system.RangeFrom(state)
		if !ok {
			return nil
		}
		return fn(r)
	})
}

// HasRanges reports whether words name ranges of a stream.
func (s *Records) HasRanges(tx *journal.Tx, in change.Stream) (found bool, err error) {
	err = tx.Table(rangesTable).Ascend(nil, append([]byte(in.String()), 0), func(_, _ []byte) error {
		found = true
		return journal.ErrStop
	})
	return found, err
}

// anyRange reports whether some word names a range: nearly always none does.
func anyRange(tx *journal.Tx) (found bool, err error) {
	err = tx.Table(rangesTable).Ascend(nil, nil, func(_, _ []byte) error {
		found = true
		return journal.ErrStop
	})
	return found, err
}

// moveRange brings in what a word refuses now in place of what it refused: nil is
// nothing.
func (s *Records) moveRange(tx *journal.Tx, id change.RecordID, was, is *system.Range) error {
	for _, step := range []struct {
		r   *system.Range
		put func(system.Range) error
	}{
		{was, func(r system.Range) error { return tx.Table(rangesTable).Delete(rangeKey(r, id)) }},
		{is, func(r system.Range) error { return tx.Table(rangesTable).Put(rangeKey(r, id), encodeRange(r)) }},
	} {
		if step.r == nil {
			continue
		}
		r := *step.r
		err := s.recount(tx, r.Stream, r.From, r.To, func() error { return step.put(r) })
		if err == nil {
			err = s.rebuildWithin(tx, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rebuildWithin makes again the records of which a change that is here stands in a
// range.
func (s *Records) rebuildWithin(tx *journal.Tx, r system.Range) error {
	met := map[Key]bool{}
	err := EachChange(tx, r.Stream, r.From, r.To, func(seq uint64, c *change.Change) error {
		name, _ := access.Effect(c, r.Stream, r.Unit, s.city)
		k := Key{c.Kind, name}
		if met[k] || !r.Has(seq) || !s.keep(c.Kind) {
			return nil
		}
		placed, err := tx.Table(placedTable).Get(placeKey(c.Kind, name, r.Stream, seq))
		met[k] = placed != nil
		return err
	})
	if err != nil {
		return err
	}
	for _, k := range slices.SortedFunc(maps.Keys(met), Key.Compare) {
		if !met[k] {
			continue
		}
		if err := s.rebuild(tx, k.Kind, k.ID); err != nil {
			return err
		}
	}
	return nil
}

// batchesAtOnce bounds what is read of a stream at once, in bytes.
const batchesAtOnce = 256 << 10

// eachKept calls fn for the changes between two places whose batches were cut off.
func eachKept(tx *journal.Tx, in change.Stream, from, to uint64, fn func(seq uint64, c *change.Change) error) error {
	for at := from - 1; at < to; {
		k, err := tx.Kept(in, at)
		if err != nil || k == nil {
			return err
		}
		for i, raw := range k.Changes {
			seq := k.First + uint64(i)
			if seq > to {
				return nil
			}
			c, err := change.Decode(raw)
			if err != nil {
				continue
			}
			if err := fn(seq, c); err != nil {
				return err
			}
		}
		at = k.Last()
	}
	return nil
}

// EachChange calls fn for the changes of a stream between two places that are here.
// Of a batch that cannot be decoded there are none.
func EachChange(tx *journal.Tx, in change.Stream, from, to uint64, fn func(seq uint64, c *change.Change) error) error {
	info, found, err := tx.Stream(in)
	if err != nil || !found {
		return err
	}
	if err := eachKept(tx, in, from, min(to, info.Base.Seq), fn); err != nil {
		return err
	}
	for at := max(from-1, info.Base.Seq); at < min(to, info.Sealed.Seq); {
		batches, err := tx.Batches(in, at, batchesAtOnce)
		if err != nil || len(batches) == 0 {
			return err
		}
		for _, b := range batches {
			changes, _ := b.Changes()
			for i, c := range changes {
				if seq := b.First + uint64(i); seq >= from && seq <= to {
					if err := fn(seq, c); err != nil {
						return err
					}
				}
			}
			at = b.Last()
		}
	}
	for seq := max(from, info.Sealed.Seq+1); seq <= min(to, info.Head); seq++ {
		raw, err := tx.Change(in, seq)
		if err != nil {
			return err
		}
		c, err := change.Decode(raw)
		if err == nil {
			err = fn(seq, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
