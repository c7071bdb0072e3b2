package sim

import (
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Node is a machine with a device's directory on it.
type Node struct {
	Name  string
	w     *World
	dir   *Directory
	clock clock
	up    bool
	ends  []*end
	disk  disk
	away  bool // no clerk comes to work
}

// disk makes transactions durable some milliseconds after they were asked
// for, all that wait together. A crash forgets those that wait; and what is
// durable may never have been acknowledged.
type disk struct {
	queue []transaction
	full  bool
	life  int // counts crashes: what an earlier life planned does not happen
}

type transaction struct {
	do   func() // changes the directory
	done func() // tells whoever asked; after the sync
}

// Slowest is how long the disk takes at most to make something durable.
const (
	syncFastest = 2 * time.Millisecond
	syncSlowest = 15 * time.Millisecond
)

// transact queues a write.
func (n *Node) transact(do, done func()) {
	if n.w.flaw(AckEarly, n.dir) {
		n.w.after(0, done)
		done = func() {}
	}
	n.disk.queue = append(n.disk.queue, transaction{do, done})
	if len(n.disk.queue) == 1 {
		wait := syncFastest + n.w.randomBelow(n.w.noise, syncSlowest-syncFastest)
		if n.w.flaw(SlowDisk, n.dir) {
			wait = 10 * time.Minute
		}
		n.ifStillUp(wait, n.syncDisk)
	}
}

// ifStillUp has fn happen unless the machine stops before.
func (n *Node) ifStillUp(d time.Duration, fn func()) {
	life := n.disk.life
	n.w.after(d, func() {
		if n.up && n.disk.life == life {
			fn()
		}
	})
}

func (n *Node) syncDisk() {
	todo := n.disk.queue
	n.disk.queue = nil
	for _, t := range todo {
		t.do()
	}
	n.ifStillUp(100*time.Microsecond, func() {
		for _, t := range todo {
			t.done()
		}
	})
}

// now is the machine's clock, Unix milliseconds.
func (n *Node) now() int64 { return n.clock.timeAt(n.w.now).UnixMilli() }

// useDirectory gives the machine a directory: its first one, an older copy, or
// an empty one.
func (n *Node) useDirectory(s *Directory) {
	n.dir = s
	s.touched = func(of change.Stream) {
		for _, e := range n.ends {
			e.markChanged(of)
		}
		if s.mustJudge() {
			n.judgeSoon()
		}
	}
	s.over = func() {
		for _, e := range n.ends {
			e.over = true
			e.wake()
		}
	}
}

// judgeSoon has the city judge what has arrived, in one transaction.
func (n *Node) judgeSoon() {
	s := n.dir
	if s.city == nil || n.w.judgingAt == s {
		return
	}
	n.w.judgingAt = s
	n.ifStillUp(50*time.Millisecond, func() {
		n.transact(func() {
			n.w.judgingAt = nil
			s.judgeAll(n.now())
		}, func() {})
	})
}

// stop ends the machine at once: what was not synced is lost.
func (n *Node) stop() {
	if !n.up {
		return
	}
	n.up = false
	n.disk.life++
	n.disk.queue = nil
	if n.w.judgingAt == n.dir {
		n.w.judgingAt = nil
	}
	for len(n.ends) > 0 {
		n.ends[0].close()
	}
	n.w.hubChanged(n)
}

// start comes back from what is durable.
func (n *Node) start() {
	if n.up {
		return
	}
	n.up = true
	if n.w.flaw(LoseWrites, n.dir) {
		n.dir.loseNewest()
	}
	n.dir.books = nil
	n.w.truth.checkRestarted(n.dir)
	if n.dir.mustJudge() {
		n.judgeSoon()
	}
	n.w.dialAll(n)
	n.w.hubChanged(n)
}

// saveDeed is a clerk's entry: durable first, then told as saved. It returns
// Full when there is no room.
func (n *Node) saveDeed(d *deed) error {
	if n.disk.full {
		return fault.New(fault.Full, "no room to save")
	}
	s := n.dir
	n.transact(func() { n.writeDeed(d) }, func() { n.w.truth.recordSaved(s, d) })
	return nil
}

func (n *Node) writeDeed(d *deed) {
	s := n.dir
	d.of = s.ownStream(d.audience)
	if d.raw != nil {
		s.sealTail(d.of, n.now()) // alone in its batch
		s.addToTail(d.of, written{raw: d.raw})
	} else {
		s.writeChange(d.of, d.change(n.now()))
	}
	if n.w.flaw(TwiceSaved, s) {
		s.writeChange(d.of, d.change(n.now()))
	}
	d.seq = s.streams[d.of].head()
	if !s.isCommunity() || d.raw != nil {
		s.sealTail(d.of, n.now())
	}
}
