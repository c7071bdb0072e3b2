package sim

import (
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/records"
	"tongbu/internal/tree"
)

// Fields that the model of the city judges by: the number under which truth
// knows the change, and a value that a rule always refuses.
const (
	numberField = "n"
	poisonField = "poison"
)

// Kinds of records: communities write forms, the tiers above notices.
const (
	formKind   = "form"
	noticeKind = "notice"
)

// Rules of the city.
const (
	ruleWriter     = "not_a_writer"
	ruleHard       = "hard_check"
	ruleCustodian  = "not_the_custodian"
	ruleUnreadable = "unreadable"
	ruleContext    = "context_unknown"
)

// judge is the city's judging, a small model of hub/reconcile: each arrival is
// judged once, a change that breaks a rule is refused in the stream to the unit
// that made it, and a receipt says how far each stream is recorded.
type judge struct {
	epoch      uint64
	cursor     int // in the log
	restoredAt int // length of the log when the city was restored; -1: it never was
	holders    map[records.Key]claim
	known      map[records.Key]known // replaced, never changed
	word       words
}

func newJudge() *judge {
	return &judge{epoch: 1, restoredAt: -1, holders: map[records.Key]claim{}, known: map[records.Key]known{}, word: newWords()}
}

func (j *judge) clone() *judge {
	return &judge{epoch: j.epoch, cursor: j.cursor, restoredAt: j.restoredAt, holders: maps.Clone(j.holders), known: maps.Clone(j.known), word: j.word.clone()}
}

// mustJudge reports whether there is something to judge.
func (s *Directory) mustJudge() bool { return s.city != nil && s.city.cursor < len(s.log) }

// judging is what one transaction of the city judges.
type judging struct {
	*Directory
	now       int64
	first     int // in the log
	marks     map[change.Stream]change.Mark
	audiences map[change.UnitID]bool // spoken to
	moves     moves
	news      []records.Key // more is known of these
}

// judgeAll judges what arrived; verdicts, receipts and cursor move together.
func (s *Directory) judgeAll(now int64) {
	j := s.city
	x := &judging{Directory: s, now: now, first: j.cursor, marks: map[change.Stream]change.Mark{}, audiences: map[change.UnitID]bool{}, moves: newMoves()}
	for ; j.cursor < len(s.log); j.cursor++ {
		a := s.log[j.cursor]
		if a.Stream.Device == s.Device {
			x.recallWords(a)
			continue
		}
		s.w.truth.recordJudged(s, a.reading)
		x.marks[a.Stream] = a.End()
		x.judgeBatch(a)
	}
	x.judgeMoved()
	for _, unit := range slices.Sorted(maps.Keys(x.audiences)) {
		s.sealTail(s.ownStream(unit), now)
	}
	for _, of := range slices.SortedFunc(maps.Keys(x.marks), change.Stream.Compare) {
		s.signReceipt(of, x.marks[of], now)
	}
	j.cursor = len(s.log)
}

// judgeBatch judges the changes of a batch.
func (x *judging) judgeBatch(a arrived) {
	at := changeSource{Stream: a.Stream, seq: a.First, author: a.author}
	changes, err := a.read()
	if err != nil {
		x.w.truth.countVerdicts(x.Directory, a.Stream, uint64(a.Count))
		x.sayVerdict(at, nil, ruleUnreadable)
		return
	}
	for _, c := range changes {
		x.w.truth.countVerdicts(x.Directory, a.Stream, 1)
		refused := x.judgeOne(at, c)
		x.judgeWaiting()
		if refused && x.w.flaw(PoisonBlocks, x.Directory) {
			return
		}
		at.seq++
	}
}

// judgeOne reports whether the change is refused. A change that the city had
// refused before does not make its author the holder of the record.
func (x *judging) judgeOne(at changeSource, c *change.Change) bool {
	holder := x.city.holderOf(keyOf(c))
	if before := x.city.word.wordOn(at.refusalID()); before.stands && holder.unit == "" {
		return true
	}
	before, p := x.city.word.wordOn(at.refusalID()), x.city.pastOf(keyOf(c), holder)
	rule := x.ruleAgainst(at, c, holder, p)
	x.sayVerdict(at, c, rule)
	if rule == "" && holder.unit == "" {
		x.city.holders[keyOf(c)] = claim{unit: at.author, epoch: x.city.epoch, from: x.city.cursor}
	}
	x.remember(at, c, p, rule, before)
	return rule != ""
}

// holderOf is whose a record is: its id says it, or who came first.
func (j *judge) holderOf(k records.Key) claim {
	if maker, named := makerIn(k.ID); named {
		return claim{unit: maker, epoch: 1}
	}
	return j.holders[k]
}

func (x *judging) ruleAgainst(at changeSource, c *change.Change, holder claim, p past) (rule string) {
	author, _ := x.w.town.Tree.Unit(at.author)
	switch {
	case (author.Level == tree.Community) != (c.Kind == formKind), c.Kind != formKind && c.Kind != noticeKind:
		return ruleWriter
	case holder.unit != "" && holder.unit != at.author:
		return ruleCustodian
	case p.lacks(at, c, x.Device) && !x.w.flaw(BelieveCounts, x.Directory):
		return ruleContext
	case !c.Fields.Get(poisonField).IsNull():
		return ruleHard
	}
	return ""
}

// signReceipt makes a receipt and keeps it as the newest.
func (s *Directory) signReceipt(of change.Stream, m change.Mark, now int64) {
	r, err := change.Receipt{City: s.Device, Stream: of, Seq: m.Seq, Hash: m.Hash, Epoch: s.city.epoch, At: now}.Sign(s.Key)
	if err != nil {
		s.w.failWorld("a receipt cannot be signed: %v", err)
		return
	}
	s.w.signed.addSigned(r)
	s.w.truth.wasSigned(s, r)
	if old := s.receipts[of]; old == nil || r.Newer(&old.Receipt) {
		s.receipts[of] = r
	}
	s.touched(of)
}
