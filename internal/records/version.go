package records

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
)

// narrow returns the context of an edit whose author had read less of the record
// than is here. Where nothing that they had not read bears on the fields they set,
// it is all that is here. Else it is what they had read, so that both values stay
// side by side, as between two devices.
func (e Edit) narrow(all change.Vector, in change.Stream, r *merge.Record) change.Vector {
	if !e.overtaken(r) || len(e.Read) >= change.MaxContext {
		return all
	}
	context := e.Read.Clone()
	if used := all[in]; context.Top() < used { // two changes must not have one name
		context[in.Aside()] = used
	}
	return context
}

// overtaken reports whether somebody has written, unread, what the edit writes.
// Void and edits bear on each other.
func (e Edit) overtaken(r *merge.Record) bool {
	_, voids := e.Fields[merge.VoidField]
	return slices.ContainsFunc(r.Writes(), func(w merge.Write) bool {
		_, set := e.Fields[w.Field]
		return (set || voids || w.Field == merge.VoidField) && !e.Read.Covers(w.Dot)
	})
}

// AsOf makes the state of a record from those of its changes that a context covers
// and no word refuses; a record without fields when there are none.
func (s *Records) AsOf(tx *journal.Tx, kind string, id change.RecordID, read change.Vector) (*merge.Record, error) {
	r := merge.New(kind, id)
	refused, err := s.refusals(tx, kind, id)
	if err != nil {
		return nil, err
	}
	err = s.changes(tx, kind, id, func(in change.Stream, seq uint64, c *change.Change) error {
		if !read.Covers(c.Dot(in)) {
			return nil
		}
		word, err := s.refusedBy(tx, refused, in, seq, c)
		if word == "" {
			r.Apply(in, c)
		}
		return err
	})
	return r, err
}

// Disputed lists the records that hold values side by side, after one of them, in
// order. At most limit are returned.
func (s *Records) Disputed(tx *journal.Tx, after Key, limit int) ([]Key, error) {
	return keysIn(tx, disputeTable, after, limit)
}
