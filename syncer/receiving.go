package syncer

import (
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

func (s *Session) received(m Message) {
	if h, ok := m.(Hello); ok {
		s.hello(h)
		return
	}
	if !s.met {
		s.fail(fault.New(fault.Invalid, "the peer did not say hello first"))
		return
	}
	switch x := m.(type) {
	case Marks:
		s.opening(x)
	case Author:
		s.emit(Learn{Certificate: x.Certificate})
	case Batch:
		s.emit(StoreBatch{Sealed: x.Sealed})
	case Ack:
		s.acked(x)
	case Receipt:
		s.receipt(x)
	case Reach:
		s.emit(Heard{Reach: x})
	case Refuse:
		s.refused(x)
	case Fork:
		if s.local[x.Have.Stream] != nil {
			s.forked(x.Have.Stream)
		}
	case Trace:
		s.traced(x)
	case Traced:
		if !s.cfg.Parent && s.local[x.Stream] != nil { // only a child searches
			s.emit(Match{Stream: x.Stream, Ends: x.Ends})
		}
	}
}

func (s *Session) opening(m Marks) {
	if s.marked {
		s.fail(fault.New(fault.Invalid, "the peer sent marks after its last"))
		return
	}
	if s.marks += len(m.Have); s.marks > MaxMarks {
		s.fail(fault.New(fault.Exhausted, "the peer has sent more than %d marks", MaxMarks))
		return
	}
	for _, h := range m.Have {
		if f := s.remember(h); f != nil {
			f.open(h)
		}
	}
	if !m.Last {
		return
	}
	s.marked = true
	for _, e := range s.sortedLocal() {
		if theirs := s.flow(e.Stream).theirs; s.isOwn(e.Stream) && theirs.Mark == e.Sealed && e.Sealed.Seq > 0 {
			s.emit(Acked{Have: theirs}) // an earlier link may have lost the acknowledgement
		}
		s.offer(e)
	}
}

// sortedLocal lists the local streams in a fixed order, so that the same
// events always have the same effects.
func (s *Session) sortedLocal() []*Entry {
	entries := make([]*Entry, 0, len(s.local))
	for _, e := range s.local {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b *Entry) int { return a.Stream.Compare(b.Stream) })
	return entries
}

// receipt stores what the city signed, from above and from below: a city that
// was restored from an older copy learns from its own signature what it has
// lost. A receipt that is out of scope is ignored.
func (s *Session) receipt(m Receipt) {
	r, err := change.ParseReceipt(m.Signed)
	if err != nil {
		s.fail(err)
		return
	}
	if s.cfg.Parent && !access.Bring(s.cfg.Tree, access.Down, s.child(), "", r.Stream.Audience) {
		return
	}
	if f := s.remember(Have{Stream: r.Stream}); f != nil {
		f.raiseReceipt(ReceiptAt{Epoch: r.Epoch, Seq: r.Seq}) // the peer has it: it is not sent back
	}
	s.emit(StoreReceipt{Signed: m.Signed})
}

// elsewhere notes that the peer has cut off what follows here. The stream comes from
// where it is whole: as soon as there is more here, the peer is told.
func (s *Session) elsewhere(of change.Stream) {
	f, e := s.flows[of], s.local[of]
	if f == nil {
		return
	}
	f.elsewhere = true
	if e != nil {
		s.goOn(f, e)
	}
}

// goOn tells a peer that has cut a stream how far it has come here by another link.
func (s *Session) goOn(f *flow, e *Entry) {
	if !f.elsewhere || e.Sealed.Seq <= f.asked {
		return
	}
	f.elsewhere, f.asked = false, e.Sealed.Seq
	s.send(Ack{Have: []Have{e.Have()}, Behind: true})
}

// refused stops the stream on this link; the others go on. Only what was sent can
// be refused.
func (s *Session) refused(r Refuse) {
	if r.Kind == fault.Unavailable {
		s.elsewhere(r.Stream)
		return
	}
	if s.local[r.Stream] == nil {
		return
	}
	f := s.flow(r.Stream)
	known := f.halted()
	f.stop(&s.window)
	if !known { // a peer that says it again fills no log
		s.emit(Stopped{Refuse: r})
	}
}

// stored answers the peer's batches: one Ack for all that are on disk. What
// the peer has sent it has, so it is not sent back when the stream grows here.
func (s *Session) stored(results []Result) {
	var kept []Have
	for _, r := range results {
		have := Have{Stream: r.Stream, Mark: r.Mark}
		switch r.Outcome {
		case Kept:
			s.flow(r.Stream).stored(r.End)
			kept = append(kept, have)
		case Behind:
			if f := s.remember(Have{Stream: r.Stream}); f == nil || f.discarded(r.End.Seq) {
				s.send(Ack{Have: []Have{have}, Behind: true})
			}
		case Differs:
			s.forked(r.Stream)
		case Refused:
			s.send(Refuse{Stream: r.Stream, Kind: r.Fault, Reason: r.Reason})
		}
	}
	for have := range slices.Chunk(newest(kept), marksPerMessage) {
		s.send(Ack{Have: have})
	}
}

// newest keeps the last entry of each stream.
func newest(have []Have) []Have {
	at := make(map[change.Stream]int, len(have))
	var last []Have
	for _, h := range have {
		i, ok := at[h.Stream]
		if !ok {
			i, at[h.Stream] = len(last), len(last)
			last = append(last, h)
		}
		last[i] = h
	}
	return last
}
