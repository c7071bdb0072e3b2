package replica

import (
	"encoding/binary"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/syncer/streams"
)

// state keeps the records that stand on the journal.
type state struct{ *Replica }

var _ streams.State = state{}

// Apply implements streams.State. A hub reads only what is said to it from
// above or by itself; all else it passes on unread.
func (s state) Apply(tx *journal.Tx, author change.UnitID, b *change.Batch) error {
	if b.Stream.Device != s.Keys.Device() {
		s.Dated(b.Stream.Device, author, b.Sealed)
	}
	if !s.reads(author) {
		return nil
	}
	changes, err := b.Changes()
	if err != nil {
		s.Log.Warn("a batch holds what this build cannot read", "stream", b.Stream.String(), "first", b.First, "kind", fault.Of(err).String())
		return nil
	}
	for i, c := range changes {
		if err := s.applyOne(tx, author, b.Stream, b.First+uint64(i), c); err != nil {
			return err
		}
	}
	return nil
}

// reads reports whether the records kept here take what the author unit said.
func (s *Replica) reads(author change.UnitID) bool {
	return !s.cfg.Hub || author == s.Place.RootUnit || author == s.Place.Unit
}

func (s state) applyOne(tx *journal.Tx, author change.UnitID, in change.Stream, seq uint64, c *change.Change) error {
	if s.cfg.Hub && !s.IsRoot() && c.Kind == system.RefusalKind && in.Audience != s.Place.Unit {
		return nil // said to a unit below; the city itself goes by all its words
	}
	kept, err := s.Records.Apply(tx, author, in, seq, c)
	if err != nil || !kept || c.Kind != members.UnitKind && c.Kind != members.DeviceKind {
		return err
	}
	return members.Touch(tx, c.Kind)
}

// Rebuild implements streams.State.
func (s state) Rebuild(tx *journal.Tx) error {
	if err := s.remake(tx); err != nil {
		return err
	}
	return bump(tx)
}

// remake makes the records anew from the journal.
func (s state) remake(tx *journal.Tx) error {
	if err := s.Records.Clear(tx); err != nil {
		return err
	}
	if err := s.reapply(tx); err != nil {
		return err
	}
	if err := members.Touch(tx, members.UnitKind, members.DeviceKind); err != nil {
		return err
	}
	return tx.Streams(func(info journal.StreamInfo) error { return s.applyTail(tx, info) })
}

// historyTable counts how often a history gave way. The count is in the file,
// so that a copy of the journal that missed one is known for old after a
// crash as well.
const historyTable = "station.history"

var historyKey = []byte("count")

func bump(tx *journal.Tx) error {
	n, err := histories(tx)
	if err != nil {
		return err
	}
	return tx.Table(historyTable).Put(historyKey, binary.BigEndian.AppendUint64(nil, n+1))
}

func histories(tx *journal.Tx) (uint64, error) {
	raw, err := tx.Table(historyTable).Get(historyKey)
	if err != nil || len(raw) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(raw), nil
}

const arrivalsAtOnce = 256

func (s state) reapply(tx *journal.Tx) error {
	for after := uint64(0); ; {
		arrivals, err := tx.Arrivals(after, arrivalsAtOnce)
		if err != nil || len(arrivals) == 0 {
			return err
		}
		for _, a := range arrivals {
			batches, err := tx.Batches(a.Stream, a.First-1, 1)
			if err != nil {
				return err
			}
			for _, b := range batches {
				if err := s.Apply(tx, a.Author, b); err != nil {
					return err
				}
			}
			after = a.No
		}
	}
}

func (s state) applyTail(tx *journal.Tx, info journal.StreamInfo) error {
	for seq := info.Sealed.Seq + 1; seq <= info.Head; seq++ {
		raw, err := tx.Change(info.Stream, seq)
		if err != nil {
			return err
		}
		c, err := change.Decode(raw)
		if err != nil {
			return err
		}
		if err := s.applyOne(tx, info.Author, info.Stream, seq, c); err != nil {
			return err
		}
	}
	return nil
}

// Reissue implements streams.State: the fields are written again on what the
// record holds now, by the same person and with the time they were entered.
func (s state) Reissue(tx *journal.Tx, in change.Stream, c *change.Change) error {
	edit := records.Edit{Kind: c.Kind, ID: c.Record, Fields: c.Fields, Actor: c.Actor, At: c.At}
	_, err := s.Records.Put(tx, in, s.Place.Unit, edit)
	return err
}
