package syncer

import (
	"tongbu/internal/change"
)

// A fork is two histories under one stream's name: the device's directory was
// cloned or restored. The parent's history is the one that stands, because
// more of the network has it. The child searches for the last batch end that
// both have (Trace, Traced) and asks for the parent's batches from there. The
// first of them is signed by the stream's own device and differs from the
// child's: on that proof the child's store replaces its history.

// forked stops the stream on this link. The parent tells the child, the child
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

// traced answers a child's search, for streams in scope of this link only.
func (s *Session) traced(t Trace) {
	e := s.local[t.Stream]
	if e == nil || !s.crosses(e) {
		s.send(Traced{Stream: t.Stream})
		return
	}
	s.emit(Ends{Stream: t.Stream, Before: t.Before})
}

// matched asks for the batches after the common end, or searches further back.
// Without any common end the parent sends the stream from its beginning.
func (s *Session) matched(m Matched) {
	if !m.Found && m.Lowest > 1 {
		s.send(Trace{Stream: m.Stream, Before: m.Lowest})
		return
	}
	s.send(Ack{Have: []Have{{Stream: m.Stream, Mark: m.Mark}}, Behind: true})
}
