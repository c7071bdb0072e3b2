package reconcile

import (
	"encoding/binary"

	"tongbu/hub/follow"
	"tongbu/internal/change"
	"tongbu/internal/system"
)

// A city that was put back judges again what arrives again, in another order:
// a change that it had refused may come first and take the record of the unit
// that held it. But those below still have what the city had said, and give
// it back. What each change had been told, the records of refusals say
// (word.go); here the city hears from its words who holds a record, and
// settles it where it has judged otherwise meanwhile (settle.go).
const (
	toldTable      = "reconcile.told"      // own stream -> how far this journal has written it itself
	contestedTable = "reconcile.contested" // kind 0 id 0 refusal's id -> nothing: refused, then or now, as not the custodian's
)

// recall hears a batch of the city's own words of an earlier incarnation. One
// that cannot be read says nothing.
func (s *sitting) recall(o *follow.Opened) error {
	told, err := s.toldUpTo(o.Stream)
	if err != nil {
		return err
	}
	for _, c := range o.Changes {
		if c.Seq <= told {
			continue // it was never lost
		}
		if err := s.recallWord(c.Change); err != nil {
			return err
		}
	}
	return nil
}

func (s *sitting) toldUpTo(own change.Stream) (uint64, error) {
	raw, err := s.w.Table(toldTable).Get([]byte(own.String()))
	if err != nil || len(raw) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(raw), nil
}

func (s *sitting) recallWord(c *change.Change) error {
	if c.Kind != system.RefusalKind {
		return s.recallRecord(c)
	}
	word, err := s.said(c.Record)
	heard := system.RefusalIn(c)
	if err != nil || word.kind == "" || word.record.Validate() != nil || heard.Rule != ruleCustodian {
		return err
	}
	of := &change.Change{Kind: word.kind, Record: word.record}
	s.moves.again = append(s.moves.again, c.Record)
	if err := s.w.Table(contestedTable).Put(contestedKey(of, c.Record), nil); err != nil {
		return err
	}
	if heard.Holder == "" || heard.Since == 0 {
		return nil
	}
	return s.adopt(of, claim{unit: heard.Holder, epoch: heard.Since, heard: true, from: s.first})
}

// recallRecord hears that the city has made a record itself, which another may have
// taken meanwhile.
func (s *sitting) recallRecord(c *change.Change) error {
	if len(c.Context) > 0 {
		return nil
	}
	raw, err := s.w.Table(ownerTable).Get(ownerKey(c))
	if err != nil || raw == nil {
		return err
	}
	by := s.byTheCity()
	by.heard, by.from = true, s.first
	return s.adopt(c, by)
}

// adopt gives a record to whom the city's word names, unless a better word is
// known.
func (s *sitting) adopt(of *change.Change, to claim) error {
	was, err := s.holder(of)
	if err != nil || !was.yields(to, s.putBack) {
		return err
	}
	if was.unit == to.unit {
		to.from = was.from // what stood, stands
	} else {
		s.moves.add(of, was)
	}
	return s.w.Table(ownerTable).Put(ownerKey(of), to.encode())
}

// contest lists a refusal under the record: it is weighed again when the record
// moves.
func (s *sitting) contest(v verdict) error {
	of := &change.Change{Kind: v.kind, Record: v.record}
	return s.w.Table(contestedTable).Put(contestedKey(of, v.at.refusal()), nil)
}

func contestedKey(of *change.Change, refusal change.RecordID) []byte {
	return append(append(ownerKey(of), 0), refusal...)
}
