package sim

import (
	"maps"
	"slices"

	"tongbu/hub/reconcile"
	"tongbu/internal/change"
	"tongbu/internal/records"
	"tongbu/internal/tree"
)

// Fields that the city judges by, in the small: a number the truth knows the
// change by, and a value that no rule lets stand.
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
)

// judge is the city's own step, the rules of hub/reconcile in the small: each
// arrival is judged once, what is not in order is refused in the stream to
// the unit that made it, and a receipt says how far each stream is recorded.
type judge struct {
	epoch   uint64
	cursor  int // in the log
	holders map[records.Key]change.UnitID
}

func newJudge() *judge { return &judge{epoch: 1, holders: map[records.Key]change.UnitID{}} }

func (j *judge) copied() *judge {
	return &judge{epoch: j.epoch, cursor: j.cursor, holders: maps.Clone(j.holders)}
}

// due reports whether there is something to judge.
func (s *Store) due() bool { return s.city != nil && s.city.cursor < len(s.log) }

// judgeAll judges what arrived; verdicts, receipts and cursor move together.
func (s *Store) judgeAll(now int64) {
	j := s.city
	marks := map[change.Stream]change.Mark{}
	audiences := map[change.UnitID]bool{}
	for ; j.cursor < len(s.log); j.cursor++ {
		a := s.log[j.cursor]
		if a.Stream.Device == s.Device {
			continue
		}
		s.w.truth.judged(s, a.reading)
		marks[a.Stream] = a.End()
		if s.judge(a, now) {
			audiences[a.author] = true
		}
	}
	for _, unit := range slices.Sorted(maps.Keys(audiences)) {
		s.seal(s.own(unit), now)
	}
	for _, of := range slices.SortedFunc(maps.Keys(marks), change.Stream.Compare) {
		s.sign(of, marks[of], now)
	}
	j.cursor = len(s.log)
}

// judge weighs the changes of a batch and reports whether one was refused.
func (s *Store) judge(a arrived, now int64) (refused bool) {
	changes, err := a.read()
	if err != nil {
		s.w.truth.weighed(s, a.Stream, uint64(a.Count))
		s.refuse(a, a.First, nil, ruleUnreadable, now)
		return true
	}
	for i, c := range changes {
		s.w.truth.weighed(s, a.Stream, 1)
		if rule := s.weigh(a, c); rule != "" {
			s.refuse(a, a.First+uint64(i), c, rule, now)
			if refused = true; s.w.flaw(PoisonBlocks, s) {
				return true
			}
		}
	}
	return refused
}

func (s *Store) weigh(a arrived, c *change.Change) (rule string) {
	holder := s.city.holders[keyOf(c)]
	author, _ := s.w.town.Tree.Unit(a.author)
	switch {
	case (author.Level == tree.Community) != (c.Kind == formKind):
		return ruleWriter
	case holder != "" && holder != a.author && holder != a.Stream.Audience:
		return ruleCustodian
	case !c.Fields[poisonField].IsNull():
		return ruleHard
	case holder == "":
		s.city.holders[keyOf(c)] = a.author
	}
	return ""
}

func (s *Store) refuse(a arrived, seq uint64, c *change.Change, rule string, now int64) {
	fields := map[string]change.Value{"stream": change.Text(a.Stream.String()), "seq": change.Int(int64(seq)), "rule": change.Text(rule)}
	if c != nil {
		fields["kind"], fields["record"], fields["count"] = change.Text(c.Kind), change.Text(string(c.Record)), change.Int(int64(c.Count()))
	}
	s.w.truth.refusals++
	s.w.note("city refuses %s %d: %s", s.w.streamName(a.Stream), seq, rule)
	if s.w.flaw(LoseRefusals, s) {
		return
	}
	s.write(s.own(a.author), &change.Change{Kind: records.RefusalKind, Record: reconcile.RefusalID(a.Stream, seq), Fields: fields, Actor: "city", At: now})
}

// sign makes a receipt and keeps it as the newest.
func (s *Store) sign(of change.Stream, m change.Mark, now int64) {
	r, err := change.Receipt{City: s.Device, Stream: of, Seq: m.Seq, Hash: m.Hash, Epoch: s.city.epoch, At: now}.Sign(s.Key)
	if err != nil {
		s.w.broke("a receipt cannot be signed: %v", err)
		return
	}
	s.w.signed.made(r)
	s.w.truth.wasSigned(s, r)
	if old := s.receipts[of]; old == nil || r.Newer(&old.Receipt) {
		s.receipts[of] = r
	}
	s.touched(of)
}
