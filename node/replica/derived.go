package replica

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/syncer/streams"
)

// derived keeps the records that stand on the journal.
type derived struct{ of *Replica }

var _ streams.Records = derived{}

// Apply implements streams.Records. A hub reads only what the city or the hub
// itself wrote, and what other hubs say of where they are; all else it passes on
// unread.
func (s derived) Apply(tx *journal.Tx, author change.UnitID, b *change.Batch) error {
	if !s.of.IsOwn(b.Stream) {
		s.of.Clocks.Dated(b.Stream.Device, author, b.Sealed)
	}
	if !s.of.reads(author) && !s.of.hearsHub(author, b.Stream) {
		return nil
	}
	changes, err := b.Changes()
	if err != nil {
		s.of.Log.Warn("a batch holds what this build cannot read", "stream", b.Stream.String(), "first", b.First, "kind", fault.Of(err).String())
		return nil
	}
	for i, c := range changes {
		if err := s.applyOne(tx, author, b.Stream, b.First+uint64(i), c); err != nil {
			return err
		}
	}
	return nil
}

// reads reports whether what the author unit wrote goes into the records kept here.
func (r *Replica) reads(author change.UnitID) bool {
	return !r.cfg.Hub || author == r.Place.RootUnit || author == r.Place.Unit
}

// readsOf is reads for a kind: of what hubs keep of persons a hub keeps its own alone, and
// not what the city has written for a unit below it; but requests for corrections are to
// whoever holds the record.
func (r *Replica) readsOf(author change.UnitID, kind string) bool {
	asked := kind == schema.CorrectionRequest || kind == schema.CorrectionAnswer
	return r.reads(author) && (!r.cfg.Hub || author == r.Place.Unit || asked || !KeptByHubs(kind))
}

func (s derived) applyOne(tx *journal.Tx, author change.UnitID, in change.Stream, seq uint64, c *change.Change) error {
	if err := s.of.hearHub(tx, author, in, seq, c); err != nil || !s.of.readsOf(author, c.Kind) {
		return err
	}
	kept, err := s.of.Records.Apply(tx, author, in, seq, c)
	if err != nil || !kept {
		return err
	}
	switch c.Kind {
	case system.UnitKind, system.DeviceKind, system.ProgramKind:
		return members.Touch(tx, c.Kind)
	case system.DivisionKind:
		return members.Touch(tx, system.UnitKind)
	case system.CustodyKind:
		return s.of.noteRelease(tx, c)
	case system.PublicationKind:
		return TouchSchema(tx)
	}
	return nil
}

// Rebuild implements streams.Records.
func (s derived) Rebuild(tx *journal.Tx) error {
	if err := s.rebuildRecords(tx); err != nil {
		return err
	}
	return countHistory(tx)
}

// rebuildRecords rebuilds the records from the journal.
func (s derived) rebuildRecords(tx *journal.Tx) error {
	if err := s.of.Records.Clear(tx); err != nil {
		return err
	}
	if err := tx.Streams(func(info journal.StreamInfo) error { return s.applyKept(tx, info.Stream) }); err != nil {
		return err
	}
	if err := s.applyArrivals(tx); err != nil {
		return err
	}
	if err := members.Touch(tx, system.UnitKind, system.DeviceKind, system.ProgramKind); err != nil {
		return err
	}
	if err := TouchSchema(tx); err != nil {
		return err
	}
	return tx.Streams(func(info journal.StreamInfo) error { return s.applyTail(tx, info) })
}

// applyKept applies what is kept of batches that were cut off. That these changes come
// before all others makes no difference to the records.
func (s derived) applyKept(tx *journal.Tx, in change.Stream) error {
	for at := uint64(0); ; {
		k, err := tx.Kept(in, at)
		if err != nil || k == nil {
			return err
		}
		for i, raw := range k.Changes {
			c, err := change.Decode(raw)
			if err != nil {
				s.of.Log.Warn("a kept change cannot be read by this build", "stream", in.String(), "seq", k.First+uint64(i), "kind", fault.Of(err).String())
				continue
			}
			if err := s.applyOne(tx, k.Author, in, k.First+uint64(i), c); err != nil {
				return err
			}
		}
		at = k.Last()
	}
}

const arrivalsAtOnce = 256

func (s derived) applyArrivals(tx *journal.Tx) error {
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

func (s derived) applyTail(tx *journal.Tx, info journal.StreamInfo) error {
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

// readBefore is what the author of a change had read of the record when that was
// less than was there, else nil.
func readBefore(c *change.Change) change.Vector {
	for in := range c.Context {
		if in.IsAside() {
			read := c.Context.Clone()
			delete(read, in)
			return read
		}
	}
	return nil
}

// Reissue implements streams.Records: the fields are written again by the same
// person and with the time they were entered. The context of a record that is kept
// here is what it holds now; that of any other is the former one, widened by the
// former dot.
func (s derived) Reissue(tx *journal.Tx, in change.Stream, c *change.Change, was change.Dot) error {
	if !s.of.Records.Keeps(c.Kind) {
		again := *c
		again.Context = c.Context.Clone()
		again.Context.Add(was)
		_, err := records.Add(tx, in, s.of.Place.Unit, &again)
		return err
	}
	edit := records.Edit{Kind: c.Kind, ID: c.Record.Of(c.Kind, s.of.Place.Unit), Fields: c.Fields.Map(), Actor: c.Actor, At: c.At, Read: readBefore(c)}
	_, err := s.of.Records.Put(tx, in, s.of.Place.Unit, edit)
	return err
}
