package sim

import (
	"slices"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// end is one end of a link: a session, and what the product's runner does
// around it. While a transaction is under way it hears nothing, as there.
type end struct {
	node    *Node
	peer    *end
	line    *Line
	parent  bool // this end is the parent
	session *syncer.Session
	opened  time.Duration
	open    bool
	awake   bool // a turn is planned
	busy    bool // a transaction is under way
	over    bool
	lost    bool // a message went into a dead line: the peer hears no more
	inbox   []syncer.Message
	dirty   map[change.Stream]bool
	writes  []func() error // of this turn, in their order
	batches [][]byte
	watch   watch
}

func newEnd(n *Node, l *Line, parent bool) *end {
	return &end{node: n, line: l, parent: parent, open: true, opened: n.w.now, dirty: map[change.Stream]bool{}, watch: newWatch()}
}

// close ends the link here; the peer notices when word can reach it, or after
// a while.
func (e *end) close() {
	if !e.open {
		return
	}
	w, l := e.node.w, e.line
	e.open = false
	e.node.ends = slices.DeleteFunc(e.node.ends, func(o *end) bool { return o == e })
	if l.link == e {
		l.link = nil
	}
	if e.peer.open {
		wait := l.delay
		if e.parent && l.downCut || !e.parent && l.upCut || !e.node.up {
			wait = silence
		}
		w.after(wait, e.peer.close)
	}
	if !e.parent {
		w.dialLater(l, w.now-e.opened)
	}
}

// markChanged has the session hear of a stream that changed here.
func (e *end) markChanged(of change.Stream) {
	e.dirty[of] = true
	e.wake()
}

func (e *end) wake() {
	if e.awake || e.busy || !e.open {
		return
	}
	e.awake = true
	e.node.w.after(10*time.Microsecond, func() {
		e.awake = false
		e.runTurn()
	})
}

// receive is the arrival of a message.
func (e *end) receive(m syncer.Message) {
	if !e.open {
		return
	}
	e.inbox = append(e.inbox, m)
	e.runTurn()
}

// runTurn is a round of the runner's loop: the news of the disk, then what has
// come from the peer, then one transaction for what that wants written.
func (e *end) runTurn() {
	if e.busy || !e.open {
		return
	}
	if len(e.dirty) > 0 {
		e.catchUp()
	}
	if e.over && e.open {
		e.close()
	}
	for len(e.inbox) > 0 && e.open {
		m := e.inbox[0]
		e.inbox = e.inbox[1:]
		e.watch.countAcked(m)
		e.step(syncer.Received{Message: m})
	}
	e.startWrite()
}

func (e *end) catchUp() {
	var local []syncer.Entry
	for of := range e.dirty {
		local = append(local, e.node.dir.entry(of))
	}
	clear(e.dirty)
	slices.SortFunc(local, func(a, b syncer.Entry) int { return a.Stream.Compare(b.Stream) })
	e.step(syncer.Grew{Local: local})
}

// startWrite asks the disk for all that this turn wants written.
func (e *end) startWrite() {
	if e.busy || !e.open || len(e.writes) == 0 && len(e.batches) == 0 {
		return
	}
	if e.node.disk.full {
		e.close() // nothing was acknowledged; the peer sends it again
		return
	}
	e.busy = true
	writes, sealed := e.writes, e.batches
	e.writes, e.batches = nil, nil
	dir := e.node.dir
	var results []syncer.Result
	var failed error
	e.node.transact(func() {
		for _, do := range writes {
			if failed == nil {
				failed = do()
			}
		}
		if failed == nil && len(sealed) > 0 {
			results, failed = dir.appendBatches(e.peer.node.dir.Peer, !e.parent, sealed)
		}
	}, func() { e.finishWrite(sealed, results, failed) })
	if e.node.w.flaw(AckEarly, dir) && len(sealed) > 0 {
		results = e.node.w.unsyncedResults(sealed)
	}
}

func (e *end) finishWrite(sealed [][]byte, results []syncer.Result, failed error) {
	e.busy = false
	switch {
	case !e.open:
		return
	case failed != nil:
		e.fail(failed)
		return
	case len(sealed) > 0:
		e.watch.recordKept(e.node.w, sealed, results)
		e.step(syncer.Stored{Results: results})
	}
	e.runTurn()
}

func (e *end) fail(err error) {
	e.node.w.trace("%s ends its link to %s: %s", e.node.Name, e.peer.node.Name, fault.Of(err))
	e.node.w.truth.linkFailed(e, err)
	e.close()
}

// step is what link's runner does with an event.
func (e *end) step(ev syncer.Event) {
	todo := slices.Clone(e.advance(ev))
	for n := 0; len(todo) > 0 && e.open; n++ {
		if n > 100_000 {
			e.node.w.failWorld("one event of %s has effects without end", e.node.Name)
			return
		}
		effect := todo[0]
		todo = todo[1:]
		if answer := e.carryOut(effect); answer != nil {
			todo = append(todo, e.advance(answer)...)
		}
	}
	e.startWrite()
}

func (e *end) advance(ev syncer.Event) []syncer.Effect {
	effects := e.session.Step(ev)
	if look := e.node.w.cfg.Stepped; look != nil {
		look(e.session)
	}
	return effects
}

func (e *end) carryOut(effect syncer.Effect) syncer.Event {
	dir := e.node.dir
	switch x := effect.(type) {
	case syncer.Send:
		e.send(x.Message)
	case syncer.StoreBatch:
		e.batches = append(e.batches, x.Sealed)
	case syncer.StoreReceipt:
		e.writes = append(e.writes, func() error { return dir.storeReceipt(x.Signed) })
	case syncer.Learn:
		e.writes = append(e.writes, func() error { dir.learnAuthor(x.Certificate); return nil })
	case syncer.Seal:
		e.writes = append(e.writes, func() error { dir.sealTail(x.Stream, e.node.now()); return nil })
	case syncer.Load:
		return dir.loadBatches(x)
	case syncer.LoadReceipt:
		return dir.loadReceipt(x.Stream)
	case syncer.Ends:
		return dir.batchEnds(x)
	case syncer.Match:
		return dir.matchEnds(x)
	case syncer.Acked:
		dir.recordDelivered(x.Have)
	case syncer.Met:
		e.node.w.truth.recordOffset(e, x.Hello)
	case syncer.Stopped:
		e.node.w.truth.recordRefusal(e, x.Refuse)
	case syncer.Fail:
		e.fail(x.Err)
	}
	return nil
}

// send puts a message on the line.
func (e *end) send(m syncer.Message) {
	w, l := e.node.w, e.line
	if w.isLiar(e.node) {
		w.traceMessage(e, m)
	} else {
		w.checkSent(e, m)
	}
	if e.lost = e.lost || e.parent && l.downCut || !e.parent && l.upCut; e.lost {
		return // and nobody knows yet; what follows waits for it, and is lost too
	}
	wait := l.transferTime(w, !e.parent, sizeOf(m))
	if l.messy > 0 && mayRepeat(m) && w.noise.Float64() < l.messy {
		late := wait + w.randomBelow(w.noise, time.Second)
		w.after(late, func() { e.peer.receive(m) })
		if w.noise.IntN(2) == 0 {
			wait = late // it comes late and twice, after what was sent later
		}
	}
	w.after(wait, func() { e.peer.receive(m) })
	w.told++
	if l.flaky > 0 && w.noise.Float64() < l.flaky || w.told == w.cfg.BreakAt {
		w.trace("the line of %s breaks", l.child.Name)
		w.after(0, func() { e.reset() })
	}
}

// reset loses all that is on its way, at both ends at once.
func (e *end) reset() {
	e.close()
	e.peer.close()
}

// mayRepeat messages may come twice, late or out of order and do no harm.
func mayRepeat(m syncer.Message) bool {
	switch m.(type) {
	case syncer.Batch, syncer.Receipt:
		return true
	}
	return false
}

// sizeOf is about what a message takes on the line.
func sizeOf(m syncer.Message) int {
	switch x := m.(type) {
	case syncer.Batch:
		return len(x.Sealed) + 40
	case syncer.Receipt:
		return len(x.Signed) + 40
	case syncer.Author:
		return 900
	case syncer.Marks:
		return 60 + 130*len(x.Have)
	case syncer.Ack:
		return 40 + 110*len(x.Have)
	}
	return 200
}
