package reconcile

import (
	"encoding/binary"

	"tongbu/hub/follow"
	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/journal"
	"tongbu/internal/system"
	"tongbu/internal/today"
	"tongbu/syncer/streams"
)

// judging is the judging of one transaction.
type judging struct {
	*Reconciler
	w        *streams.Writer
	epoch    uint64                   // of the city
	restored uint64                   // last arrival that was here when the city was restored; 0: it never was
	first    uint64                   // arrival of this transaction
	last     uint64                   // arrival judged
	written  map[change.Stream]uint64 // last word written into the city's streams here
	moves    moves
	news     [][]byte // keys of ownerTable: of these records more is known, and what waits for it is not judged again yet
	ranges   bool     // the network reads words that name a range
	today    today.Day
	gathered gathered
	known    *journal.Table              // knownTable
	keys     map[change.Stream]streamKey // as far as it was asked
	scratch  []byte
	level    level                      // of the unit that was asked for last
	worded   map[change.Stream]bool     // as far as it was asked: some word is about one place of it
	waits    map[string]bool            // as far as it was asked, by kind and maker: something of their records was refused for another
	ranged   map[change.Stream]bool     // likewise: some range of it is refused
	slow     map[change.DeviceID]bool   // as far as it was asked: judged slowly
	aside    map[change.DeviceID]*aside // likewise: what is set aside
	given    *bool                      // whether any record was ever given to another unit; nil: it was not asked
	out      outcome
}

// outcome is what one transaction did, for use after its commit.
type outcome struct {
	marks   map[change.Stream]change.Mark // how far streams are recorded now
	refused []verdict                     // by a word each
	ranges  []system.Range                // by one word
	stated  bool                          // a device has said what it reads
}

func (r *Reconciler) newJudging(w *streams.Writer, first uint64) (*judging, error) {
	j := &judging{Reconciler: r, w: w, first: first, written: map[change.Stream]uint64{}, gathered: gathered{}, ranged: map[change.Stream]bool{},
		known: w.Table(knownTable), keys: map[change.Stream]streamKey{}, worded: map[change.Stream]bool{}, waits: map[string]bool{},
		slow: map[change.DeviceID]bool{}, aside: map[change.DeviceID]*aside{}, out: outcome{marks: map[change.Stream]change.Mark{}}}
	var err error
	if j.epoch, err = streams.Epoch(w.Tx); err != nil {
		return nil, err
	}
	if j.restored, err = streams.PutBack(w.Tx); err != nil {
		return nil, err
	}
	if j.today, err = r.cfg.Today(w.Tx); err != nil {
		return nil, err
	}
	published, err := r.cfg.Records.Get(w.Tx, system.NetworkKind, system.NetworkID)
	j.ranges = system.NetworkFrom(published).Words >= system.RangeWords
	return j, err
}

// judgeBatches judges the batches, settles the records that have moved, signs how
// far the streams are recorded, and moves the cursor.
func (r *Reconciler) judgeBatches(w *streams.Writer, todo []*follow.Opened) (outcome, error) {
	last := todo[len(todo)-1].No
	done, err := r.judgeAll(w, todo[0].No, func(j *judging) error {
		for _, o := range todo {
			if err := j.judgeOrRecall(o); err != nil {
				return err
			}
			j.last = o.No
		}
		return nil
	})
	if err != nil {
		return done, err
	}
	failpoint.Reach("reconcile.signed")
	err = w.SetCursor(cursor, last)
	failpoint.Reach("reconcile.moved")
	return done, err
}

// judgeAll runs the judging of one transaction, says what was gathered, settles what
// has moved, and signs how far the streams are recorded.
func (r *Reconciler) judgeAll(w *streams.Writer, first uint64, judge func(*judging) error) (outcome, error) {
	j, err := r.newJudging(w, first)
	if err != nil {
		return outcome{}, err
	}
	j.last = first
	for _, step := range []func() error{func() error { return judge(j) }, j.sayGathered, j.settleMoves, j.sayGathered} {
		if err := step(); err != nil {
			return j.out, err
		}
	}
	failpoint.Reach("reconcile.judged")
	return j.out, j.signReceipts()
}

