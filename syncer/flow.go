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

	// unacked are the batches in flight to the peer.
	//
	// Invariant: no end is beyond sent; empty while the flow is stopped.
	unacked inflight

	// behind is the receiving side. 0: batches arrive without a gap. Else one
	// was missing, the peer was asked to send again, and this is the last
	// sequence of the batch that was discarded last.
	behind uint64

	// elsewhere: the peer has cut off what follows here, and the stream grows here
	// by another link only. asked is how far it was when the peer was told last.
	elsewhere bool
	asked     uint64
}

// flowState is the sending state of one stream.
type flowState uint8

const (
	// idle: nothing to read. All that is sealed here was sent or is known to
	// the peer; an open tail may wait until it is acknowledged.
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

	// withdrawn: stopped while queued. It keeps its place in the queue: when
	// its turn comes it is passed over, and if it restarts before that, it is
	// queued as it was.
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

// raiseReceipt sets that the peer has the receipt, or is sent it now, and
// reports whether it had an older one.
func (f *flow) raiseReceipt(at ReceiptAt) bool {
	if !at.Newer(f.theirs.Receipt) {
		return false
	}
	f.theirs.Receipt = at
	return true
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

// stop ends sending; what is in flight will not be acknowledged.
func (f *flow) stop(w *window) {
	f.unacked.drop(w)
	f.on(stops)
}

// restart makes the mark that the peer names the place to read on from,
// whether the flow was stopped or the peer has lost what was sent.
func (f *flow) restart(w *window, m change.Mark) {
	f.unacked.drop(w)
	f.theirs.Mark, f.sent = m, m
	f.on(restarts)
}

// stored sets that a batch of the peer's is on the disk here: the peer has it,
// and there is no gap any more.
func (f *flow) stored(end change.Mark) {
	f.behind = 0
	f.raise(end)
}

// discarded sets that a batch of the peer's was discarded, since one before it
// is missing, and reports whether to ask the peer to send again. It is asked
// once, not for each batch already in flight. A batch that ends no later than
// the last one discarded belongs to what the peer sent in answer: that has a
// gap too, and the peer must be asked again.
func (f *flow) discarded(end uint64) (ask bool) {
	ask = f.behind == 0 || end <= f.behind
	f.behind = end
	return ask
}
