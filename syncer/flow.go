package syncer

import "tongbu/internal/change"

// flow is what one end of a link knows of one stream: whether batches of it
// may be sent, from where on, and what the peer was asked for. It is changed in
// this file only.
type flow struct {
	// state says what a flow is doing; transitions says what changes it.
	state flowState

	// theirs is what the peer has: by its own word, which may take back what
	// it said before, or because the batch came from it.
	//
	// Invariant: theirs.Mark.Seq <= sent.Seq.
	theirs Have

	// sent is where to read on: the end of the last batch sent, or of what the
	// peer has where that is further.
	sent change.Mark

	// unacked are the batches on their way to the peer.
	//
	// Invariant: no end is beyond sent; empty while the flow is stopped.
	unacked inflight

	// behind is the receiving side. 0: batches follow each other. Else one was
	// missing, the peer was asked to send again, and this is the last sequence
	// of the newest batch that had to be left since.
	behind uint64
}

// flowState is the sending state of one stream.
type flowState uint8

const (
	// idle: nothing to read. The peer has all that is here, or it is on its
	// way, or an open tail waits for what is on its way.
	//
	// Invariant: not in the queue.
	idle flowState = iota + 1

	// queued: there is more than was sent, and the stream waits for its turn.
	//
	// Invariant: in the queue, once.
	queued

	// loading: its batches are being read, and will be sent.
	//
	// Invariant: at most one flow of a session, and then Session.reading.
	loading

	// stopped: refused or forked. Nothing is sent until the peer says where to
	// go on from.
	//
	// Invariant: not in the queue.
	stopped

	// withdrawn: stopped while queued. It keeps its turn, which passes without
	// effect, so that a stream that starts again in time loses no place.
	//
	// Invariant: in the queue, once.
	withdrawn
)

// flowEvent is what may change the state of a flow.
type flowEvent uint8

const (
	offered   flowEvent = iota // there is more here than was sent
	passed                     // its turn came, and there is nothing to read
	loads                      // its turn came, and a read began
	loaded                     // the read ended, with batches or without
	stops                      // refused by the peer, or the histories differ
	restarts                   // the peer said where to go on from
	numEvents = iota
)

// transitions is the whole state machine: the state after an event. What is
// left out does not change the state.
var transitions = [...][numEvents]flowState{
	idle:      {offered: queued, stops: stopped},
	queued:    {passed: idle, loads: loading, stops: withdrawn},
	loading:   {loaded: idle, stops: stopped},
	stopped:   {restarts: idle},
	withdrawn: {passed: stopped, restarts: queued},
}

// on moves the flow and reports whether its state changed.
func (f *flow) on(ev flowEvent) bool {
	next := transitions[f.state][ev]
	if next == 0 {
		return false
	}
	f.state = next
	return true
}

// halted reports whether nothing may be sent until the flow restarts.
func (f *flow) halted() bool { return f.state == stopped || f.state == withdrawn }

// open sets what the peer said it has when the link opened.
func (f *flow) open(h Have) { f.theirs, f.sent = h, h.Mark }

// raise sets that the peer has the stream up to the mark at least.
func (f *flow) raise(m change.Mark) {
	if m.Seq > f.theirs.Mark.Seq {
		f.theirs.Mark = m
	}
	if m.Seq > f.sent.Seq {
		f.sent = m
	}
}

// send adds a batch that is sent now.
func (f *flow) send(w *window, end change.Mark, bytes int) {
	f.sent = end
	f.unacked.add(w, end, bytes)
}

// acknowledge sets what the peer has on its disk. It reports false when that is
// another history than was sent; the flow is to be stopped then.
func (f *flow) acknowledge(w *window, m change.Mark) bool {
	if !f.unacked.acknowledge(w, m) {
		return false
	}
	f.theirs.Mark = m
	f.raise(m)
	return true
}

// stop ends sending; what is on its way will not be acknowledged.
func (f *flow) stop(w *window) {
	f.unacked.drop(w)
	f.on(stops)
}

// restart goes on from the mark that the peer names, whether the flow was
// stopped or the peer has lost what was sent.
func (f *flow) restart(w *window, m change.Mark) {
	f.unacked.drop(w)
	f.theirs.Mark, f.sent = m, m
	f.on(restarts)
}

// stored sets that a batch of the peer's is on the disk here: so the peer has
// it, and its batches follow each other again.
func (f *flow) stored(end change.Mark) {
	f.behind = 0
	f.raise(end)
}

// leave sets that a batch of the peer's had to be left, since one before it is
// missing, and reports whether to ask the peer to send again. It is asked once:
// the batches already on their way would ask again. One that is not beyond the
// last of them belongs to what the peer sends in answer: it came without the
// one before it too, and nothing else would follow.
func (f *flow) leave(end uint64) (ask bool) {
	ask = f.behind == 0 || end <= f.behind
	f.behind = end
	return ask
}
