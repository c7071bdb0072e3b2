package syncer

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// offer looks whether the peer lacks something of the stream.
func (s *Session) offer(e *Entry) {
	if !s.crosses(e) {
		return
	}
	f := s.flow(e.Stream)
	if e.Receipt.Newer(f.theirs.Receipt) {
		f.theirs.Receipt = e.Receipt
		s.do(LoadReceipt{Stream: e.Stream})
	}
	if !s.sends(e) || f.halted() {
		return
	}
	if f.theirs.Mark.Seq == e.Sealed.Seq && f.theirs.Mark.Hash != e.Sealed.Hash {
		s.forked(e.Stream)
		return
	}
	if s.lacks(f, e) && f.on(offered) {
		s.queue = append(s.queue, e.Stream)
	}
}

func (s *Session) lacks(f *flow, e *Entry) bool {
	return f.sent.Seq < e.Sealed.Seq || s.own(e.Stream) && f.sent.Seq < e.Head
}

func (s *Session) own(of change.Stream) bool { return of.Device == s.cfg.Self.Device }

// pump asks for the next batches while the window has room, one stream after
// the other: many that are ready at once must not fill it many times.
func (s *Session) pump() {
	if !s.marked || len(s.queue) == 0 {
		return
	}
	gate := s.broadcasting()
	for n := len(s.queue); n > 0 && s.window.room() > 0 && !s.reading; n-- {
		of := s.queue[0]
		s.queue = s.queue[1:]
		e, f := s.local[of], s.flows[of]
		switch {
		case f.halted() || !s.lacks(f, e):
			f.on(passed)
		case gate && !s.broadcast(e):
			s.queue = append(s.queue, of) // still queued
		default:
			s.next(f, e)
		}
	}
}

// next reads on, or seals the tail of an own stream when all before it has
// arrived: so one batch carries all that was written meanwhile.
func (s *Session) next(f *flow, e *Entry) {
	if f.sent.Seq < e.Sealed.Seq {
		s.reading = f.on(loads)
		s.do(Load{Stream: e.Stream, After: f.sent, Max: min(s.cfg.Chunk, s.window.room())})
		return
	}
	f.on(passed)
	if len(f.unacked) == 0 {
		s.do(Seal{Stream: e.Stream})
	}
}

// broadcast reports whether the stream speaks to units above the child: the
// unit tree travels there, and the child judges all others by it.
func (s *Session) broadcast(e *Entry) bool {
	return s.cfg.Parent && e.Stream.Audience != s.child() && s.cfg.Tree.Below(e.Stream.Audience, s.child())
}

// broadcasting reports whether a broadcast is still on its way to the child.
func (s *Session) broadcasting() bool {
	if !s.cfg.Parent {
		return false
	}
	for of, f := range s.flows {
		e := s.local[of]
		if e != nil && !f.halted() && s.broadcast(e) && f.theirs.Mark.Seq < e.Sealed.Seq {
			return true
		}
	}
	return false
}

func (s *Session) loaded(l Loaded) {
	f := s.flow(l.Stream)
	f.on(loaded)
	s.reading = false
	switch fault.Of(l.Err) {
	case fault.OK:
	case fault.Forked:
		s.forked(l.Stream)
		return
	default:
		s.fail(l.Err)
		return
	}
	if len(l.Batches) == 0 {
		return
	}
	s.introduce(l.Stream.Device, l.Author)
	for _, b := range l.Batches {
		s.send(Batch{Sealed: b.Bytes()})
		f.send(&s.window, b.End(), len(b.Bytes()))
	}
	s.offer(s.local[l.Stream])
}

func (s *Session) introduce(device change.DeviceID, certificate []byte) {
	if !s.introduced[device] && len(certificate) > 0 {
		s.introduced[device] = true
		s.send(Author{Certificate: certificate})
	}
}

func (s *Session) loadedReceipt(l LoadedReceipt) {
	if l.Signed != nil {
		s.introduce(l.City, l.Author)
		s.send(Receipt{Signed: l.Signed})
	}
}

// acked takes the peer's word of what is on its disk.
func (s *Session) acked(a Ack) {
	for _, h := range a.Have {
		f := s.flow(h.Stream)
		if a.Behind {
			f.restart(&s.window, h.Mark)
			s.reoffer(h.Stream)
			continue
		}
		if !f.acknowledge(&s.window, h.Mark) {
			s.forked(h.Stream)
			continue
		}
		s.do(Acked{Have: h})
		s.reoffer(h.Stream)
	}
}

func (s *Session) reoffer(of change.Stream) {
	if e := s.local[of]; e != nil {
		s.offer(e)
	}
}
