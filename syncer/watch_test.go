package syncer_test

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/syncer"
)

// sent judges a message that an end sends: it belongs on the link, and the
// window holds.
func (s *sim) sent(e *simEnd, m syncer.Message) {
	switch x := m.(type) {
	case syncer.Batch:
		b := mustParse(s.tb, x.Sealed)
		s.carries(e, b.Stream)
		if e.got[b.Hash()] {
			s.tb.Fatalf("%s sends back to %s a batch that came from there", e.node.name, e.peer.node.name)
		}
		e.unacked[b.Stream] = append(e.unacked[b.Stream], sentPart{last: b.Last(), bytes: len(x.Sealed)})
		s.inWindow(e, len(x.Sealed))
	case syncer.Author:
		d, _, _ := readCertificate(x.Certificate)
		if s.keys[d].Unit == "" {
			s.tb.Fatalf("%s sends the certificate of a device nobody has", e.node.name)
		}
	case syncer.Receipt:
		r, err := change.ParseReceipt(x.Signed)
		if err != nil {
			s.tb.Fatal(err)
		}
		s.crosses(e, r.Stream)
	default:
		for _, of := range named(m) {
			s.crosses(e, of)
		}
	}
	if _, ack := m.(syncer.Ack); !ack {
		e.forget(m)
	}
}

// named lists the streams a message speaks of.
func named(m syncer.Message) []change.Stream {
	var streams []change.Stream
	have := func(list []syncer.Have) {
		for _, h := range list {
			streams = append(streams, h.Stream)
		}
	}
	switch x := m.(type) {
	case syncer.Marks:
		have(x.Have)
	case syncer.Ack:
		have(x.Have)
	case syncer.Fork:
		streams = append(streams, x.Have.Stream)
	case syncer.Trace:
		streams = append(streams, x.Stream)
	case syncer.Traced:
		streams = append(streams, x.Stream)
	}
	return streams
}

// child is the unit at the lower end.
func (e *simEnd) child() change.UnitID {
	if e.parent {
		return e.peer.node.mem.Unit
	}
	return e.node.mem.Unit
}

func (s *sim) author(of change.Stream) change.UnitID { return s.keys[of.Device].Unit }

func (s *sim) carries(e *simEnd, of change.Stream) {
	direction := syncer.Up
	if e.parent {
		direction = syncer.Down
	}
	if !syncer.Carries(s.tree, direction, e.child(), s.author(of), of.Audience) {
		s.tb.Fatalf("a batch of %s to %s left its scope from %s to %s", unitNames[s.author(of)], unitNames[of.Audience], e.node.name, e.peer.node.name)
	}
}

func (s *sim) crosses(e *simEnd, of change.Stream) {
	if !syncer.Carries(s.tree, syncer.Up, e.child(), s.author(of), of.Audience) &&
		!syncer.Carries(s.tree, syncer.Down, e.child(), s.author(of), of.Audience) {
		s.tb.Fatalf("%s tells %s of a stream of %s to %s", e.node.name, e.peer.node.name, unitNames[s.author(of)], unitNames[of.Audience])
	}
}

// inWindow holds what is in flight against the window: only the last batch
// may reach over it, when it was read alone.
func (s *sim) inWindow(e *simEnd, last int) {
	total := 0
	for _, parts := range e.unacked {
		for _, p := range parts {
			total += p.bytes
		}
	}
	if total-last >= simWindow {
		s.tb.Fatalf("%s has %d bytes in flight to %s, the window is %d", e.node.name, total, e.peer.node.name, simWindow)
	}
}

// heard keeps the count of what is in flight with the peer's words.
func (s *sim) heard(e *simEnd, m syncer.Message) {
	ack, ok := m.(syncer.Ack)
	if !ok || ack.Behind {
		e.forget(m)
		return
	}
	for _, h := range ack.Have {
		e.unacked[h.Stream] = slices.DeleteFunc(e.unacked[h.Stream], func(p sentPart) bool { return p.last <= h.Mark.Seq })
	}
}

// forget leaves out what a dispute makes void.
func (e *simEnd) forget(m syncer.Message) {
	switch m.(type) {
	case syncer.Fork, syncer.Trace, syncer.Ack:
		for _, of := range named(m) {
			delete(e.unacked, of)
		}
	}
}
