package sim

import (
	"time"

	"tongbu/syncer"
)

// Line is the way from a machine to a hub above it. It is dialled from below
// as long as both ends are up; a second one of a machine may be a spare, used
// while the first is not.
type Line struct {
	child, parent  *Node
	upCut, downCut bool
	spare          bool
	delay          time.Duration // one way
	rate           int           // bytes a second
	flaky          float64       // chance that a message breaks the link
	messy          float64       // chance that a batch or receipt comes twice or late
	pipes          [2]pipe       // upward, downward
	link           *end          // the child's end, nil while there is none
	dialling       bool
	waits          time.Duration // before the next try
}

// pipe is one direction: what it carries comes in order.
type pipe struct {
	free time.Duration // when the line has room for the next byte
	last time.Duration // when the last message arrives
}

// Limits of the dialling, as package uplink has them.
const (
	firstWait = 200 * time.Millisecond
	maxWait   = 30 * time.Second
	silence   = 40 * time.Second // after which a dead line is noticed
)

func (l *Line) cut() bool   { return l.upCut || l.downCut }
func (l *Line) ready() bool { return !l.cut() && l.child.up && l.parent.up }

// transferTime is when a message of a size arrives that is sent now.
func (l *Line) transferTime(w *World, up bool, size int) time.Duration {
	p := &l.pipes[1]
	if up {
		p = &l.pipes[0]
	}
	p.free = max(p.free, w.now) + time.Duration(size)*time.Second/time.Duration(l.rate)
	p.last = max(p.last+1, p.free+l.delay+w.randomBelow(w.noise, l.delay/4+1))
	return p.last - w.now
}

func (w *World) dialAll(n *Node) {
	for _, l := range w.lines {
		if l.child == n || l.parent == n {
			w.dial(l, w.randomBelow(w.noise, maxWait))
		}
	}
}

// dial tries the line in a while, again and again while it is down.
func (w *World) dial(l *Line, in time.Duration) {
	if l.dialling || l.link != nil || w.flaw(ForgetLine, l.child.dir) && in > 0 {
		return
	}
	l.dialling = true
	w.after(in, func() {
		l.dialling = false
		if l.link == nil && l.ready() && !w.isSpared(l) {
			w.connect(l)
		}
	})
}

// isSpared reports whether a spare is not needed now.
func (w *World) isSpared(l *Line) bool {
	if !l.spare {
		return false
	}
	for _, o := range w.lines {
		if o != l && !o.spare && o.child == l.child && o.ready() {
			return true
		}
	}
	return false
}

// dialLater plans the next try after a link ended.
func (w *World) dialLater(l *Line, lasted time.Duration) {
	if lasted > time.Second {
		l.waits = firstWait
	}
	wait := l.waits
	l.waits = min(2*l.waits, maxWait)
	if l.ready() {
		w.dial(l, wait/2+w.randomBelow(w.noise, wait/2))
	}
}

// setCut cuts or mends a line. What is on its way is lost, and each end goes
// on until it notices; or at once, when the line is cut by a reset.
func (w *World) setCut(l *Line, up, down bool) {
	was := l.cut()
	l.upCut, l.downCut = up, down
	switch {
	case l.cut() && l.link != nil:
		w.noticeLater(l.link)
		w.noticeLater(l.link.peer)
	case !l.cut() && was:
		w.dial(l, w.randomBelow(w.noise, maxWait))
	}
	w.wakeSpares(l)
}

func (w *World) wakeSpares(l *Line) {
	for _, o := range w.lines {
		switch {
		case !o.spare || o.child != l.child:
		case w.isSpared(o) && o.link != nil:
			o.link.close()
		case o.ready():
			w.dial(o, w.randomBelow(w.noise, maxWait))
		}
	}
}

// hubChanged has those below a hub look for another way, or come back.
func (w *World) hubChanged(n *Node) {
	for _, l := range w.lines {
		if l.parent == n {
			w.wakeSpares(l)
		}
	}
}

func (w *World) noticeLater(e *end) {
	w.after(silence, func() { e.close() })
}

// connect brings a link up: both ends say what they have.
func (w *World) connect(l *Line) {
	up, down := newEnd(l.child, l, false), newEnd(l.parent, l, true)
	up.peer, down.peer = down, up
	l.link = up
	w.trace("%s links to %s", l.child.Name, l.parent.Name)
	for _, e := range []*end{up, down} {
		e.node.ends = append(e.node.ends, e)
		e.session = syncer.NewSession(syncer.Config{Network: "n", Self: e.node.dir.Peer, Other: e.peer.node.dir.Peer,
			Parent: e.parent, Tree: w.treeFor(e.node.dir), Now: e.node.now(), Window: w.window, Chunk: w.window / 3})
	}
	up.step(syncer.Opened{Local: l.child.dir.entries()})
	if down.open {
		down.step(syncer.Opened{Local: l.parent.dir.entries()})
	}
}
