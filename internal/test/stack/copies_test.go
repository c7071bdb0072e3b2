package stack_test

import (
	"fmt"
	"time"

	"tongbu/internal/test/stack"
)

// yesterdaysFile: a node's directory is replaced by its copy of a day ago, and
// the clerk writes on before the line is up. The network has another history
// under the same numbers: the node goes on under a new incarnation.
func yesterdaysFile(w *stack.World) figures {
	n := communities(w)[0]
	n.MustFill(5)
	delivered(w, n)
	yesterday := n.MustCopy()
	w.Pass(days(1))
	n.MustFill(5)
	n.MustPut("changed-since")
	delivered(w, n)
	n.MustStop()
	n.MustReplaceBy(yesterday)
	n.MustStart()
	before, start := n.MustStatus().Incarnation, time.Now()
	n.MustFill(3)
	w.Await(time.Hour, "the node notices that its directory is old", func() bool { return n.MustStatus().Incarnation > before })
	noticed := time.Since(start)
	n.MustPut("written-after")
	o := w.MustBeWhole(stack.Ending{})
	return figures{"noticed_s": seconds(noticed), "healed_s": seconds(o.Settled), "doubled": o.Doubled}
}

// idleOlderCopy: the same, but nothing was written since: the node gets its own
// batches back and still goes on under a new incarnation.
func idleOlderCopy(w *stack.World) figures {
	n := communities(w)[0]
	n.MustFill(5)
	old := n.MustCopy()
	n.MustFill(5)
	delivered(w, n)
	n.MustStop()
	n.MustReplaceBy(old)
	n.MustStart()
	w.Await(time.Hour, "the node has taken back what it had written", func() bool {
		st := n.MustStatus()
		said, _, _ := n.Said()
		return st.Incarnation > 1 && st.Own.Head == 10+said
	})
	n.MustPut("written-after")
	o := w.MustBeWhole(stack.Ending{})
	return figures{"healed_s": seconds(o.Settled)}
}

// clonedDisk: a disk image runs in two computers, which both write, new
// records and the same one, for days.
func clonedDisk(w *stack.World) figures {
	n := communities(w)[0]
	n.MustFill(5)
	delivered(w, n)
	twin := n.MustClone()
	for day := range 3 {
		n.MustFill(4)
		twin.MustFill(4)
		n.MustPut("both")
		twin.MustPut("both")
		n.MustPut(fmt.Sprintf("day-%d", day))
		w.Pass(days(1))
	}
	o := w.MustBeWhole(stack.Ending{Twice: map[string]bool{n.Name: true, twin.Name: true}})
	if a, b := n.MustStatus(), twin.MustStatus(); a.Incarnation == b.Incarnation {
		w.TB.Errorf("both write under incarnation %d", a.Incarnation)
	}
	return figures{"healed_s": seconds(o.Settled), "doubled": o.Doubled}
}

// crashesEverywhere: power cuts hit every tier in turn while records flow.
func crashesEverywhere(w *stack.World) figures {
	crashes := 0
	for round := range 2 {
		for i, d := range w.Devices {
			for _, n := range communities(w) {
				n.MustFill(3)
			}
			w.Pass(time.Duration(7*i+13*round) * time.Millisecond)
			d.MustCrash()
			w.Pass(time.Minute)
			d.MustStart()
			crashes++
		}
	}
	o := w.MustBeWhole(stack.Ending{})
	return figures{"crashes": crashes, "acked": o.Acked, "healed_s": seconds(o.Settled)}
}
