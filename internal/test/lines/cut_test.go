package lines_test

import (
	"fmt"
	"testing"
	"time"

	"tongbu/internal/sample"
	"tongbu/internal/test/line"
	"tongbu/internal/test/proctest"
	"tongbu/internal/test/report"
)

// crossing is a community whose street is reached through a proxy.
type crossing struct {
	*proctest.Network
	street *proctest.Tier
	proxy  *line.Proxy
	site   *site
	maker  *sample.Maker
}

// mustCross founds a network whose street is known by the proxy's address.
func mustCross(t *testing.T) *crossing {
	t.Helper()
	rows := proctest.Rows([]int{1}, 1)
	n := proctest.FoundCity(t, mustBuild(t), rows)
	n.Grow(rows[1])
	street := n.Add(rows[2])
	proxy := line.MustProxy(t, street.Listen)
	street.MustRun("", "join", "--token", n.Token(street.Unit.Code), "--hub", "https://"+n.Above(street).Web,
		"--listen", street.Listen, "--web", street.Web, "--advertise", proxy.Address())
	street.Start()
	c := &crossing{Network: n, street: street, proxy: proxy, site: &site{Tier: n.Add(rows[3])}, maker: sample.NewMaker(seed)}
	n.Join(c.site.Tier)
	c.site.Start()
	return c
}

// stopAbove stops the hubs above the street, so that the site has no other way.
func (c *crossing) stopAbove(t *testing.T) {
	t.Helper()
	c.Tiers[1].Stop()
	c.City().Stop()
}

func (c *crossing) startAbove(t *testing.T) {
	t.Helper()
	c.City().Start()
	c.Tiers[1].Start()
}

func (c *crossing) await(t *testing.T, limit time.Duration, look func() string) time.Duration {
	t.Helper()
	return proctest.Await(t, limit, c.site.Unit.Name, look)
}

// writeUnlinked writes while the line refuses, so that what is written is one
// backlog.
func (c *crossing) writeUnlinked(t *testing.T, n int) {
	t.Helper()
	c.proxy.Refuse(true)
	c.proxy.Reset()
	c.await(t, 30*time.Second, func() string { return c.site.linked(t.Context(), false) })
	c.site.mustWrite(t, c.maker, n)
}

// TestCutLine resets the line at many bytes of a backlog, and then again and
// again on a line of 64 kbit/s.
func TestCutLine(t *testing.T) {
	t.Parallel()
	rep := report.Begin(t, "cut-line")
	c := mustCross(t)
	c.stopAbove(t)
	rep.Figure("backlog_changes", 200)
	c.writeUnlinked(t, 200)
	whole := c.drainBytes(t, 0)
	var again int64
	cuts := report.Scale(2, 60)
	for i := range cuts {
		c.writeUnlinked(t, 200)
		at := whole * int64(i+1) / int64(cuts+1)
		again += max(0, c.drainBytes(t, at)-whole)
		rep.Runs++
	}
	rep.Figure("bytes_of_an_uncut_drain", whole)
	rep.Figure("bytes_sent_again_percent", percent(again, whole*int64(cuts)))
	c.taken(t, rep)
	c.flapUntilDrained(t, rep)
	c.startAbove(t)
	wantOnce(t, c.City(), c.site)
	for _, tier := range c.Tiers {
		tier.MustVerify()
	}
}

// drainBytes lets the backlog through and returns the bytes it took upward; a
// cut of 0 is none.
func (c *crossing) drainBytes(t *testing.T, cut int64) int64 {
	t.Helper()
	before, _ := c.proxy.Passed(line.Up)
	if cut > 0 {
		c.proxy.CutAfter(cut)
	}
	c.proxy.Refuse(false)
	c.await(t, time.Minute, func() string { return c.site.arrived(t.Context()) })
	after, _ := c.proxy.Passed(line.Up)
	return after - before
}

// flapUntilDrained resets a line of 64 kbit/s every 7 s: each time it was
// whole, more must have arrived.
func (c *crossing) flapUntilDrained(t *testing.T, rep *report.Line) {
	const slow, between = 8000, 7 * time.Second
	c.writeUnlinked(t, report.Scale(1000, 3000))
	c.proxy.Limit(slow)
	defer c.proxy.Limit(0)
	c.proxy.Refuse(false)
	before, _ := c.proxy.Passed(line.Up)
	start, last, idle, flaps := time.Now(), c.atParent(t), 0, 0
	for c.site.arrived(t.Context()) != "" {
		if err := proctest.Until(t.Context(), between, func() string { return c.site.arrived(t.Context()) }); err == nil {
			break
		}
		c.proxy.Reset()
		flaps++
		if at := c.atParent(t); at == last {
			idle++
		} else {
			last = at
		}
		if idle > 3 {
			t.Fatalf("%d windows of %v, %d of them brought nothing; %s", flaps, between, idle, c.site.arrived(t.Context()))
		}
	}
	after, _ := c.proxy.Passed(line.Up)
	rep.Figure("flap_windows", flaps)
	rep.Figure("flap_windows_without_progress", idle)
	rep.Figure("flap_bytes", after-before)
	rep.Figure("flap_seconds", time.Since(start).Round(time.Second).Seconds())
}

func (c *crossing) atParent(t *testing.T) uint64 {
	t.Helper()
	st, err := c.site.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return st.Own.AtParent
}

func percent(part, whole int64) string {
	return fmt.Sprintf("%.1f", 100*float64(part)/float64(max(whole, 1)))
}
