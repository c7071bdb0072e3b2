package reconcile

import (
	"encoding/binary"
	"strconv"

	"tongbu/hub/follow"
	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/journal"
	"tongbu/syncer/streams"
)

// outcome is what one transaction did; it is told once that is on the disk.
type outcome struct {
	marks   map[change.Stream]change.Mark // how far streams are recorded now
	refused []verdict
}

// sitting is the judging of one transaction.
type sitting struct {
	*Reconciler
	w       *streams.Writer
	epoch   uint64                   // of the city
	putBack uint64                   // last arrival that was here when the city was put back; 0: it never was
	first   uint64                   // arrival
	last    uint64                   // arrival judged
	told    map[change.Stream]uint64 // how far the city has spoken here
	moves   moves
	out     outcome
}

func (r *Reconciler) begin(w *streams.Writer, first uint64) (*sitting, error) {
	s := &sitting{Reconciler: r, w: w, first: first, told: map[change.Stream]uint64{}, out: outcome{marks: map[change.Stream]change.Mark{}}}
	var err error
	if s.epoch, err = streams.Epoch(w.Tx); err != nil {
		return nil, err
	}
	s.putBack, err = streams.PutBack(w.Tx)
	return s, err
}

// judgeAll judges the batches, signs how far the streams are recorded, and moves
// the cursor.
func (r *Reconciler) judgeAll(w *streams.Writer, todo []*follow.Opened) (outcome, error) {
	s, err := r.begin(w, todo[0].No)
	if err != nil {
		return outcome{}, err
	}
	for _, o := range todo {
		if err := s.hear(o); err != nil {
			return s.out, err
		}
		s.last = o.No
	}
	if err := s.settle(); err != nil {
		return s.out, err
	}
	failpoint.Reach("reconcile.judged")
	if err := s.sign(); err != nil {
		return s.out, err
	}
	failpoint.Reach("reconcile.signed")
	err = w.SetCursor(cursor, s.last)
	failpoint.Reach("reconcile.moved")
	return s.out, err
}

// hear judges what others say, and recalls what the city itself had said before
// it was restored.
func (s *sitting) hear(o *follow.Opened) error {
	if o.Stream.Device != s.cfg.Device {
		return s.judge(o)
	}
	own, err := s.w.Own(o.Stream.Audience)
	if err != nil || own.Incarnation == o.Stream.Incarnation {
		return err
	}
	return s.recall(o)
}

// judge weighs the changes of one batch. One that nobody can read is refused
// as a whole, by its first change.
func (s *sitting) judge(o *follow.Opened) error {
	s.out.marks[o.Stream] = o.End
	at := placed{Stream: o.Stream, seq: o.First, author: o.Author}
	if o.Err != nil {
		before, err := s.said(at.refusal())
		if err != nil {
			return err
		}
		return s.enforce(verdict{at: at, rule: "unreadable", message: "the batch cannot be read; none of it has effect"}, before)
	}
	if s.cfg.Dated != nil {
		s.cfg.Dated(o.Stream.Device, o.Author, latest(o.Changes))
	}
	for _, c := range o.Changes {
		if err := s.judgeOne(o.Arrival, at, c.Change); err != nil {
			return err
		}
		at.seq++
	}
	return nil
}

// judgeOne weighs a change. One that the city had refused takes no record.
func (s *sitting) judgeOne(a journal.Arrival, at placed, c *change.Change) error {
	before, err := s.said(at.refusal())
	if err != nil {
		return err
	}
	holder, err := s.holder(c)
	if err != nil || before.refused && holder.unit == "" {
		return err
	}
	v, takes, err := s.weigh(at, c, holder)
	if err != nil {
		return err
	}
	if takes {
		return s.take(a, c)
	}
	return s.enforce(v, before)
}

// take gives a record that nobody holds to the unit whose change of it stands.
func (s *sitting) take(a journal.Arrival, c *change.Change) error {
	by := claim{unit: a.Author, epoch: s.epoch}
	if s.epoch > 1 {
		by.from = a.No
	}
	return s.w.Table(ownerTable).Put(ownerKey(c), by.encode())
}

// latest is the latest time that the changes were entered at.
func latest(changes []view.Change) (at int64) {
	for _, c := range changes {
		at = max(at, c.Change.At)
	}
	return at
}

// RefusalID names the refusal of the change at a place: one place, one
// refusal, however often it is judged. It has change.MaxRecordID bytes at most.
func RefusalID(in change.Stream, seq uint64) change.RecordID {
	id := make([]byte, 0, change.MaxRecordID)
	id = strconv.AppendUint(append(append(id, in.Device...), '-'), uint64(in.Incarnation), 10)
	id = strconv.AppendUint(append(append(append(id, '-'), in.Audience...), '-'), seq, 10)
	return change.RecordID(id)
}

// sign records how far the streams are judged, and how far the city has spoken
// here: what it hears of its own beyond that had been lost.
func (s *sitting) sign() error {
	for in, m := range s.out.marks {
		if err := s.w.Record(in, m); err != nil {
			return err
		}
	}
	for in, seq := range s.told {
		if err := s.w.Table(toldTable).Put([]byte(in.String()), binary.BigEndian.AppendUint64(nil, seq)); err != nil {
			return err
		}
	}
	return nil
}
