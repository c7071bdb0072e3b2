package reconcile

import (
	"encoding/binary"

	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/system"
)

// releasedTable is transfer 0 stream -> the place in it where its device says that it has
// heard of the transfer.
const releasedTable = "reconcile.released"

// ruleMoved holds what a unit writes of a record after it has heard that it gave it away.
const ruleMoved = system.MovedAway

// standing is what follows for a change from whose its record is, where a word of the city
// has given it, or what it is about, to another unit.
type standing struct {
	moved custody.Holding // of the record
	about custody.Holding // of what it is about, which its author gave away: the record follows
	says  change.UnitID   // unit that the city says it again to; "": it is on that line
	late  bool            // written in ignorance of the transfer
	held  bool            // written in knowledge of it
}

// anyMoved reports whether any record was ever given to another unit: nearly always none
// was, and nothing else need be asked.
func (j *judging) anyMoved() (bool, error) {
	if j.given == nil {
		any, err := custody.Any(j.w.Tx)
		if err != nil {
			return false, err
		}
		j.given = &any
	}
	return *j.given, nil
}

// holding is whose a record is by the city's words; not Moved for one with an id of before.
func (j *judging) holding(kind string, id change.RecordID) (custody.Holding, error) {
	any, err := j.anyMoved()
	if _, named := id.Maker(); err != nil || !any || !named || change.Ruled(kind) {
		return custody.Holding{}, err
	}
	return custody.Of(j.w.Tx, kind, id)
}

// standingOf is what follows for a change from the city's words.
func (j *judging) standingOf(at placed, c *change.Change) (s standing, err error) {
	if s.moved, err = j.holding(c.Kind, c.Record); err != nil {
		return s, err
	}
	if !s.moved.Moved() {
		return j.followsFrom(at, c)
	}
	gave := s.moved.GaveAway(at.author, j.heirs(s.moved))
	switch {
	case j.holds(s.moved.Unit, at.author):
	case gave == "":
		return s, nil
	default:
		knew, err := j.released(gave, at)
		if err != nil || knew {
			s.held = err == nil
			return s, err
		}
		s.late = true
	}
	if at.Stream.Audience != s.moved.At && at.Stream.Audience != j.cfg.Members.Heir(s.moved.At) || s.late {
		s.says = s.moved.At
	}
	return s, nil
}

// heirs are the units that have taken the place of those which hold a record or have held
// it, by today's tree.
func (j *judging) heirs(h custody.Holding) custody.Heirs {
	heirs := custody.Heirs{}
	for _, unit := range h.Holders() {
		if heir := j.cfg.Members.Heir(unit); heir != unit {
			heirs[unit] = []change.UnitID{heir}
		}
	}
	return heirs
}

// followsFrom finds out whether a new record is about one that its author gave away without
// having heard of it: then the new one goes the same way.
func (j *judging) followsFrom(at placed, c *change.Change) (s standing, err error) {
	kind, id := aboutOf(j.cfg.Schema, c)
	if id == "" {
		return s, nil
	}
	about, err := j.holding(kind, id)
	gave := about.GaveAway(at.author, j.heirs(about))
	if err != nil || gave == "" {
		return s, err
	}
	if maker, named := c.Record.Maker(); !named || maker != at.author {
		return s, nil
	}
	knew, err := j.released(gave, at)
	if err == nil && !knew {
		s.about, s.late = about, true
	}
	return s, err
}

// aboutOf is the record that a change says its own is about; of a person the household.
func aboutOf(live *schema.Live, c *change.Change) (kind string, id change.RecordID) {
	k, known := live.Kind(c.Kind)
	if !known {
		return "", ""
	}
	field, of := k.Field(k.Moves())
	if !of || field.Ref == "" {
		return "", ""
	}
	return field.Ref, change.RecordID(c.Fields.Get(field.Name).Text())
}

func releasedKey(transfer change.RecordID, in change.Stream) []byte {
	return append(append([]byte(transfer), 0), in.String()...)
}

// released reports whether the device had said, before the change at a place of its stream,
// that it has heard of a transfer.
func (j *judging) released(transfer change.RecordID, at placed) (bool, error) {
	raw, err := j.w.Table(releasedTable).Get(releasedKey(transfer, at.Stream))
	return len(raw) == 8 && binary.BigEndian.Uint64(raw) < at.seq, err
}

// noteReleased keeps where a device says that it has heard of a transfer.
func (j *judging) noteReleased(at placed, c *change.Change) error {
	transfer := system.ReleasedIn(c)
	if transfer == "" {
		return nil
	}
	table, key := j.w.Table(releasedTable), releasedKey(transfer, at.Stream)
	raw, err := table.Get(key)
	if err != nil || len(raw) == 8 && binary.BigEndian.Uint64(raw) <= at.seq {
		return err
	}
	return table.Put(key, binary.BigEndian.AppendUint64(nil, at.seq))
}

// follow does what follows from the words for a change that stands: it is said again to the
// unit that has the record, and a new record goes where that one went which it is about.
func (j *judging) follow(v verdict) error {
	s, at := v.standing, records.Place{Location: records.Location{Stream: v.at.Stream, Seq: v.at.seq}, Author: v.at.author}
	if s.about.Moved() {
		if err := j.sendAfter(v, s.about); err != nil {
			return err
		}
		s.says = s.about.At
	}
	if s.says == "" {
		return nil
	}
	return j.sayAgain(at, s.says)
}

// sendAfter gives a new record to the unit that has what it is about.
func (j *judging) sendAfter(v verdict, about custody.Holding) error {
	own, err := j.w.Own(v.at.author)
	if err != nil {
		return err
	}
	word := system.Custody{Kind: v.kind, Record: v.record, Number: 1, From: v.at.author, To: about.Unit, At: about.At, Transfer: about.GaveAway(v.at.author, j.heirs(about)), Day: about.Day, Epoch: j.epoch}
	place, err := records.SayWord(j.cfg.Records, j.w.Tx, own, word, j.cfg.Now().UnixMilli())
	if err != nil {
		return err
	}
	j.written[own] = place.Seq
	return j.sayAgain(place, about.At)
}

func (j *judging) sayAgain(at records.Place, to change.UnitID) error {
	own, err := j.w.Own(to)
	if err != nil {
		return err
	}
	seq, err := j.cfg.Records.SayAgain(j.w.Tx, own, at, j.cfg.Now().UnixMilli())
	if err == nil && seq > 0 {
		j.written[own] = seq
	}
	return err
}
