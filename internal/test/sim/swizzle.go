package sim

import (
	"time"
)

// Harms that a month may hold beside lines that are cut.
const (
	HarmCrash   = 1 << iota // machines stop and start again
	HarmWipe                // a hub loses its disk
	HarmBackup              // a hub is restored from a backup
	HarmCity                // the city is
	HarmOlder               // a community gets yesterday's disk
	HarmClone               // a community's directory is copied
	HarmFull                // a disk has no room for a while
	HarmClocks              // clocks are years off, jump, stand still
	HarmMess                // lines break, double and reorder
	allHarms    = 1<<iota - 1
	checkDays   = 10
	swizzleDay  = 8 * time.Hour
	mostStopped = 12 * time.Hour
)

// Month plays days of work under swizzle-clog: lines are stopped one by one,
// and mended in random order. Which harms come beside it is drawn from the
// seed. Every ten days all is healed and the streams are checked; at the end
// the records, which every stream goes into, as well.
func (w *World) Month(days int) {
	harms := w.plan.IntN(allHarms + 1)
	if harms&HarmClocks != 0 {
		w.wrongClocks()
	}
	w.Work(true)
	for d := range days {
		for _, n := range w.nodes {
			if d%3 == 1 {
				w.Backup(n)
			}
		}
		end := w.now + day
		w.swizzleLines()
		w.doHarm(harms)
		if left := end - w.now; left > 0 {
			w.Run(left)
		}
		if d%4 == 2 {
			w.CheckOthers()
		}
		switch {
		case d == days-1:
			w.Heal()
		case (d+1)%checkDays == 0:
			w.Mend()
			w.CheckStreams()
		}
		if len(w.truth.violations) > 0 {
			return
		}
	}
}

// swizzleLines stops some lines one by one and mends some in random order.
func (w *World) swizzleLines() {
	r := w.plan
	for _, i := range r.Perm(len(w.lines))[:r.IntN(len(w.lines)/2+1)] {
		l := w.lines[i]
		switch r.IntN(5) {
		case 0:
			w.setCut(l, true, false)
		case 1:
			w.setCut(l, false, true)
		case 2:
			w.resetLine(l)
		default:
			w.setCut(l, true, true)
		}
		w.trace("the line of %s is cut", l.child.Name)
		w.Run(w.randomBelow(r, swizzleDay/time.Duration(len(w.lines))))
	}
	w.Run(w.randomBelow(r, mostStopped))
	for _, i := range r.Perm(len(w.lines)) {
		if l := w.lines[i]; l.cut() && r.IntN(3) > 0 {
			w.setCut(l, false, false)
			w.trace("the line of %s is mended", l.child.Name)
			w.Run(w.randomBelow(r, swizzleDay/time.Duration(len(w.lines))))
		}
	}
}

func (w *World) wrongClocks() {
	for _, n := range w.nodes {
		switch w.plan.IntN(4) {
		case 0:
			n.clock.shift(w.randomBelow(w.plan, 20*365*day) - 10*365*day)
		case 1:
			n.clock.stop(w.now)
		}
	}
}

// doHarm does one of the harms of the month, on some days.
func (w *World) doHarm(harms int) {
	kind := 1 << w.plan.IntN(9)
	if harms&kind == 0 {
		return
	}
	hubs, communities := w.hubs(), w.communities()
	hub := hubs[w.plan.IntN(len(hubs))]
	community := communities[w.plan.IntN(len(communities))]
	switch kind {
	case HarmCrash:
		w.crashSome()
	case HarmWipe:
		w.trace("%s loses its disk", hub.Name)
		w.Wipe(hub)
	case HarmBackup:
		w.trace("%s is restored", hub.Name)
		w.Restore(hub)
	case HarmCity:
		w.trace("the city is restored")
		w.Restore(w.City())
	case HarmOlder:
		w.trace("%s gets an older disk", community.Name)
		w.cutOff(community)
		w.Older(community)
	case HarmClone:
		if len(w.nodes) < len(w.town.Units)+2 && w.byName[community.Name+"-clone"] == nil {
			w.trace("%s is cloned", community.Name)
			w.cutOff(w.Clone(community))
		}
	case HarmFull:
		n := w.nodes[w.plan.IntN(len(w.nodes))]
		w.trace("the disk of %s is full", n.Name)
		n.disk.full = true
		w.someday(w.randomBelow(w.plan, day), func() { n.disk.full = false; w.dialAll(n) })
	case HarmClocks:
		community.clock.shift(-w.randomBelow(w.plan, 30*day))
	case HarmMess:
		for _, l := range w.lines {
			l.messy, l.flaky = 0.05, 0.01
		}
	}
}

// cutOff cuts a machine off, so that it writes on what the others do not have.
func (w *World) cutOff(n *Node) {
	if w.plan.IntN(3) > 0 {
		w.setCut(w.firstLine(n), true, true)
	}
}

// crashSome stops some machines without a word and starts them later.
func (w *World) crashSome() {
	for _, n := range w.nodes {
		if w.plan.IntN(4) > 0 {
			continue
		}
		w.trace("%s stops", n.Name)
		n.stop()
		w.someday(w.randomBelow(w.plan, 2*time.Hour), n.start)
	}
}
