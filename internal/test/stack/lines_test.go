package stack_test

import (
	"math/rand/v2"
	"time"

	"tongbu/internal/test/report"
	"tongbu/internal/test/stack"
)

// flappingLine: a community's line is up for 7 seconds and down for 7, while a
// backlog of a month goes over it.
func flappingLine(w *stack.World) figures {
	n := communities(w)[0]
	w.Net.SetSite(n.Site, stack.Cut)
	for range 30 {
		n.MustFill(100)
		w.Pass(days(1) / 24)
	}
	line := w.Net.Line(n.Site, streets(w)[0].Site)
	line.Rate = 2 << 10
	before, flaps := total(w, n), 0
	for own := n.MustStatus().Own; own.AtCity != own.Head && flaps < 400; own = n.MustStatus().Own {
		w.Net.SetSite(n.Site, stack.Whole)
		w.Pass(7 * time.Second)
		w.Net.SetSite(n.Site, stack.Cut)
		w.Pass(7 * time.Second)
		flaps++
	}
	sent := total(w, n) - before
	w.Net.SetSite(n.Site, stack.Whole)
	w.MustBeWhole(stack.Ending{})
	return figures{"flaps": flaps, "bytes": sent}
}

// total is what all lines of a site have carried.
func total(w *stack.World, d *stack.Device) (bytes int64) {
	for _, up := range w.Devices {
		if up.IsHub() && up != d {
			bytes += w.Net.Line(d.Site, up.Site).Bytes()
		}
	}
	return bytes
}

// cutWithinBatches: each time a line has carried a few bytes more than the
// time before it is cut, so that cuts fall into every message.
func cutWithinBatches(w *stack.World) figures {
	n := communities(w)[0]
	street := streets(w)[0]
	for _, up := range w.Devices {
		if up.IsHub() && up != street {
			w.Net.Line(n.Site, up.Site).Set(stack.Cut)
		}
	}
	line := w.Net.Line(n.Site, street.Site)
	cuts := 0
	for bytes := 1; bytes < 24<<10; bytes += 397 {
		n.MustFill(3)
		line.CutAfter(bytes)
		w.Pass(20 * time.Second)
		line.Set(stack.Whole)
		cuts++
	}
	line.CutAfter(-1)
	for _, up := range w.Devices {
		if up.IsHub() {
			w.Net.Line(n.Site, up.Site).Set(stack.Whole)
		}
	}
	o := w.MustBeWhole(stack.Ending{})
	return figures{"cuts": cuts, "healed_s": seconds(o.Settled)}
}

// swizzledLines: sites fall off one by one, dark or cut, and come back in
// another order, round after round, while everybody writes.
func swizzledLines(w *stack.World) figures {
	o := swizzle(w, rand.New(rand.NewPCG(report.Seed(), 1)), report.Scale(1, 4))
	return figures{"healed_s": seconds(o.Settled), "acked": o.Acked}
}

// swizzle does so for some rounds of about a day and checks the end.
func swizzle(w *stack.World, random *rand.Rand, rounds int) stack.Outcome {
	for range rounds {
		order := random.Perm(len(w.Devices))
		for _, i := range order {
			w.Net.SetSite(w.Devices[i].Site, stack.Condition(1+random.IntN(2)))
			writeSome(w, random)
			w.Pass(time.Duration(random.Int64N(int64(2 * time.Hour))))
		}
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			w.Net.SetSite(w.Devices[i].Site, stack.Whole)
			writeSome(w, random)
			w.Pass(time.Duration(random.Int64N(int64(time.Hour))))
		}
	}
	return w.MustBeWhole(stack.Ending{})
}

func writeSome(w *stack.World, random *rand.Rand) {
	nodes := communities(w)
	for range 1 + len(nodes)/20 {
		nodes[random.IntN(len(nodes))].MustFill(1 + random.IntN(3))
	}
}

// morningStorm: every community was off line for 30 days and they all come
// back at once, over lines of 512 kbit/s.
func morningStorm(w *stack.World) figures {
	nodes := communities(w)
	for _, n := range nodes {
		w.Net.SetSite(n.Site, stack.Cut)
		n.MustStop()
	}
	w.Pass(time.Minute)
	w.Pass(days(30) / 10)
	return storm(w, nodes, 30*report.Scale(20, 10))
}
