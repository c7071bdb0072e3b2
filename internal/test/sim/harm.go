package sim

import (
	"time"

	"tongbu/internal/change"
)

// Backup keeps a copy of a machine's disk.
func (w *World) Backup(n *Node) { w.copies[n] = n.dir.clone() }

// Restore restores the backup as the command does: a hub under a new
// incarnation, the city in a new epoch. Without a backup nothing happens.
func (w *World) Restore(n *Node) {
	if old := w.copies[n]; old != nil {
		s := old.clone()
		w.renewIncarnation(n, s)
		w.replaceDisk(n, s)
	}
}

// Older replaces the disk of a community by its backup without the restore
// command: yesterday's disk image. The device finds out when it links to a hub.
func (w *World) Older(n *Node) {
	if old := w.copies[n]; old != nil {
		w.truth.rough[n.dir.Device] = true
		w.replaceDisk(n, old.clone())
	}
}

// Trim cuts off the batches at a community that the city has recorded, in a backup of
// its own too: as if they had been kept for the retention since.
func (w *World) Trim(n *Node) {
	s, saved := n.dir, w.copies[w.City()]
	epoch := uint64(0)
	for _, r := range s.receipts {
		epoch = max(epoch, r.Epoch)
	}
	for _, of := range s.streamNames() {
		h, r := s.streams[of], s.receipts[of]
		if h.author == w.root() || r == nil || r.Epoch < epoch {
			continue
		}
		last := h.firstAfter(s.recordedTo(of))
		for _, b := range h.batches[:min(last, max(len(h.batches), 1)-1)] {
			if saved != nil && (saved.streams[of] == nil || !saved.streams[of].hasMark(b.End())) {
				break
			}
			h.cut = max(h.cut, b.Last())
		}
	}
}

// Wipe puts an empty disk under a hub, with its old key.
func (w *World) Wipe(n *Node) {
	s := newDirectory(w, n.dir.Installation)
	w.renewIncarnation(n, s)
	w.replaceDisk(n, s)
}

func (w *World) renewIncarnation(n *Node, s *Directory) {
	s.incarnation = n.dir.incarnation + 1
	if s.city != nil {
		s.city.restoredAt = len(s.log)
	}
	if s.city != nil && !w.flaw(SameEpoch, nil) {
		s.city.epoch = n.dir.city.epoch + 1
	}
}

// Clone sets up a second machine with a copy of a community's directory: two
// that do not know of each other and have one name.
func (w *World) Clone(n *Node) *Node {
	w.truth.rough[n.dir.Device] = true
	return w.addNode(n.Name+"-clone", n.dir.clone())
}

// replaceDisk puts another disk under a machine. What only the old one had is
// lost for good, and was promised to nobody.
func (w *World) replaceDisk(n *Node, s *Directory) {
	w.truth.disks++
	n.stop()
	old := n.dir
	n.useDirectory(s)
	w.excuseLost(old)
	n.start()
}

// excuseLost finds the changes of which no copy is left.
func (w *World) excuseLost(old *Directory) {
	for _, of := range old.streamNames() {
		h := old.streams[of]
		left := map[uint64]bool{}
		looked := false
		for _, x := range h.changesAfter(0) {
			if x.c == nil || numberOf(x.c) == 0 {
				continue
			}
			if !looked && w.heldElsewhere(of, h) {
				break
			}
			if !looked {
				left, looked = w.numbersHeld(of.Device), true
			}
			if n := numberOf(x.c); !left[n] {
				w.truth.excused[n] = "its only disk was lost"
			}
		}
	}
}

// heldElsewhere reports whether another disk has the whole stream.
func (w *World) heldElsewhere(of change.Stream, h *history) bool {
	if len(h.tail) > 0 {
		return false
	}
	for _, n := range w.nodes {
		if o := n.dir.streams[of]; !w.isLiar(n) && o != nil && o.hasMark(h.sealed()) {
			return true
		}
	}
	return false
}

// numbersHeld are the numbers of a device's changes that stand on some disk.
func (w *World) numbersHeld(d change.DeviceID) map[uint64]bool {
	numbers := map[uint64]bool{}
	for _, n := range w.nodes {
		for of, h := range n.dir.streams {
			if of.Device != d || w.isLiar(n) {
				continue
			}
			for _, b := range h.batches {
				_, _ = b.read()
				for _, number := range b.numbers {
					numbers[number] = true
				}
			}
			for _, x := range h.tail {
				if x.c != nil {
					numbers[numberOf(x.c)] = true
				}
			}
		}
	}
	return numbers
}

// Flap cuts and mends a line every so often for a while.
func (w *World) Flap(l *Line, every, lasts time.Duration) {
	for at := time.Duration(0); at < lasts; at += 2 * every {
		w.someday(at, func() { w.resetLine(l) })
		w.someday(at+every, func() { w.setCut(l, false, false) })
	}
}

// resetLine breaks a line so that both ends know at once.
func (w *World) resetLine(l *Line) {
	if e := l.link; e != nil {
		e.reset()
	}
	w.setCut(l, true, true)
}

// Heal mends everything, lets it drain, and checks all that can be checked.
func (w *World) Heal() {
	w.Mend()
	w.Check()
}

// Mend mends all lines, starts all machines, gives disks room and clerks the
// evening off, and lets everything drain. Clocks stay as wrong as they are.
func (w *World) Mend() {
	working := w.working
	w.working = false
	for _, n := range w.nodes {
		n.disk.full = false
		if w.isLiar(n) {
			n.stop() // a network with liars in it does not come to rest
			continue
		}
		n.start()
	}
	for _, l := range w.lines {
		l.flaky, l.messy = 0, 0
		w.setCut(l, false, false)
	}
	limit := w.drainLimit()
	begun := w.now
	w.trace("all lines are mended")
	if !w.Settle(limit) {
		w.violated("I17", "not drained after %s: %d events to come", limit.Round(time.Second), w.work)
		w.Settle(day)
	}
	w.truth.drains = append(w.truth.drains, w.now-begun)
	w.someday(time.Hour, w.startLiars)
	w.working = working
}

// drainLimit is what the backlog may take (I17): the bytes that the slowest
// line lacks at its rate, half as much again, and two minutes.
func (w *World) drainLimit() time.Duration {
	slowest := time.Duration(0)
	for _, l := range w.lines {
		bytes := missingBytes(l.child.dir, l.parent.dir, w) + missingBytes(l.parent.dir, l.child.dir, w)
		slowest = max(slowest, time.Duration(bytes)*time.Second/time.Duration(l.rate))
	}
	return slowest*3/2 + 2*time.Minute
}

// missingBytes is about how many bytes one disk has that another is to get, the
// open tails by what they take unpacked.
func missingBytes(from, to *Directory, w *World) (bytes int) {
	child := from.Unit
	if w.town.isUnder(from.Unit, to.Unit) {
		child = to.Unit
	}
	for of, h := range from.streams {
		if !w.town.MayCross(child, h.author, of.Audience) {
			continue
		}
		have := to.entry(of).Sealed.Seq
		for _, b := range h.batches[h.firstAfter(have):] {
			bytes += len(b.Bytes())
		}
		for _, x := range h.tail {
			bytes += len(x.raw)
		}
	}
	return bytes
}
