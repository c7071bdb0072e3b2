package stack_test

import (
	"fmt"
	"slices"
	"time"

	"tongbu/internal/journal"
	"tongbu/internal/test/report"
	"tongbu/internal/test/stack"
	"tongbu/internal/tree"
	"tongbu/syncer/streams/streamstest"
)

// hubJournalLost: a street's disk loses the journal, the device keeps its
// identity. Its communities go on past it and it gets everything back.
func hubJournalLost(w *stack.World) figures {
	street := streets(w)[0]
	nodes := below(w, street)
	for _, n := range nodes {
		n.MustFill(20)
	}
	delivered(w, nodes...)
	street.MustStop()
	street.MustWipe("journal.db", "journal.db.clean", stack.ViewFile)
	for _, n := range nodes {
		n.MustFill(5)
	}
	past := delivered(w, nodes...)
	street.MustStart()
	before := total(w, street)
	o := w.MustBeWhole(stack.Ending{})
	wantHeld(w, street, nodes, 25)
	return figures{"past_it_s": seconds(past), "healed_s": seconds(o.Settled), "resent_bytes": total(w, street) - before}
}

// hubLostAfterCuts: communities have cut their journals when their street is restored to
// a copy of before. While it has no line up, they cannot give it what they have cut off,
// and what they write waits; then it comes from above, and they go on.
func hubLostAfterCuts(w *stack.World) figures {
	street := streets(w)[0]
	nodes := below(w, street)
	var backup string
	for range 4 {
		for _, n := range nodes {
			n.MustFill(5)
		}
		delivered(w, nodes...)
		if backup == "" {
			backup = street.MustCopy()
		}
	}
	cut := 0
	for _, n := range nodes {
		cut += mustCut(w, n)
	}
	street.MustStop()
	street.MustReplaceBy(backup)
	inside := append([]*stack.Device{street}, nodes...)
	setAbove(w, inside, street, stack.Cut)
	street.MustStart()
	for _, n := range nodes {
		n.MustFill(5)
	}
	w.Await(time.Hour, "the communities are linked to the street", func() bool {
		return !slices.ContainsFunc(nodes, func(n *stack.Device) bool { return !n.Linked() })
	})
	w.Pass(10 * time.Minute)
	for _, n := range nodes {
		if own := n.MustOwn(); own.AtParent == own.Head {
			w.TB.Errorf("%s has given the street what it has cut off: %+v", n.Name, own)
		}
	}
	setAbove(w, inside, street, stack.Whole)
	o := w.MustBeWhole(stack.Ending{})
	wantHeld(w, street, nodes, 25)
	return figures{"healed_s": seconds(o.Settled), "changes_cut": cut}
}

// mustCut cuts a community's journal as if all that the city has recorded had been kept
// for the retention since.
func mustCut(w *stack.World, n *stack.Device) (changes int) {
	ctx := w.TB.Context()
	old := func(tx *journal.Tx) error { return streamstest.NoteOld(tx, n.Now().AddDate(0, 0, -60)) }
	if err := n.Replica.Journal.Update(ctx, old); err != nil {
		w.TB.Fatal(err)
	}
	cut, err := n.Replica.Streams.Cut(ctx, 30*24*time.Hour, false)
	if err != nil || cut.Changes < 5 {
		w.TB.Fatalf("%s: cut %+v, %v", n.Name, cut, err)
	}
	return cut.Changes
}

// wantHeld wants a hub to hold so many changes of each node. What went past it
// comes from above, when nobody else waits for anything any more.
func wantHeld(w *stack.World, hub *stack.Device, nodes []*stack.Device, each uint64) {
	for _, n := range nodes {
		w.Await(time.Hour, fmt.Sprintf("%s holds %d changes of %s", hub.Name, each, n.Name), func() bool { return hub.MustHold(n) >= each })
		if held := hub.MustHold(n); held != each {
			w.TB.Errorf("%s holds %d changes of %s, want %d", hub.Name, held, n.Name, each)
		}
	}
}

// hubReplaced: a street's directory is gone; a new device of the unit joins at
// another address and the old one is revoked.
func hubReplaced(w *stack.World) figures {
	street := streets(w)[0]
	nodes := below(w, street)
	for _, n := range nodes {
		n.MustFill(20)
	}
	delivered(w, nodes...)
	w.MustRevoke(street)
	street.MustStop()
	for _, n := range nodes {
		n.MustFill(5)
	}
	delivered(w, nodes...)
	w.Forget(street)
	start := time.Now()
	fresh := w.MustJoin(street.Unit)
	w.Await(time.Hour, "the communities have found the new hub", func() bool {
		for _, n := range nodes {
			if up := n.Replica.Uplink.Line(); !up.Connected || up.Parent.Address != fresh.Address() {
				return false
			}
		}
		return true
	})
	found := time.Since(start)
	w.MustBeWhole(stack.Ending{})
	wantHeld(w, fresh, nodes, 25)
	return figures{"found_s": seconds(found)}
}

