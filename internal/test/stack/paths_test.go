package stack_test

import (
	"time"

	"tongbu/hub/root"
	"tongbu/internal/test/stack"
	"tongbu/internal/tree"
)

// twoPaths: a community's line to its street breaks in the middle of a
// transfer, again and again, so that it goes on past the street; what the
// street has it passes on as well. The same changes reach the city both ways.
func twoPaths(w *stack.World) figures {
	n, street := communities(w)[0], streets(w)[0]
	near := w.Net.Line(n.Site, street.Site)
	up := w.Net.Line(street.Site, w.Devices[1].Site)
	changes := 0
	for i := range 12 {
		up.Set(stack.Dark) // what the street takes it cannot pass on yet
		n.MustFill(100)
		changes += 100
		near.CutAfter(1000 + 600*i)
		w.Pass(20 * time.Second)
		near.Set(stack.Cut)
		w.Pass(time.Minute) // the community is linked further up
		up.Set(stack.Whole)
		near.Set(stack.Whole)
		near.CutAfter(-1)
		w.Pass(5 * time.Minute)
	}
	o := w.MustBeWhole(stack.Ending{})
	return figures{"changes": changes, "healed_s": seconds(o.Settled)}
}

// movedCommunity: the city puts a community under another street while a
// transfer of it is under way, and later back again.
func movedCommunity(w *stack.World) figures {
	n := communities(w)[0]
	home, other := streets(w)[0], streets(w)[1]
	w.Net.Line(n.Site, home.Site).Rate = 8 << 10
	moves := 0
	for _, to := range []*stack.Device{other, home, other} {
		n.MustFill(500)
		w.Pass(2 * time.Second)
		mustMove(w, n, to)
		n.MustFill(20)
		w.Await(time.Hour, "the community is linked to its new street", func() bool {
			up := n.Replica.Uplink.Line()
			return up.Connected && up.Parent.Unit == to.Unit.ID
		})
		moves++
	}
	o := w.MustBeWhole(stack.Ending{})
	return figures{"moves": moves, "healed_s": seconds(o.Settled)}
}

func mustMove(w *stack.World, n, to *stack.Device) {
	moved := n.Unit
	moved.Parent = to.Unit.ID
	admission := root.NewAdmission(w.City.Replica)
	if err := admission.PutUnits(w.TB.Context(), []tree.Unit{w.City.Unit, moved}); err != nil {
		w.TB.Fatal(err)
	}
}
