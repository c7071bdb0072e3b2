package stack_test

import (
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/test/stack"
)

// refusedBesideGood: one community writes changes that are signed well and
// that the city's rules refuse, between good ones, in the same batches.
func refusedBesideGood(w *stack.World) figures {
	nodes := communities(w)
	good, bad := nodes[0], nodes[1]
	good.MustPut("held-by-the-first")
	delivered(w, good)
	refused := map[string]bool{}
	for range 20 {
		bad.MustFill(3)
		refused[bad.MustPut("held-by-the-first").Mark] = true // another unit holds it
		bad.MustFill(3)
		good.MustFill(2)
	}
	o := w.MustBeWhole(stack.Ending{Refused: refused})
	if got := len(bad.MustStatus().Refusals); got != len(refused) {
		w.TB.Errorf("%s is shown %d refusals, want %d", bad.Name, got, len(refused))
	}
	if got := len(good.MustStatus().Refusals); got != 0 {
		w.TB.Errorf("%s is shown %d refusals of another unit", good.Name, got)
	}
	return figures{"refused": len(refused), "healed_s": seconds(o.Settled)}
}

// revokedWhileLinked: the city revokes a device whose link is open. What it
// writes from then on goes nowhere; the others notice nothing.
func revokedWhileLinked(w *stack.World) figures {
	nodes := communities(w)
	gone := nodes[0]
	gone.MustFill(5)
	delivered(w, gone)
	w.MustRevoke(gone)
	start := time.Now()
	w.Await(time.Minute, "its link has ended", func() bool { return !gone.Linked() })
	ended := time.Since(start)
	lost := map[string]bool{}
	for range 5 {
		lost[gone.MustPut("after-the-end").Mark] = true
		w.Pass(days(1) / 24)
	}
	for _, n := range nodes[1:] {
		n.MustFill(5)
	}
	w.Pass(days(1))
	st := gone.MustStatus()
	_, parent, covered := gone.Said()
	if st.Own.AtCity != 5+covered || st.Own.AtParent != 5+parent || st.Parent.Connected {
		w.TB.Errorf("the revoked device: got %+v, connected %v, want nothing delivered since", st.Own, st.Parent.Connected)
	}
	if _, err := gone.Put("still-saved-here"); fault.Of(err) != fault.OK {
		w.TB.Errorf("the revoked device saves no more: %v", err)
	}
	lost[w.Ledger.Entries[len(w.Ledger.Entries)-1].Mark] = true
	w.Forget(gone)
	gone.MustStop()
	w.MustBeWhole(stack.Ending{Lost: lost})
	return figures{"link_ended_s": seconds(ended)}
}
