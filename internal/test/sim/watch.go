package sim

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/syncer"
)

// watch is what one end has in flight, counted beside the session: the window
// holds, and nothing is sent back to where it came from.
type watch struct {
	unacked map[change.Stream][]part
	flight  int
	got     map[change.Hash]bool // batches the peer sent and that were stored
}

type part struct {
	last  uint64
	bytes int
}

func newWatch() watch {
	return watch{unacked: map[change.Stream][]part{}, got: map[change.Hash]bool{}}
}

// checkSent judges a message that an end sends, whatever becomes of it.
func (w *World) checkSent(e *end, m syncer.Message) {
	w.traceMessage(e, m)
	switch x := m.(type) {
	case syncer.Batch:
		if b, err := w.read.parse(x.Sealed); err == nil {
			w.checkScopeOf(e, b.Stream)
			e.sentBatch(b)
		}
	case syncer.Receipt:
		if r, err := w.signed.parse(x.Signed); err == nil {
			w.checkScopeOf(e, r.Stream)
		}
	case syncer.Author:
		if who, _ := ReadCertificate(x.Certificate); w.enrolled[who.Device] == "" {
			w.violated("I5", "%s sends the certificate of a device that was never enrolled", e.node.Name)
		}
	case syncer.Marks:
		w.checkDurable(e, x.Have, true)
	case syncer.Ack:
		w.checkDurable(e, x.Have, !x.Behind)
	}
	for _, of := range streamsIn(m) {
		if !w.isEcho(e, m) {
			w.checkScopeOf(e, of)
		}
	}
	if _, ack := m.(syncer.Ack); !ack {
		e.watch.dropUnacked(m)
	}
}

// isEcho reports whether a message to a liar says no more of a stream than the name
// that the liar has said.
func (w *World) isEcho(e *end, m syncer.Message) bool {
	if !w.isLiar(e.peer.node) {
		return false
	}
	switch x := m.(type) {
	case syncer.Traced:
		return len(x.Ends) == 0
	case syncer.Refuse:
		return true
	}
	return false
}

// streamsIn lists the streams a message speaks of without content of theirs.
func streamsIn(m syncer.Message) []change.Stream {
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
	case syncer.Refuse:
		streams = append(streams, x.Stream)
	}
	return streams
}

// childUnit is the unit at the lower end.
func (e *end) childUnit() change.UnitID {
	if e.parent {
		return e.peer.node.dir.Unit
	}
	return e.node.dir.Unit
}

// checkScopeOf compares what crosses a link with the rule of scope (I14).
func (w *World) checkScopeOf(e *end, of change.Stream) {
	author := w.enrolled[of.Device]
	if !w.town.MayCross(e.childUnit(), author, of.Audience) {
		w.violated("I14", "%s tells %s of %s", e.node.Name, e.peer.node.Name, w.streamName(of))
	}
}

// checkDurable compares what an end says it has with its disk (I9). An end
// whose link must be opened again may still name a batch that another link of
// its device has just set aside: it was on the disk, and the new link compares
// again.
func (w *World) checkDurable(e *end, have []syncer.Have, promise bool) {
	s := e.node.dir
	for _, h := range have {
		held := s.streams[h.Stream]
		if e.over && w.truth.wasCutAway(s, h) {
			continue
		}
		if held == nil && h.Mark.Seq > 0 || held != nil && !held.hasMark(h.Mark) {
			w.violated("I9", "%s says it has %s to %d, and its disk does not", e.node.Name, w.streamName(h.Stream), h.Mark.Seq)
			continue
		}
		if promise {
			w.truth.recordPromise(s, h)
		}
	}
}

func (e *end) sentBatch(b *reading) {
	w := e.node.w
	if w.isLiar(e.peer.node) {
		return // it says what it likes about what it has
	}
	if e.watch.got[b.Hash()] {
		w.violated("I4", "%s sends back to %s a batch that came from there", e.node.Name, e.peer.node.Name)
	}
	if e.watch.flight >= w.window {
		w.violated("I16", "%s has %d bytes in flight to %s, the window is %d", e.node.Name, e.watch.flight, e.peer.node.Name, w.window)
	}
	e.watch.unacked[b.Stream] = append(e.watch.unacked[b.Stream], part{last: b.Last(), bytes: len(b.Bytes())})
	e.watch.flight += len(b.Bytes())
}

func (v *watch) recordKept(w *World, sealed [][]byte, results []syncer.Result) {
	for i, raw := range sealed {
		if b, err := w.read.parse(raw); err == nil && i < len(results) {
			v.got[b.Hash()] = results[i].Outcome == syncer.Kept
		}
	}
}

// countAcked takes what the peer acknowledges off what is in flight.
func (v *watch) countAcked(m syncer.Message) {
	ack, ok := m.(syncer.Ack)
	if !ok || ack.Behind {
		v.dropUnacked(m)
		return
	}
	for _, h := range ack.Have {
		v.unacked[h.Stream] = slices.DeleteFunc(v.unacked[h.Stream], func(p part) bool {
			if p.last <= h.Mark.Seq {
				v.flight -= p.bytes
			}
			return p.last <= h.Mark.Seq
		})
	}
}

// dropUnacked no longer counts the streams that a dispute stops.
func (v *watch) dropUnacked(m syncer.Message) {
	switch m.(type) {
	case syncer.Fork, syncer.Trace, syncer.Ack, syncer.Refuse:
		for _, of := range streamsIn(m) {
			for _, p := range v.unacked[of] {
				v.flight -= p.bytes
			}
			delete(v.unacked, of)
		}
	}
}
