package view

import (
	"encoding/binary"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
)

// Forms of what is stored of a record.
const (
	formSingle = 1    // the record's only change, as the journal has it
	formMerged = 2    // the merged record
	formRow    = 3    // nothing is stored: the row says all of the record's only change
	formPacked = 0x10 // with one of these: the body is packed
)

// packedFrom is from how many bytes on a body is packed: nearly all records have
// fewer.
const packedFrom = 2 << 10

// stored is what the view keeps of a record beside its row: where its changes
// stand, and what they make. Most records have one change; that is kept as it
// came, since its content follows from it when somebody asks.
type stored struct {
	spots []ShortSpot
	form  byte
	body  []byte
	row   *row // of formRow
}

// single reports whether it is the record's only change; its stream has to be known
// to make the record of it.
func (s *stored) single() bool { return s.form == formSingle || s.form == formRow }

// appendTo writes the form, the spots and the body.
func (s *stored) appendTo(out []byte) []byte {
	form, body := s.form, s.body
	if len(body) >= packedFrom {
		form, body = form|formPacked, change.Pack(body)
	}
	out = append(out, form)
	out = binary.AppendUvarint(out, uint64(len(s.spots)))
	for _, p := range s.spots {
		out = binary.AppendUvarint(out, uint64(p.Stream))
		out = binary.AppendUvarint(out, uint64(p.Seq))
	}
	return append(out, body...)
}

// parseStored reads what appendTo wrote; it keeps raw.
func parseStored(raw []byte) (stored, error) {
	r := spotReader{raw: raw}
	form := r.byte()
	s := stored{form: form &^ formPacked}
	n := r.number()
	if n <= uint64(len(r.raw)) { // a spot has two bytes or more; one more is likely to come
		s.spots = make([]ShortSpot, 0, n+1)
	}
	for ; n > 0 && !r.bad; n-- {
		s.spots = append(s.spots, ShortSpot{Stream: int64(r.number()), Seq: int64(r.number())})
	}
	s.body = r.raw
	if r.bad || s.form != formMerged && (s.form != formSingle || len(s.spots) != 1) {
		return s, fault.New(fault.Damaged, "a record of the view is malformed")
	}
	if form&formPacked == 0 {
		return s, nil
	}
	body, err := change.Unpack(s.body)
	s.body = body
	return s, damagedRecord(err)
}

type spotReader struct {
	raw []byte
	bad bool
}

func (r *spotReader) byte() byte {
	if len(r.raw) == 0 {
		r.bad = true
		return 0
	}
	b := r.raw[0]
	r.raw = r.raw[1:]
	return b
}

func (r *spotReader) number() uint64 {
	n, size := binary.Uvarint(r.raw)
	if size <= 0 {
		r.bad = true
		return 0
	}
	r.raw = r.raw[size:]
	return n
}

// record is the merged record; streams names those of its spots.
func (s *stored) record(kind string, id change.RecordID, streams map[int64]change.Stream) (*merge.Record, error) {
	if s.form == formMerged {
		r, err := merge.Decode(s.body)
		return r, damagedRecord(err)
	}
	in, c, err := s.only(id, streams)
	if err != nil {
		return nil, err
	}
	r := merge.New(kind, id)
	r.Apply(in, c)
	return r, nil
}

// content is what the record says, as it is held: one that a change alone makes is not
// merged, which costs more than to read it.
func (s *stored) content(kind string, id change.RecordID, streams map[int64]change.Stream) (Read, error) {
	switch s.form {
	case formRow:
		in, named := streams[s.spots[0].Stream]
		if !named {
			return nil, errStream()
		}
		return rowRead{row: s.row, in: in}, nil
	case formSingle:
		in, c, err := s.only(id, streams)
		if err != nil {
			return nil, err
		}
		if first, alone := Alone(in, c); alone {
			return first, nil
		}
	}
	return s.record(kind, id, streams)
}

// only is the record's only change, and the stream it stands in.
func (s *stored) only(id change.RecordID, streams map[int64]change.Stream) (in change.Stream, c *change.Change, err error) {
	in, named := streams[s.spots[0].Stream]
	if !named {
		return in, nil, errStream()
	}
	if s.form == formRow {
		return in, s.row.change().Named(id), nil
	}
	if c, err = change.Decode(s.body); err != nil {
		return in, nil, damagedRecord(err)
	}
	return in, c.Named(id), nil
}

func errStream() error { return fault.New(fault.Damaged, "a stream of the view has no name") }

func damagedRecord(err error) error {
	if err == nil {
		return nil
	}
	return fault.As(fault.Damaged, "read a record of the view", err)
}
