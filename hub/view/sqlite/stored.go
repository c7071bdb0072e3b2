package sqlite

import (
	"encoding/binary"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
)

// Forms of what is stored of a record.
const (
	formSingle = 1 // the record's only change, as the journal has it
	formMerged = 2 // the merged state
)

// spot is the place of a change: its stream's number in the file, and its
// sequence.
type spot struct{ stream, seq int64 }

// stored is what the view keeps of a record beside its row: where its changes
// stand, and what they make. Most records have one change; that is kept as it
// came, for its state follows from it when somebody asks.
type stored struct {
	spots []spot
	form  byte
	body  []byte
}

// encode is the form, the spots and the body.
func (s *stored) encode() []byte {
	out := make([]byte, 0, 2+len(s.spots)*12+len(s.body))
	out = append(out, s.form)
	out = binary.AppendUvarint(out, uint64(len(s.spots)))
	for _, p := range s.spots {
		out = binary.AppendUvarint(out, uint64(p.stream))
		out = binary.AppendUvarint(out, uint64(p.seq))
	}
	return append(out, s.body...)
}

// parseStored reads what encode wrote; it keeps raw.
func parseStored(raw []byte) (*stored, error) {
	r := spotReader{raw: raw}
	s := &stored{form: r.byte()}
	for n := r.number(); n > 0 && !r.bad; n-- {
		s.spots = append(s.spots, spot{stream: int64(r.number()), seq: int64(r.number())})
	}
	s.body = r.raw
	if r.bad || s.form != formMerged && (s.form != formSingle || len(s.spots) != 1) {
		return nil, fault.New(fault.Damaged, "a record of the view is malformed")
	}
	return s, nil
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

func (s *stored) has(p spot) bool { return s != nil && slices.Contains(s.spots, p) }

// record is the merged record; streamAt tells a stream by its number.
func (s *stored) record(k key, streamAt func(int64) (change.Stream, error)) (*merge.Record, error) {
	if s == nil {
		return merge.New(k.kind, k.id), nil
	}
	if s.form == formMerged {
		r, err := merge.Decode(s.body)
		return r, damagedRecord(err)
	}
	in, err := streamAt(s.spots[0].stream)
	if err != nil {
		return nil, err
	}
	c, err := change.Decode(s.body)
	if err != nil {
		return nil, damagedRecord(err)
	}
	r := merge.New(k.kind, k.id)
	r.Apply(in, c)
	return r, nil
}

func damagedRecord(err error) error {
	if err == nil {
		return nil
	}
	return fault.As(fault.Damaged, "read a record of the view", err)
}
