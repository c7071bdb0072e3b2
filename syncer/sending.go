package syncer

import (
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// offer queues the stream when the peer lacks batches of it, and loads its
// receipt when the peer has an older one.
func (s *Session) offer(e *Entry) {
	if !s.crosses(e) {
		return
	}
	f := s.flow(e.Stream)
	s.goOn(f, e)
	if f.raiseReceipt(e.Receipt) {
		s.emit(LoadReceipt{Stream: e.Stream})
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

// lacks reports whether there is more than was sent; of an own stream the open
// tail counts too, which is sealed when its turn comes.
func (s *Session) lacks(f *flow, e *Entry) bool {
	return f.sent.Seq < e.Sealed.Seq || s.isOwn(e.Stream) && f.sent.Seq < e.Head
}

func (s *Session) isOwn(of change.Stream) bool { return of.Device == s.cfg.Self.Device }

// pump loads the next batches while the window has room, one stream after the
// other and one read at a time: many streams that are ready at once would
// otherwise fill the window many times over.
func (s *Session) pump() {
	if !s.marked || len(s.queue) == 0 {
		return
	}
	broadcastsOnly := s.broadcastUnderWay()
	for n := len(s.queue); n > 0 && s.window.room() > 0 && !s.reading; n-- {
		of := s.queue[0]
		s.queue = s.queue[1:]
		e, f := s.local[of], s.flows[of]
		switch {
		case f.halted() || !s.lacks(f, e):
			f.on(passed)
		case broadcastsOnly && !s.isBroadcast(e):
			s.queue = append(s.queue, of) // still queued
		default:
			s.loadOrSeal(f, e)
		}
	}
}

// loadOrSeal reads what follows, or seals the open tail of an own stream when
// everything before it is acknowledged: so one batch carries all that was
// written in the meantime.
func (s *Session) loadOrSeal(f *flow, e *Entry) {
	if f.sent.Seq < e.Sealed.Seq {
		s.reading = f.on(loads)
		s.emit(Load{Stream: e.Stream, After: f.sent, Max: min(s.cfg.Chunk, s.window.room())})
		return
	}
	f.on(passed)
	if len(f.unacked) == 0 {
		s.emit(Seal{Stream: e.Stream})
	}
}

// isBroadcast reports whether the audience of the stream is above the child.
// The unit tree travels in such streams, and the child checks the scope of all
// other batches by it.
func (s *Session) isBroadcast(e *Entry) bool {
	return s.cfg.Parent && e.Stream.Audience != s.child() && s.crosses(e) && s.cfg.Tree.Below(e.Stream.Audience, s.child())
}

// broadcastUnderWay reports whether the child has not acknowledged all
// broadcasts yet; other streams wait for them.
func (s *Session) broadcastUnderWay() bool {
	if !s.cfg.Parent {
		return false
	}
	for of, e := range s.local { // a peer may name many more
		f := s.flows[of]
		if f != nil && f.theirs.Mark.Seq < e.Sealed.Seq && !f.halted() && s.isBroadcast(e) {
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
	case fault.Unavailable:
		f.stop(&s.window)
		s.send(Refuse{Stream: l.Stream, Kind: fault.Unavailable, Reason: l.Err.Error()})
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
		if b.Version > s.reads {
			s.withhold(f, b)
			return
		}
		s.send(Batch{Sealed: b.Bytes()})
		f.send(&s.window, b.End(), len(b.Bytes()))
	}
	s.offer(s.local[l.Stream])
}

// withhold stops a stream at a batch that the peer does not read: sent to it, the
// batch would cut the link of an older program. The peer is told, as far as it
// knows the stream.
func (s *Session) withhold(f *flow, b *change.Batch) {
	r := Refuse{Stream: b.Stream, Kind: fault.Unsupported, Reason: fmt.Sprintf("one end of the link does not read batches of version %d: they wait for its upgrade", b.Version)}
	f.stop(&s.window)
	s.send(r)
	s.emit(Stopped{Refuse: r})
}

// introduce sends a device's certificate before the first batch or receipt of
// that device.
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

// acked handles Ack: the peer says what is on its disk, or with Behind, from
// where to send again. Of streams that are not held here nothing was sent.
func (s *Session) acked(a Ack) {
	for _, h := range a.Have {
		if s.local[h.Stream] == nil {
			continue
		}
		f := s.flow(h.Stream)
		if a.Behind {
			f.restart(&s.window, h.Mark)
			s.offerStream(h.Stream)
			continue
		}
		if !f.acknowledge(&s.window, h.Mark) {
			s.forked(h.Stream)
			continue
		}
		s.emit(Acked{Have: h})
		s.offerStream(h.Stream)
	}
}

func (s *Session) offerStream(of change.Stream) {
	if e := s.local[of]; e != nil {
		s.offer(e)
	}
}