// hubRestored: a street's directory is replaced by a copy of days ago.
func hubRestored(w *stack.World) figures {
	street := streets(w)[0]
	nodes := below(w, street)
	for _, n := range nodes {
		n.MustFill(10)
	}
	delivered(w, nodes...)
	backup := street.MustCopy()
	for range 3 {
		for _, n := range nodes {
			n.MustFill(10)
		}
		w.Pass(days(1))
	}
	street.MustStop()
	street.MustReplaceBy(backup)
	for _, n := range nodes {
		n.MustFill(5)
	}
	street.MustStart()
	o := w.MustBeWhole(stack.Ending{})
	wantHeld(w, street, nodes, 45)
	return figures{"healed_s": seconds(o.Settled)}
}

// cityRestored: the city's directory is replaced by a copy of days ago, after it
// had admitted a device, and refused a change, that the copy knows nothing of.
// It has said nothing since the copy was restored when those below tell it
// what it had said itself.
func cityRestored(w *stack.World) figures {
	nodes := communities(w)
	for _, n := range nodes {
		n.MustFill(10)
	}
	delivered(w, nodes...)
	backup := w.City.MustCopy()
	second := w.MustJoin(nodes[0].Unit)
	second.Name += " second"
	for range 3 {
		for _, n := range append(nodes, second) {
			n.MustFill(10)
		}
		w.Pass(days(1))
	}
	w.City.MustStop()
	w.City.MustReplaceBy(backup)
	w.City.MustStart()
	start := time.Now()
	w.Await(time.Hour, "the city knows again whom it admitted", func() bool {
		_, known := w.City.Replica.Members.Device(second.Replica.Keys.Device())
		return known
	})
	known := time.Since(start)
	for _, n := range nodes {
		n.MustFill(5)
	}
	o := w.MustBeWhole(stack.Ending{})
	return figures{"own_words_back_s": seconds(known), "healed_s": seconds(o.Settled)}
}

// streetAlone: a street and its communities are cut off from all above them
// for many days, in the long form for 90, so that their certificates end. The clerks see
// what is at the street and not at the city; the city says since when they are
// silent.
func streetAlone(w *stack.World) figures {
	street := streets(w)[0]
	nodes := below(w, street)
	inside := append([]*stack.Device{street}, nodes...)
	stopOthers(w, inside)
	setAbove(w, inside, street, stack.Cut)
	cutAt := time.Now()
	w.Pass(time.Minute)
	size := street.MustStatus().Journal.Bytes
	alone := report.Scale(15, 90)
	for range alone {
		for _, n := range nodes {
			n.MustFill(10)
		}
		w.Pass(days(1))
	}
	own := nodes[0].MustOwn()
	nights := uint64(days(alone)/(24*time.Hour)) + 1 // a node says each night what it holds
	if own.Head < uint64(10*alone) || own.Head > uint64(10*alone)+nights || own.AtCity != 0 || own.AtParent < uint64(10*alone-20) {
		w.TB.Errorf("%s is cut off with its street: got %+v, want all at the parent and nothing at the city", nodes[0].Name, own)
	}
	wantSilent(w, nodes, cutAt)
	size = street.MustStatus().Journal.Bytes - size
	setAbove(w, inside, street, stack.Whole)
	healed := delivered(w, nodes...)
	startAll(w)
	w.MustBeWhole(stack.Ending{})
	return figures{"bytes_held": size, "changes_held": 10 * alone * len(nodes), "healed_s": seconds(healed)}
}

// setAbove changes all lines from the devices to hubs other than their own.
func setAbove(w *stack.World, inside []*stack.Device, own *stack.Device, s stack.Condition) {
	for _, d := range inside {
		for _, up := range w.Devices {
			if up.IsHub() && up != own && up != d {
				w.Net.Line(d.Site, up.Site).Set(s)
			}
		}
	}
}

// wantSilent wants the city to name each unit as silent, since it was last
// heard: at most two heartbeats before the line was cut.
func wantSilent(w *stack.World, nodes []*stack.Device, cutAt time.Time) {
	since := map[string]time.Time{}
	for _, s := range w.MustCoverage().Silent {
		since[s.Unit] = s.Since
	}
	for _, n := range nodes {
		at, silent := since[n.Unit.Code]
		if before := cutAt.Sub(at); !silent || before < -time.Minute || before > 10*time.Minute {
			w.TB.Errorf("%s was cut off at %v; the city says silent %v, since %v", n.Name, cutAt, silent, at)
		}
	}
}

// stopOthers stops the communities and streets that a story does not need: an
// idle device costs events too.
func stopOthers(w *stack.World, keep []*stack.Device) {
	kept := map[*stack.Device]bool{}
	for _, d := range keep {
		kept[d] = true
	}
	for _, d := range w.Devices {
		if !kept[d] && d.Unit.Level >= tree.Street {
			d.MustStop()
		}
	}
}

func startAll(w *stack.World) {
	for _, d := range w.Devices {
		if d.Replica == nil {
			d.MustStart()
		}
	}
}
