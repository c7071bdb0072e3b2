package records

import (
	"maps"

	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// sayer is who the city's own words are by.
const sayer = "city"

// Place is where a change stands, and of which unit its device is.
type Place struct {
	Location
	Author change.UnitID
}

// SayWord writes a custody word into the city's stream to the unit on whose line the record
// has stood so far, and returns where it stands.
func SayWord(s *Records, tx *journal.Tx, own change.Stream, w system.Custody, now int64) (Place, error) {
	seq, err := s.Put(tx, own, s.city, Edit{Kind: system.CustodyKind, ID: w.ID(), Fields: w.Fields(), Actor: sayer, At: now})
	return Place{Location{own, seq}, s.city}, err
}

// SayAgain says a change of another stream again in the city's stream to a unit, once, and
// returns where: 0 where that was done before. It returns NotFound for a change that is not
// here, and Invalid for one that is too long.
func (s *Records) SayAgain(tx *journal.Tx, own change.Stream, at Place, now int64) (seq uint64, err error) {
	to := own.Audience
	said, err := custody.Forwarded(tx, at.Stream, at.Seq, to)
	if err != nil || said {
		return 0, err
	}
	f := change.Forward{Stream: at.Stream, Seq: at.Seq, Author: at.Author, To: to}
	if f.Raw, err = custody.Change(tx, at.Stream, at.Seq); err != nil {
		return 0, err
	}
	if f.Batch, err = batchOf(tx, at.Location); err != nil {
		return 0, err
	}
	entry, err := f.Entry(sayer, now)
	if err != nil {
		return 0, err
	}
	if seq, err = Add(tx, own, s.city, entry); err != nil {
		return 0, err
	}
	_, err = s.Apply(tx, s.city, own, seq, entry)
	return seq, fault.Wrap("say a change again", err)
}

// batchOf is the hash of the batch that a change stands in; none for one that the city has
// written in this transaction.
func batchOf(tx *journal.Tx, at Location) (change.Hash, error) {
	batches, err := tx.Batches(at.Stream, at.Seq-1, 1)
	if err != nil || len(batches) == 0 || at.Seq < batches[0].First || at.Seq > batches[0].Last() {
		return change.Hash{}, err
	}
	return batches[0].Hash(), nil
}

// Unsaid leaves of what is to be said in a record what it does not say yet; said is nil for
// one that there is not.
func Unsaid(said *merge.Record, fields map[string]change.Value) {
	maps.DeleteFunc(fields, func(field string, v change.Value) bool {
		return said == nil && v.IsNull() || said != nil && said.Value(field) == v
	})
}

// ChangeAt is the change at a place: of the stream itself, or as the city says it again. It
// returns NotFound, and Damaged.
func ChangeAt(tx *journal.Tx, in change.Stream, seq uint64) (*change.Change, error) {
	raw, err := custody.Change(tx, in, seq)
	if err != nil {
		return nil, err
	}
	return change.Decode(raw)
}