// judgeOrRecall judges a batch of others, and reads one that the city itself wrote
// in an earlier incarnation for what it had said before it was restored.
func (j *judging) judgeOrRecall(o *follow.Opened) error {
	if o.Stream.Device != j.cfg.Device {
		waits, err := j.setAside(o)
		if err != nil || waits {
			return err
		}
		return j.judgeBatch(o)
	}
	own, err := j.w.Own(o.Stream.Audience)
	if err != nil || own.Incarnation == o.Stream.Incarnation {
		return err
	}
	return j.recallBatch(o)
}

// judgeBatch judges the changes of one batch. One that cannot be read is refused
// as a whole, under its first change.
func (j *judging) judgeBatch(o *follow.Opened) error {
	j.out.marks[o.Stream] = o.End
	at := placed{Stream: o.Stream, seq: o.First, author: o.Author}
	if o.Err != nil {
		return j.refuseBatch(at, o.Last)
	}
	if j.cfg.Dated != nil {
		j.cfg.Dated(o.Stream.Device, o.Author, latestTime(o.Changes))
	}
	for _, c := range o.Changes {
		j.out.stated = j.out.stated || c.Change.Kind == system.DeviceStateKind
		if err := j.judgeChange(o.Arrival, at, c.Change); err != nil {
			return err
		}
		if err := j.rejudgeWaiting(); err != nil {
			return err
		}
		at.seq++
	}
	return nil
}

// refuseBatch refuses a batch that cannot be read, up to its last change: under its
// first, or where the network reads that, all of it.
func (j *judging) refuseBatch(at placed, last uint64) error {
	v := verdict{at: at, rule: "unreadable", message: "the batch cannot be read; none of it has effect"}
	before, err := j.wordAt(at)
	if err != nil || before.refused {
		return err
	}
	if !j.ranges || at.seq == last {
		return j.writeVerdict(v, before)
	}
	for ; v.at.seq <= last; v.at.seq++ {
		j.gather(v)
	}
	return nil
}

// latestTime is the latest time that the changes were entered at.
func latestTime(changes []view.Change) (at int64) {
	for _, c := range changes {
		at = max(at, c.Change.At)
	}
	return at
}

// judgeChange judges one change. One that the city had refused before it was
// restored claims no record, but for one that it only held.
func (j *judging) judgeChange(a journal.Arrival, at placed, c *change.Change) error {
	before, err := j.wordAt(at)
	if err == nil {
		err = j.recallHolder(before, c)
	}
	if err != nil {
		return err
	}
	holder, err := j.holderOf(c)
	if err != nil || before.refused && before.rule != ruleCode && holder.unit == "" {
		return err
	}
	past, err := j.historyOf(c, holder)
	if err != nil {
		return err
	}
	v, err := j.checkRules(at, c, holder, past)
	if err != nil {
		return err
	}
	if v.rule == "" && c.Kind == system.ReleasedKind {
		if err := j.noteReleased(at, c); err != nil {
			return err
		}
	}
	if v.rule == "" && holder.unit == "" && v.known {
		if err := j.claimRecord(a, c); err != nil {
			return err
		}
	}
	if err := j.writeVerdict(v, before); err != nil {
		return err
	}
	return j.remember(at, c, past, v, before)
}

// remember notes a change of whoever may write the record, and that others may have
// waited for it.
func (j *judging) remember(at placed, c *change.Change, past history, v verdict, before word) error {
	if change.Ruled(c.Kind) || v.foreign() || j.exceeds(past, c) {
		return nil
	}
	stands := v.rule == "" && !before.stands()
	news, err := j.learn(at, c, past, stands)
	if err == nil && news {
		news, err = j.mayWait(c, past.key)
	}
	if news {
		j.noteNews(past.key)
	}
	return err
}

// signReceipts records how far the streams are judged, and how far the city's own
// streams were written here: what comes back of them beyond that had been lost.
func (j *judging) signReceipts() error {
	for in, m := range j.out.marks {
		if err := j.w.Record(in, m); err != nil {
			return err
		}
	}
	for in, seq := range j.written {
		if err := j.w.Table(writtenTable).Put([]byte(in.String()), binary.BigEndian.AppendUint64(nil, seq)); err != nil {
			return err
		}
	}
	return nil
}
