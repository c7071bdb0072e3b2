package sim

import (
	"slices"

	"tongbu/internal/change"
)

// Check is an invariant that holds when the network is at rest. Those that
// hold at every message (I9, I14, the window) are checked there, by watch and
// truth, and again here.
type Check struct {
	ID, Says string
	records  bool // looks into every change, and takes its time
	run      func(*World)
}

// Checks are the invariants, by their numbers.
var Checks = []Check{
	{"I1", "what was told as saved is on the disk", false, (*World).checkSaved},
	{"I2", "nobody deletes what no receipt covers", false, (*World).checkKept},
	{"I3", "all who may have a stream have it, and the city has all that was saved", false, (*World).checkSpread},
	{"I4", "each change is at the city once", false, (*World).checkOnce},
	{"I5", "the city has nothing that no enrolled device signed", false, (*World).checkSigned},
	{"I6", "the bytes at the city are those that were signed", false, (*World).checkBytes},
	{"I7", "streams have no holes", false, (*World).checkChains},
	{"I8", "a fork begins a new incarnation, and both histories are kept", false, (*World).checkForks},
	{"I9", "no receipt is newer than the city's", false, (*World).checkReceipts},
	{"I11", "the same changes make the same records", true, (*World).checkRecords},
	{"I14", "nobody has a stream outside its scope", false, (*World).checkScope},
	{"I21", "sent is applied and refused together", true, (*World).checkVerdicts},
	{"I22", "a bad record blocks no other", false, (*World).checkUnblocked},
	{"I25", "who may not write a record changes nothing of it", true, (*World).checkLies},
	{"I24", "a receipt is the city's, for the very bytes", false, (*World).checkScreens},
}

// Check runs all checks of a network at rest.
func (w *World) Check() {
	for _, c := range Checks {
		c.run(w)
	}
}

// CheckStreams leaves out what looks into the records.
func (w *World) CheckStreams() {
	for _, c := range Checks {
		if !c.records {
			c.run(w)
		}
	}
}

func (w *World) checkSaved() {
	for _, n := range w.nodes {
		w.truth.checkRestarted(n.dir)
	}
}

// checkKept: every change is kept, so every stream begins at 1; and of batches that were
// cut off the city has all.
func (w *World) checkKept() {
	city := w.City().dir
	w.eachStream(func(n *Node, of change.Stream, h *history) {
		if h.cut > 0 && city.entry(of).Sealed.Seq < h.cut {
			w.violated("I2", "%s cut %s to %d, the city has it to %d", n.Name, w.streamName(of), h.cut, city.entry(of).Sealed.Seq)
		}
		if len(h.batches) > 0 && h.batches[0].First != 1 {
			w.violated("I2", "%s deleted %s before %d", n.Name, w.streamName(of), h.batches[0].First)
		}
	})
}

func (w *World) eachStream(fn func(*Node, change.Stream, *history)) {
	for _, n := range w.nodes {
		for _, of := range n.dir.streamNames() {
			fn(n, of, n.dir.streams[of])
		}
	}
}

func (w *World) checkSpread() {
	city := w.City().dir
	for _, of := range city.streamNames() {
		author := w.enrolled[of.Device]
		for _, n := range w.nodes {
			if !w.isLiar(n) && !w.liars.of[of.Device] && w.town.MayCross(n.dir.Unit, author, of.Audience) {
				w.checkSame(n, of)
			}
		}
	}
	at := w.deedsAtCity()
	for _, d := range w.truth.deeds {
		if d.saved && len(at[d.number]) == 0 && d.raw == nil && w.truth.excused[d.number] == "" && !w.setAsideSomewhere(d) {
			w.violated("I3", "change %d of %s was saved and is not at the city", d.number, w.streamName(d.of))
		}
	}
	for _, n := range w.nodes {
		for _, e := range n.ends {
			if !e.session.Idle() {
				w.violated("I3", "the link of %s and %s is not idle", n.Name, e.peer.node.Name)
			}
		}
	}
}

func (w *World) checkSame(n *Node, of change.Stream) {
	want, got := w.City().dir.streams[of], n.dir.streams[of]
	if got == nil || len(got.tail) > 0 || got.sealed() != want.sealed() || len(got.batches) != len(want.batches) {
		w.violated("I3", "%s has %s to %d, the city to %d", n.Name, w.streamName(of), n.dir.entry(of).Head, want.sealed().Seq)
		return
	}
	r, newest := n.dir.receipts[of], w.City().dir.receipts[of]
	if newest != nil && (r == nil || newest.Newer(&r.Receipt)) {
		w.violated("I3", "%s lacks the newest receipt of %s", n.Name, w.streamName(of))
	}
}

// deedsAtCity are the places at the city at which each deed stands.
func (w *World) deedsAtCity() map[uint64][]change.Stream {
	at := make(map[uint64][]change.Stream, len(w.truth.deeds))
	for _, a := range w.City().dir.log {
		_, _ = a.read()
		for _, number := range a.numbers {
			if number > 0 {
				at[number] = append(at[number], a.Stream)
			}
		}
	}
	return at
}

// setAsideSomewhere reports whether a change stands in a history that gave
// way: it is kept there, and listed.
func (w *World) setAsideSomewhere(d *deed) bool {
	for _, n := range w.nodes {
		for _, b := range w.truth.promisesOf(n.dir).setAside {
			if _, _ = b.read(); slices.Contains(b.numbers, d.number) && n.dir.evidence[b.Hash()] {
				w.truth.onlyAside[d.number] = true
				return true
			}
		}
	}
	return false
}

// checkOnce: only what a clone or an older copy wrote may stand twice, with
// the same fields.
func (w *World) checkOnce() {
	for number, places := range w.deedsAtCity() {
		d := w.truth.deeds[number-1]
		if len(places) < 2 {
			continue
		}
		slices.SortFunc(places, change.Stream.Compare)
		twice := len(slices.Compact(slices.Clone(places))) < len(places)
		if twice || !w.truth.rough[d.of.Device] {
			w.violated("I4", "change %d of %s is at the city %d times", number, w.streamName(d.of), len(places))
		}
	}
}
