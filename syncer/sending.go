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
	if !s.sends(e) || f.stuck {
		return
	}
	if f.theirs.Mark.Seq == e.Sealed.Seq && f.theirs.Mark.Hash != e.Sealed.Hash {
		s.forked(e.Stream)
		return
	}
	if !f.queued && s.lacks(f, e) {
		f.queued = true
		s.ready = append(s.ready, e.Stream)
	}
}

func (s *Session) lacks(f *flow, e *Entry) bool {
	return f.sent.Seq < e.Sealed.Seq || s.own(e.Stream) && f.sent.Seq < e.Head
}

func (s *Session) own(of change.Stream) bool { return of.Device == s.cfg.Self.Device }

// pump asks for the next batches while the window has room, one stream after
// the other: many that are ready at once must not fill it many times.
func (s *Session) pump() {
	if !s.marked || len(s.ready) == 0 {
		return
	}
	gate := s.broadcasting()
	for n := len(s.ready); n > 0 && s.room() > 0 && !s.reading; n-- {
		of := s.ready[0]
		s.ready = s.ready[1:]
		e, f := s.local[of], s.flows[of]
		f.queued = false
		switch {
		case f.stuck || !s.lacks(f, e):
		case gate && !s.broadcast(e):
			s.requeue(f, of)
		default:
			s.next(f, e)
		}
	}
}

// room is what the window leaves.
func (s *Session) room() int { return s.cfg.Window - s.flight }

func (s *Session) requeue(f *flow, of change.Stream) {
	f.queued = true
	s.ready = append(s.ready, of)
}

// next reads on, or seals the tail of an own stream when all before it has
// arrived: so one batch carries all that was written meanwhile.
func (s *Session) next(f *flow, e *Entry) {
	if f.sent.Seq < e.Sealed.Seq {
		s.reading = true
		s.do(Load{Stream: e.Stream, After: f.sent, Max: min(s.cfg.Chunk, s.room())})
		return
	}
	if len(f.pending) == 0 {
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
		if e != nil && !f.stuck && s.broadcast(e) && f.theirs.Mark.Seq < e.Sealed.Seq {
			return true
		}
	}
	return false
}

func (s *Session) loaded(l Loaded) {
	f := s.flow(l.Stream)
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
		f.sent = b.End()
		f.pending = append(f.pending, sentBatch{end: f.sent, bytes: len(b.Bytes())})
		s.flight += len(b.Bytes())
	}
	s.offer(s.local[l.Stream])
}

func (s *Session) introduce(device change.DeviceID, certificate []byte) {
	if !s.told[device] && len(certificate) > 0 {
		s.told[device] = true
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
			s.restart(f, h)
			continue
		}
		if !s.release(f, h.Mark) {
			s.forked(h.Stream)
			continue
		}
		f.theirs.Mark = h.Mark
		f.has(h.Mark)
		s.do(Acked{Have: h})
		s.reoffer(h.Stream)
	}
}

// release frees the window of what the mark covers. It reports false when the
// mark names another batch than the one that was sent.
func (s *Session) release(f *flow, m change.Mark) bool {
	for len(f.pending) > 0 && f.pending[0].end.Seq <= m.Seq {
		first := f.pending[0]
		f.pending = f.pending[1:]
		s.flight -= first.bytes
		if first.end.Seq == m.Seq && first.end.Hash != m.Hash {
			return false
		}
	}
	return true
}

func (s *Session) restart(f *flow, h Have) {
	s.drop(f)
	f.theirs.Mark, f.sent, f.stuck = h.Mark, h.Mark, false
	s.reoffer(h.Stream)
}

// drop forgets what was sent: it will not be acknowledged.
func (s *Session) drop(f *flow) {
	for _, p := range f.pending {
		s.flight -= p.bytes
	}
	f.pending = nil
}

func (s *Session) reoffer(of change.Stream) {
	if e := s.local[of]; e != nil {
		s.offer(e)
	}
}
