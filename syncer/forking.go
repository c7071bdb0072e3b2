package syncer

import (
	"tongbu/internal/change"
)

// A fork is two histories under one stream's name: the device's directory was
// cloned or restored. The parent's history is the one that stands, because
// more of the network has it. The child looks for the last common end of a
// batch (Trace, Traced) and asks for the parent's batches from there; the
// signed batch that differs is the proof on which its store gives way.

// forked stops the stream on this link and tells the peer, or, at the child,
// begins the search.
func (s *Session) forked(of change.Stream) {
	f := s.flow(of)
	if f.halted() {
		return
	}
	f.stop(&s.window)
	if !s.cfg.Parent {
		s.send(Trace{Stream: of})
		return
	}
	have := Have{Stream: of}
	if e := s.local[of]; e != nil {
		have = e.Have()
	}
	s.send(Fork{Have: have})
}

func (s *Session) dispute(m Message) {
	switch x := m.(type) {
	case Fork:
		s.forked(x.Have.Stream)
	case Trace:
		s.traced(x)
	case Traced:
		s.do(Match{Stream: x.Stream, Ends: x.Ends})
	}
}

// traced answers a child's search, for streams that belong on this link only.
func (s *Session) traced(t Trace) {
	e := s.local[t.Stream]
	if e == nil || !s.crosses(e) {
		s.send(Traced{Stream: t.Stream})
		return
	}
	s.do(Ends{Stream: t.Stream, Before: t.Before})
}

// matched goes on from the common end, or searches further back. With no end
// in common the parent starts from the beginning.
func (s *Session) matched(m Matched) {
	if !m.Found && m.Lowest > 1 {
		s.send(Trace{Stream: m.Stream, Before: m.Lowest})
		return
	}
	s.send(Ack{Have: []Have{{Stream: m.Stream, Mark: m.Mark}}, Behind: true})
}
