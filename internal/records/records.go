// Package records keeps the merged state of records beside the journal they
// come from: in the same file, moved by the same transactions, so state and
// journal never differ. A node keeps every kind it receives; a hub keeps the
// kinds it needs to do its own work (units, devices) and leaves the rest to
// its view.
package records

import (
	"bytes"
	"sync/atomic"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// Names of the tables in the journal's file.
const (
	stateTable   = "records.state"   // kind 0 id -> merged state
	placedTable  = "records.placed"  // kind 0 id 0 stream 0 sequence -> nothing: where a record's changes stand
	refusedTable = "records.refused" // kind 0 id 0 refusal's id -> stream 0 count: changes the city refused
	rangesTable  = "records.ranges"  // stream 0 first place, refusal's id -> last place, rule, what stands within: ranges the city refused
	countsTable  = "records.counts"  // stream -> how many of its changes are refused, by how many words
	disputeTable = "records.dispute" // kind 0 id -> nothing: records with values side by side
	indexTable   = "records.index"   // build, kind 0 field 0 number -> block of an index; 0 -> what the indexes hold
	waitingTable = "records.waiting" // kind 0 id 0 stream 0 sequence -> nothing: changes of a record by others than have ever held it
	recentTable  = "records.recent"  // number -> lines that the indexes do not have yet
)

// Records knows which kinds are kept and which indexes. Of its own it has besides only
// which records were touched lately, and whether any was ever given away: all else is in
// the transaction it is given.
type Records struct {
	city    change.UnitID
	keep    func(kind string) bool
	indexed atomic.Pointer[indexing] // see Indexed
	touched touched
	moved   atomic.Pointer[movedIn] // see anyMoved
}

// New makes a store that keeps the kinds keep says; nil keeps every kind.
// city is the unit whose word on units, devices and refusals counts.
func New(city change.UnitID, keep func(kind string) bool) *Records {
	if keep == nil {
		keep = func(string) bool { return true }
	}
	s := &Records{city: city, keep: keep}
	s.indexed.Store(&indexing{})
	return s
}

// Get returns a record's state, nil when there is none.
func (s *Records) Get(tx *journal.Tx, kind string, id change.RecordID) (*merge.Record, error) {
	raw, err := s.State(tx, kind, id)
	if err != nil || raw == nil {
		return nil, err
	}
	return s.decode(tx, raw)
}

// decode reads a state as it is stored, and says to whom the record was given.
func (s *Records) decode(tx *journal.Tx, raw []byte) (*merge.Record, error) {
	r, err := merge.Decode(raw)
	if err != nil || change.Ruled(r.Kind()) {
		return r, err
	}
	any, err := s.anyMoved(tx)
	if err != nil || !any {
		return r, err
	}
	h, err := custody.Of(tx, r.Kind(), r.ID())
	r.SetHolder(h.To())
	return r, err
}

// HolderOf is the unit that holds a record: its maker, or whom the city has given it to; ""
// where the id names nobody.
func (s *Records) HolderOf(tx *journal.Tx, kind string, id change.RecordID) (change.UnitID, error) {
	any, err := s.anyMoved(tx)
	if err != nil || !any || change.Ruled(kind) {
		maker, _ := id.Maker()
		return maker, err
	}
	h, err := custody.Of(tx, kind, id)
	return h.Unit, err
}

// State is the state of a record as it is stored, nil when there is none.
func (s *Records) State(tx *journal.Tx, kind string, id change.RecordID) ([]byte, error) {
	return tx.Table(stateTable).Get(stateKey(kind, id))
}

// Each calls fn for the records of a kind in order of their ids, from the id
// on. fn may return journal.ErrStop.
func (s *Records) Each(tx *journal.Tx, kind string, from change.RecordID, fn func(*merge.Record) error) error {
	return s.EachState(tx, kind, from, func(_ change.RecordID, raw []byte) error {
		r, err := s.decode(tx, raw)
		if err != nil {
			return err
		}
		return fn(r)
	})
}

// EachState is Each with the states as they are stored.
func (s *Records) EachState(tx *journal.Tx, kind string, from change.RecordID, fn func(id change.RecordID, raw []byte) error) error {
	prefix := append([]byte(kind), 0)
	return tx.Table(stateTable).Ascend(stateKey(kind, from), prefix, func(key, raw []byte) error {
		return fn(change.RecordID(key[len(prefix):]), raw)
	})
}

// Keys lists the records that have a state, after one of them, in order. At
// most limit are returned.
func (s *Records) Keys(tx *journal.Tx, after Key, limit int) ([]Key, error) {
	return keysIn(tx, stateTable, after, limit)
}

// keysIn lists the records that a table has a row of.
func keysIn(tx *journal.Tx, table string, after Key, limit int) (keys []Key, err error) {
	from := append(stateKey(after.Kind, after.ID), 0)
	if after == (Key{}) {
		from = nil
	}
	err = tx.Table(table).Ascend(from, nil, func(key, _ []byte) error {
		if len(keys) == limit {
			return journal.ErrStop
		}
		kind, id, _ := bytes.Cut(key, []byte{0})
		keys = append(keys, Key{Kind: string(kind), ID: change.RecordID(id)})
		return nil
	})
	return keys, err
}

// Edit is one edit of a record by this device.
type Edit struct {
	Kind   string
	ID     change.RecordID
	Fields map[string]change.Value
	Actor  string
	At     int64         // Unix milliseconds
	Read   change.Vector // what the author had read of the record; nil: all that is here
}

// Put writes the edit as the next change of the own stream: state, change and
// index move together. The context is all this device has seen of the record, or
// what the author had read of it. It returns Invalid for an edit that no change
// can hold, and Full.
func (s *Records) Put(tx *journal.Tx, in change.Stream, author change.UnitID, e Edit) (seq uint64, err error) {
	seq, _, err = s.Write(tx, in, author, e)
	return seq, err
}

// Write is Put that also returns the record as it is then.
func (s *Records) Write(tx *journal.Tx, in change.Stream, author change.UnitID, e Edit) (seq uint64, r *merge.Record, err error) {
	e.ID = e.ID.Of(e.Kind, author)
	if err := s.mayWrite(tx, in, author, e); err != nil {
		return 0, nil, err
	}
	r, was, err := s.state(tx, e.Kind, e.ID)
	if err != nil {
		return 0, nil, err
	}
	c := &change.Change{Kind: e.Kind, Record: writtenBy(author, s.city, e.ID), Fields: change.FieldsOf(e.Fields), Actor: e.Actor, At: e.At}
	if c.Context, err = s.context(tx, in.Device, r); err != nil {
		return 0, nil, err
	}
	if e.Read != nil {
		c.Context = e.narrow(c.Context, in, r)
	}
	if seq, err = Add(tx, in, author, c); err != nil {
		return 0, nil, err
	}
	c.Record = e.ID
	return seq, r, s.absorb(tx, in, seq, c, r, was)
}

// writtenBy is the id as a change of the author carries it: an id of before names its
// maker only where another unit writes it, which has the record from that one.
func writtenBy(author, city change.UnitID, id change.RecordID) change.RecordID {
	if maker, named := id.Maker(); named && maker != author && author != city {
		return id
	}
	return id.Written()
}

// Add writes a change as the next one of the own stream, and nothing else: for
// a record whose state is not kept here. Its context is the caller's duty. It
// returns Invalid for a change that cannot be encoded, and Full.
func Add(tx *journal.Tx, in change.Stream, author change.UnitID, c *change.Change) (seq uint64, err error) {
	raw, err := c.Encode()
	if err != nil {
		return 0, err
	}
	return tx.Add(in, author, raw)
}

// Keeps reports whether the state of records of the kind is kept here.
func (s *Records) Keeps(kind string) bool { return s.keep(kind) }

// context is all this device has seen of a record. A refused change of its own
// has left no trace in the state, but its name is used up: a change that took it
// again would be refused with it.
func (s *Records) context(tx *journal.Tx, own change.DeviceID, r *merge.Record) (change.Vector, error) {
	seen := r.Context()
	refused, err := s.refusals(tx, r.Kind(), r.ID())
	if err != nil {
		return nil, err
	}
	if ranged, err := anyRange(tx); err != nil || len(refused) == 0 && !ranged {
		return seen, err
	}
	err = s.changes(tx, r.Kind(), r.ID(), func(in change.Stream, seq uint64, c *change.Change) error {
		if in.Device != own {
			return nil
		}
		word, err := s.refusedBy(tx, refused, in, seq, c)
		if word != "" {
			seen.Add(c.Dot(in))
		}
		return err
	})
	return seen, err
}

// Apply merges one change that stands in a stream of a device of the author
// unit, and reports whether its kind is kept here and it may have an effect.
// Applying it again changes nothing.
func (s *Records) Apply(tx *journal.Tx, author change.UnitID, in change.Stream, seq uint64, c *change.Change) (bool, error) {
	if c.Kind == change.ForwardKind {
		return s.applyForward(tx, author, in, seq, c)
	}
	name, has := access.Effect(c, in, author, s.city)
	if !s.keep(c.Kind) {
		return false, nil
	}
	standing, err := s.standing(tx, c.Named(name), has, author, in, seq)
	if err != nil || standing == nowhere {
		return false, err
	}
	c = c.Named(name)
	refused, err := s.refusals(tx, c.Kind, c.Record)
	if err != nil {
		return false, err
	}
	word, err := s.refusedBy(tx, refused, in, seq, c)
	if err != nil {
		return false, err
	}
	if word != "" || standing == listed { // it is listed in the history and has no effect
		return true, tx.Table(placedTable).Put(placeKey(c.Kind, c.Record, in, seq), nil)
	}
	r, was, err := s.state(tx, c.Kind, c.Record)
	if err != nil {
		return false, err
	}
	return true, s.absorb(tx, in, seq, c, r, was)
}

// state is Get, but the state of no changes when there is none; and what the
// record is listed under.
func (s *Records) state(tx *journal.Tx, kind string, id change.RecordID) (*merge.Record, listing, error) {
	r, err := s.Get(tx, kind, id)
	if r == nil {
		return merge.New(kind, id), nil, err
	}
	return r, s.listing(r), err
}

// absorb merges a change into the state r, which is the record's and listed
// so, and stores all that follows from it.
func (s *Records) absorb(tx *journal.Tx, in change.Stream, seq uint64, c *change.Change, r *merge.Record, listed listing) error {
	was, gave, merged := wordOf(r), givenBy(r), mergedBy(r)
	r.Apply(in, c)
	if err := s.keepState(tx, r, listed); err != nil {
		return err
	}
	if err := tx.Table(placedTable).Put(placeKey(c.Kind, c.Record, in, seq), nil); err != nil {
		return err
	}
	switch r.Kind() {
	case system.RefusalKind:
		return s.moveWord(tx, r.ID(), was, wordOf(r))
	case system.CustodyKind:
		return s.moveRecord(tx, gave, givenBy(r))
	case system.DivisionKind:
		return s.moveHeir(tx, merged, mergedBy(r))
	}
	return nil
}

// Clear empties the store, for a rebuild from the journal.
func (s *Records) Clear(tx *journal.Tx) error {
	s.touched.addAll(tx.Number())
	for _, name := range []string{stateTable, placedTable, refusedTable, rangesTable, countsTable, disputeTable, waitingTable} {
		table := tx.Table(name)
		err := table.Ascend(nil, nil, func(key, _ []byte) error { return table.Delete(key) })
		if err != nil {
			return err
		}
	}
	if err := custody.Clear(tx); err != nil {
		return err
	}
	return s.clearIndex(tx)
}

// keepState stores a state and lists it under its values, no more under those
// it had, and while it holds values side by side.
func (s *Records) keepState(tx *journal.Tx, r *merge.Record, was listing) error {
	if err := s.list(tx, r.Kind(), r.ID(), was, s.listing(r)); err != nil {
		return err
	}
	s.touched.add(tx.Number(), Key{Kind: r.Kind(), ID: r.ID()})
	key := stateKey(r.Kind(), r.ID())
	if err := tx.Table(stateTable).Put(key, r.Encode()); err != nil {
		return err
	}
	if len(r.Conflicts()) > 0 {
		return tx.Table(disputeTable).Put(key, nil)
	}
	return tx.Table(disputeTable).Delete(key)
}

// EachConflict calls fn for the records that hold values side by side.
func (s *Records) EachConflict(tx *journal.Tx, fn func(kind string, id change.RecordID) error) error {
	return tx.Table(disputeTable).Ascend(nil, nil, func(key, _ []byte) error {
		kind, id, _ := bytes.Cut(key, []byte{0})
		return fn(string(kind), change.RecordID(id))
	})
}

// Conflicts counts the records that hold values side by side.
func (s *Records) Conflicts(tx *journal.Tx) (n int, err error) {
	err = tx.Table(disputeTable).Ascend(nil, nil, func(_, _ []byte) error {
		n++
		return nil
	})
	return n, err
}
