package stack_test

import (
	"fmt"
	"strings"
	"time"

	"tongbu/internal/question"
	"tongbu/internal/test/stack"
	"tongbu/internal/tree"
)

const year = 365 * 24 * time.Hour

// wrongClocks: two computers stand ten years ahead and behind, one a month
// ahead. The first is off until its clock is set, because all certificates have
// ended for it, and loses nothing; the second works like all others; the last one's
// write does not win because it is dated later.
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
	if st, own := ahead.MustStatus(), ahead.MustOwn(); own.AtCity != 0 || st.Parent.Connected || !strings.Contains(st.Parent.Error, "clock") {
		w.TB.Errorf("%s stands ten years ahead: got %+v, %+v, want it off line with the reason", ahead.Name, own, *st.Parent)
	}
	if own := behind.MustOwn(); own.AtCity != own.Head || own.Head == 0 {
		w.TB.Errorf("%s stands ten years behind: got %+v, want all recorded", behind.Name, own)
	}
	ahead.MustFill(5)
	behind.MustFill(5)
	if got := month.MustStatus().ClockOffset; got > -29*24*3600*1000 {
		w.TB.Errorf("%s is told that its clock is off by %d ms, want 30 days", month.Name, got)
	}
	for _, n := range nodes[:3] {
		n.SetClock(0)
	}
	start := time.Now()
	o := w.MustBeWhole(stack.Ending{})
	rows := w.City.MustAsk(question.Question{Kind: stack.Kind, Filter: fmt.Sprintf("id = %q", last.Record), Select: []string{"id", "remark"}})
	if len(rows) != 1 {
		w.TB.Errorf("the city shows %d records of that name, want 1", len(rows))
	}
	for _, row := range rows {
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

// cityAhead: the city is started with its clock 61 days ahead and renews its own
// certificate by it; then a district's stands there too, and a community's battery
// is dead. Everybody goes on working, whoever joins joins, and the city's status
// names the city. Then all clocks are set right, the city's by a restart.
func cityAhead(w *stack.World) figures {
	const off = 61 * 24 * time.Hour
	nodes, district := communities(w), w.Of(tree.District, w.City.Unit.ID)[0]
	restart := func(d *stack.Device, wrong time.Duration) {
		d.MustStop()
		d.SetClock(wrong)
		d.MustStart()
	}
	restart(w.City, off)
	w.Pass(time.Hour)
	if until := w.City.Replica.Keys.Certificate().NotAfter; until.Before(time.Now().Add(off)) {
		w.TB.Errorf("the city's certificate ends %v, want it renewed by the city's clock", until)
	}
	nodes[0].MustFill(5)
	delivered(w, nodes[0])
	late := w.MustJoin(nodes[1].Unit)
	late.Name += " second"
	w.Await(time.Hour, "the late one is linked", func() bool { return late.Linked() && late.Replica.Members.Tree() != nil })
	late.MustFill(5)
	delivered(w, late)
	clock := w.City.MustStatus().Clock
	if clock.Verdict != "wrong" || clock.Agree < 2 || (time.Duration(clock.Offset)*time.Millisecond+off).Abs() > time.Minute {
		w.TB.Errorf("the city says of clocks %+v, want its own named", clock)
	}
	restart(district, off)
	restart(nodes[2], -29*year)
	w.Pass(time.Hour)
	nodes[2].MustFill(5)
	delivered(w, nodes[2])
	restart(w.City, 0)
	restart(district, 0)
	restart(nodes[2], 0)
	o := w.MustBeWhole(stack.Ending{})
	if clock := w.City.MustStatus().Clock; clock.Verdict != "right" || len(clock.Off) > 0 {
		w.TB.Errorf("set right, the city says of clocks %+v", clock)
	}
	return figures{"acked": o.Acked}
}
