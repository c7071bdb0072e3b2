package sim

import (
	"bytes"

	"tongbu/internal/change"
)

func (w *World) checkSigned() {
	for _, a := range w.City().dir.log {
		if w.truth.sealed[a.Hash()] == nil {
			w.violated("I5", "the city has a batch of %s that nobody sealed", w.streamName(a.Stream))
		}
	}
}

func (w *World) checkBytes() {
	for _, a := range w.City().dir.log {
		if b := w.truth.sealed[a.Hash()]; b != nil && b != a.reading && !bytes.Equal(b.Bytes(), a.Bytes()) {
			w.violated("I6", "the city has %s at %d in other bytes than were signed", w.streamName(a.Stream), a.First)
		}
	}
}

func (w *World) checkChains() {
	w.eachStream(func(n *Node, of change.Stream, h *history) {
		for i, b := range h.batches {
			if i > 0 && (b.First != h.batches[i-1].Last()+1 || b.Prev != h.batches[i-1].Hash()) {
				w.violated("I7", "%s has a hole in %s before %d", n.Name, w.streamName(of), b.First)
			}
		}
	})
}

// checkForks: who wrote a stream that has two histories goes on under another
// incarnation, and what gave way is kept.
func (w *World) checkForks() {
	for _, n := range w.nodes {
		for _, b := range w.truth.promisesOf(n.dir).setAside {
			if !n.dir.evidence[b.Hash()] {
				w.violated("I8", "%s forgot a history of %s that gave way", n.Name, w.streamName(b.Stream))
			}
		}
		for _, of := range w.truth.promisesOf(n.dir).yielded {
			if of.Incarnation >= n.dir.incarnation {
				w.violated("I8", "%s goes on under incarnation %d, of which there are two histories", n.Name, of.Incarnation)
			}
		}
	}
}

func (w *World) checkReceipts() {
	city := w.City().dir
	for _, n := range w.nodes {
		for of, r := range n.dir.receipts {
			if newest := city.receipts[of]; newest == nil || r.Newer(&newest.Receipt) {
				w.violated("I9", "%s has a receipt of %s to %d in epoch %d, newer than the city's", n.Name, w.streamName(of), r.Seq, r.Epoch)
			}
		}
	}
}

func (w *World) checkScope() {
	w.eachStream(func(n *Node, of change.Stream, _ *history) {
		if !w.town.MayCross(n.dir.Unit, w.enrolled[of.Device], of.Audience) {
			w.violated("I14", "%s has %s", n.Name, w.streamName(of))
		}
	})
}

// checkScreens: what a screen shows as recorded is a receipt that the city
// made, for the bytes held there.
func (w *World) checkScreens() {
	for _, n := range w.nodes {
		for of, r := range n.dir.receipts {
			if !w.truth.signed[receipt{of, r.Mark(), r.Epoch}] {
				w.violated("I24", "%s has a receipt of %s to %d that the city never signed", n.Name, w.streamName(of), r.Seq)
			}
			if !w.isLiar(n) && of.Device == n.dir.Device && n.dir.recordedTo(of) == 0 && r.Seq > 0 {
				w.violated("I24", "%s shows %s as not recorded although it has the receipt", n.Name, w.streamName(of))
			}
		}
	}
}
