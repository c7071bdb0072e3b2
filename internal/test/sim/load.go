package sim

import (
	"time"

	"tongbu/internal/change"
	"tongbu/internal/tree"
)

const day = 24 * time.Hour

// Work switches the load on or off: in working hours, each community makes a
// few dozen changes a day in a dozen sittings, and hubs write notices.
func (w *World) Work(on bool) { w.working = on }

func (w *World) newDay() {
	w.someday(day, w.newDay)
	if !w.working {
		return
	}
	for _, n := range w.nodes {
		if w.isLiar(n) {
			continue
		}
		sittings := 1
		if n.dir.isCommunity() {
			sittings = 8 + w.load.IntN(9)
		}
		for range sittings {
			w.someday(8*time.Hour+w.randomBelow(w.load, 9*time.Hour+30*time.Minute), func() { w.serveCitizen(n) })
		}
	}
}

// serveCitizen is a clerk with a citizen: a few changes one after the other.
func (w *World) serveCitizen(n *Node) {
	if !w.working || !n.up || n.away {
		return
	}
	if !n.dir.isCommunity() {
		w.Notify(n, w.someoneBelow(n))
		return
	}
	for range 1 + w.load.IntN(5) {
		switch w.load.IntN(400) {
		case 0:
			w.Poison(n)
		case 1:
			w.Foreign(n, w.nodes[w.load.IntN(len(w.nodes))])
		default:
			w.Write(n)
		}
	}
}

// someoneBelow is a unit that a hub writes to.
func (w *World) someoneBelow(n *Node) change.UnitID {
	units := w.town.Tree.Units(n.dir.Unit)
	return units[w.load.IntN(len(units))].ID
}

// communities are the machines where clerks work.
func (w *World) communities() []*Node { return w.atLevel(tree.Community) }

// hubs are the machines between.
func (w *World) hubs() []*Node { return append(w.atLevel(tree.District), w.atLevel(tree.Street)...) }

func (w *World) atLevel(level tree.Level) []*Node {
	var nodes []*Node
	for _, n := range w.nodes {
		if w.levelOf(n) == level && !w.isLiar(n) {
			nodes = append(nodes, n)
		}
	}
	return nodes
}
