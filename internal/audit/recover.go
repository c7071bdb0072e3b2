package audit

import (
	"errors"
	"io"

	"tongbu/internal/fault"
)

// recover finds the end of the log, and what is lost or damaged.
func (l *Log) recover(said Head) error {
	s := &scan{known: l.known.Head, said: said, bad: -1}
	if l.file != nil {
		if err := l.scanFile(s); err != nil {
			return err
		}
	}
	l.last, l.end, l.state.Torn = s.last, s.end, s.torn
	l.dirty = s.torn > 0
	want := newer(said, l.known.Head)
	before := joinGaps(s.lost)
	if s.fromKnown {
		before = joinGaps(l.known.gaps(), s.lost...)
	}
	for _, g := range before {
		s.addProblem("entries %d to %d of the audit log were lost earlier", g.from, g.to)
	}
	lost := before
	if s.last.No < want.No {
		l.state.Torn = 0 // what was cut off is among what is lost, and had been answered
		lost = joinGaps(before, gap{s.last.No + 1, want.No})
	}
	l.lost = remembered(lost)
	switch {
	case s.last.No < want.No && l.file == nil:
		s.addProblem("the audit log is missing: entries 1 to %d are lost", want.No)
	case s.last.No < want.No:
		s.addProblem("the end of the audit log is missing: entries %d to %d are lost", s.last.No+1, want.No)
	}
	l.base = s.base(want)
	l.state.Problems = append(l.state.Problems, s.problems...)
	return nil
}

// base is behind what the log goes on, nil: behind its last record. Nobody knows the
// hash of one that cannot be read.
func (s *scan) base(want Head) *Head {
	if s.broken {
		if no := max(s.last.No+1, s.top); no > want.No {
			want = Head{No: no, At: s.last.At}
		}
	}
	if s.last.No >= want.No {
		return nil
	}
	return &want
}

func newer(a, b Head) Head {
	if a.No > b.No {
		return a
	}
	return b
}

// scanFile reads from the known record on, or all when that is not there.
func (l *Log) scanFile(s *scan) error {
	info, err := l.file.Stat()
	if err != nil {
		return err
	}
	h := make([]byte, headerSize)
	if _, err := l.file.ReadAt(h, 0); err != nil {
		return err
	}
	switch err := checkHeader(h); fault.Of(err) {
	case fault.OK:
	case fault.Damaged:
		s.problems = append(s.problems, err)
	default:
		return err
	}
	from := int64(headerSize)
	if s.fromKnown = l.isThere(l.known, info.Size()); s.fromKnown {
		from = l.known.off
	}
	s.end = from
	return s.run(newWalker(l.file, l.aead, from, info.Size()))
}

// isThere reports whether the record of a mark is in the file.
func (l *Log) isThere(m Mark, size int64) bool {
	if m.No == 0 || m.off < int64(headerSize) || m.off >= size {
		return false
	}
	r, err := newWalker(l.file, l.aead, m.off, size).next()
	return err == nil && r.kind == entryRecord && r.no == m.No && r.hash() == m.Hash
}

// scan finds the end of a log.
type scan struct {
	known, said Head
	fromKnown   bool  // it began at the known record: what was lost before that is noted there
	lost        []gap // that the log itself tells of: it went on behind them

	last     Mark
	end      int64
	torn     int64
	problems []error

	reached

	// The first record that cannot be read and may never have been written, -1: none;
	// and how far the log was in order before it.
	bad    int64
	cut    bool // the file ends within a record behind it
	before reached
}

// reached is how far a scan has come.
type reached struct {
	content record // the last that can be read
	top     uint64 // highest number of a frame
	broken  bool   // what cannot be read follows
}

func (s *scan) addProblem(format string, args ...any) {
	s.problems = append(s.problems, fault.New(fault.Damaged, format, args...))
}

func (s *scan) run(w *walker) error {
	for {
		r, err := w.next()
		switch {
		case errors.Is(err, io.EOF):
			return s.finish(w)
		case isDamage(err):
			more, err := s.stumble(w, r, err)
			if err != nil {
				return err
			}
			if !more {
				return s.finish(w)
			}
		case err != nil:
			return err
		default:
			s.accept(r, w.off)
		}
	}
}

// stumble takes a record that cannot be read, and stands behind it.
func (s *scan) stumble(w *walker, r record, why error) (more bool, err error) {
	s.proveDamage(r)
	if s.bad < 0 {
		s.bad, s.cut, s.before = r.off, false, s.reached
	}
	s.top, s.broken = max(s.top, r.no), true
	s.cut = s.cut || errors.Is(why, errCut)
	if errors.Is(why, errSealed) {
		return true, nil
	}
	return w.resync()
}

// proveDamage takes a frame that is in order. When its write began behind what cannot
// be read, that was on the disk before: a write begins after the sync of the one
// before.
func (s *scan) proveDamage(r record) {
	if s.bad >= 0 && r.size > 0 && r.off-int64(r.back) > s.bad {
		s.addProblem("the audit log is damaged behind entry %d", s.before.content.no)
		s.bad = -1
	}
}

// accept takes a record that is in order.
func (s *scan) accept(r record, end int64) {
	s.proveDamage(r)
	for _, h := range []Head{s.known, s.said} {
		if r.kind == entryRecord && r.no == h.No && r.hash() != h.Hash {
			s.addProblem("entry %d of the audit log is not the one that was there: the log was rewritten", r.no)
			break
		}
	}
	if before := s.reached.content.no; r.kind == baseRecord && r.no > before {
		s.lost = append(s.lost, gap{before + 1, r.no})
	}
	s.end, s.reached = end, reached{content: r, top: max(s.top, r.no)}
}

// finish decides on the last write, and reads the last head.
func (s *scan) finish(w *walker) error {
	torn := false
	if s.bad >= 0 {
		var err error
		if torn, err = unwritten(w.file, s.bad, w.size); err != nil {
			return err
		}
		torn = torn || s.cut
	}
	switch {
	case torn:
		s.reached, s.end, s.torn = s.before, s.bad, w.size-s.bad
	case s.bad >= 0:
		s.addProblem("the audit log is damaged behind entry %d", s.before.content.no)
		s.end = w.size
	}
	if s.content.content == nil {
		return nil
	}
	head, err := s.content.head()
	if fault.Of(err) == fault.Damaged {
		s.addProblem("entry %d of the audit log cannot be read", head.No)
		err = nil
	}
	s.last = Mark{Head: head, off: s.content.off}
	return err
}
