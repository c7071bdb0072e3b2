package stack_test

import (
	"time"

	"tongbu/internal/question"
	"tongbu/internal/test/stack"
)

const year = 365 * 24 * time.Hour

// wrongClocks: two computers stand ten years ahead and behind, one a month
// ahead. The first two are off until their clocks are set and lose nothing;
// the last one's write does not win because it is dated later.
func wrongClocks(w *stack.World) figures {
	nodes := communities(w)
	ahead, behind, month := nodes[0], nodes[1], nodes[2]
	ahead.SetClock(10 * year)
	behind.SetClock(-10 * year)
	month.SetClock(30 * 24 * time.Hour)
	for _, n := range nodes[:3] {
		n.MustStop()
		n.MustStart()
	}
	second := w.MustJoin(month.Unit)
	second.Name += " second"
	ahead.MustFill(10)
	behind.MustFill(10)
	month.MustPut("disputed")
	delivered(w, month)
	w.Await(time.Hour, "the second computer has the record", func() bool { return has(second, "disputed") })
	last := second.MustPut("disputed")
	delivered(w, second)
	w.Pass(days(1))
	for _, n := range []*stack.Device{ahead, behind} {
		st := n.MustStatus()
		if _, _, said := n.Said(); st.Own.AtCity != said || st.Parent.Connected || st.Parent.Error == "" {
			w.TB.Errorf("%s stands ten years off: got %+v, %+v, want it off line with the reason", n.Name, st.Own, *st.Parent)
		}
		n.MustFill(5)
	}
	if got := month.MustStatus().ClockOffset; got > -29*24*3600*1000 {
		w.TB.Errorf("%s is told that its clock is off by %d ms, want 30 days", month.Name, got)
	}
	for _, n := range nodes[:3] {
		n.SetClock(0)
	}
	start := time.Now()
	o := w.MustBeWhole(stack.Ending{})
	for _, row := range w.City.MustAsk(question.Question{Kind: stack.Kind, Filter: `id = "disputed"`, Select: []string{"id", "remark"}}) {
		if got := row["remark"].Text(); got != last.Mark {
			w.TB.Errorf("the city shows %q, want %q: it was written with the other in sight", got, last.Mark)
		}
	}
	return figures{"healed_s": seconds(time.Since(start)), "acked": o.Acked}
}

func has(d *stack.Device, record string) bool {
	var shown any
	return d.Call("GET", "/get/"+stack.Kind+"/"+record, nil, &shown) == nil
}

// clockSetBack: clocks jump back and forth under running links, the city's
// among them, and records flow all the time.
func clockSetBack(w *stack.World) figures {
	nodes := communities(w)
	jumps := []time.Duration{24 * time.Hour, -24 * time.Hour, 40 * 24 * time.Hour, -3 * time.Hour, 10 * year, -10 * year, 0}
	for i, by := range jumps {
		for j, d := range w.Devices {
			if j%3 == i%3 {
				d.SetClock(by)
			}
		}
		for _, n := range nodes {
			n.MustFill(5)
		}
		w.Pass(20 * time.Minute)
	}
	for _, d := range w.Devices {
		d.SetClock(0)
	}
	o := w.MustBeWhole(stack.Ending{Within: 3 * time.Hour})
	for _, n := range nodes {
		if up := n.Replica.Uplink.Line(); up.Parent.Unit != n.Unit.Parent {
			w.TB.Errorf("%s is linked to %s, want its street", n.Name, up.Parent.Address)
		}
	}
	return figures{"jumps": len(jumps), "healed_s": seconds(o.Settled)}
}

// awayHalfAYear: a community writes without a line, and is then off for 180
// days, as all others are but the city. All certificates but the city's, which
// renews its own, have ended; each device renews by itself through whoever is
// above it. The community's street stays away.
func awayHalfAYear(w *stack.World) figures {
	n, street := communities(w)[0], streets(w)[0]
	w.Net.SetSite(n.Site, stack.Cut)
	n.MustFill(300)
	for i := len(w.Devices) - 1; i > 0; i-- {
		w.Devices[i].MustStop()
	}
	w.Pass(180 * 24 * time.Hour)
	w.Net.SetSite(n.Site, stack.Whole)
	for _, d := range w.Devices[1:] {
		if d != street {
			d.MustStart()
		}
	}
	if until := n.Replica.Keys.Certificate().NotAfter; until.After(n.Now()) {
		w.TB.Errorf("the certificate is good until %v, want it expired", until)
	}
	drained := delivered(w, n)
	if up := n.Replica.Uplink.Line().Parent; up.Unit == street.Unit.ID {
		w.TB.Errorf("%s is linked to %s, which does not run", n.Name, street.Name)
	}
	street.MustStart()
	w.MustBeWhole(stack.Ending{})
	for _, d := range w.Devices {
		if until := d.Replica.Keys.Certificate().NotAfter; !until.After(d.Now()) {
			w.TB.Errorf("the certificate of %s ended %v", d.Name, until)
		}
	}
	return figures{"drained_s": seconds(drained), "steps_by_hand": 0}
}
