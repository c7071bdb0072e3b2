package lines_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"tongbu/cmd/tongbu/internal/proctest"
	"tongbu/internal/sample"
	"tongbu/internal/schema"
	"tongbu/internal/testkit/line"
	"tongbu/internal/testkit/report"
	"tongbu/syncer"
)

// A storm's backlog: ten changes a day of a community that had no line.
const changesADay = 10

func backlogDays() int { return report.Scale(3, 30) }

// storm is a city whose hubs are processes, each behind a line of its own, and
// whose communities return all at once.
type storm struct {
	*proctest.Network
	rep         *report.Line
	maker       *sample.Maker
	gate        *gate
	lines       []*line.Proxy // into each hub
	communities []*community
}

// TestStorm has all communities of a city return in one moment, each with a
// month's backlog: everything arrives once, nobody waits much longer than the
// others, the lines are what it takes its time for, and no hub's memory grows
// with what is on its way.
func TestStorm(t *testing.T) {
	rep := report.Begin(t, "storm")
	s := mustGather(t, rep)
	rates := []int{modem}
	if report.Soak() {
		rates = []int{dsl, modem}
	}
	for _, rate := range rates {
		s.strike(t, rate)
		rep.Runs++
	}
	s.whole(t)
}

func mustGather(t *testing.T, rep *report.Line) *storm {
	t.Helper()
	rows := proctest.Rows([]int{2, 1}, 7)
	if report.Soak() {
		rows = sample.Pick(182).Rows
	}
	s := &storm{rep: rep, maker: sample.NewMaker(seed), gate: newGate()}
	s.Network = proctest.FoundHubs(t, mustBuild(t), rows, func(listen string) string {
		p := line.MustProxy(t, listen)
		s.lines = append(s.lines, p)
		return p.Address()
	})
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Level == 5 {
			s.communities = append(s.communities, mustEnrol(t, s.Network, kinds, row, s.gate))
		}
	}
	rep.Figure("hubs", len(s.Tiers))
	rep.Figure("communities", len(s.communities))
	s.each(t, "first line", func(c *community) error {
		c.start()
		if err := proctest.Until(t.Context(), 2*time.Minute, c.linked); err != nil {
			return err
		}
		return c.halt()
	})
	return s
}

// each does something at every community at the same time.
func (s *storm) each(t *testing.T, what string, do func(*community) error) {
	t.Helper()
	errs := make([]error, len(s.communities))
	var all sync.WaitGroup
	for i, c := range s.communities {
		all.Go(func() { errs[i] = do(c) })
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("%s: %s: %v", s.communities[i].unit.Name, what, err)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// strike is one storm over lines of a rate, in bytes a second each way.
func (s *storm) strike(t *testing.T, rate int) {
	s.each(t, "fill", func(c *community) error { return c.fill(t.Context(), s.maker, backlogDays(), changesADay) })
	s.gate.shut()
	s.each(t, "start", func(c *community) error { c.start(); return nil })
	proctest.Await(t, 2*time.Minute, "all stand at the gate", func() string {
		if n := s.gate.waiting(); n < len(s.communities) {
			return fmt.Sprintf("%d of %d do", n, len(s.communities))
		}
		return ""
	})
	for _, l := range s.lines {
		l.Limit(rate)
	}
	before := s.usage(t)
	waits := s.release(t)
	drained := slices.Max(waits)
	view := drained + proctest.Await(t, 5*time.Minute, "the city's view", func() string { return s.behind(t.Context()) })
	after := s.usage(t)
	for _, l := range s.lines {
		l.Limit(0)
	}
	f := figures{}
	f.waits(t, waits)
	f.drain(t, s.fullest(t), rate, drained)
	f["view_s"] = view.Round(10 * time.Millisecond).Seconds()
	f["changes"] = backlogDays() * changesADay * len(s.communities)
	f.memory(t, s.Tiers, before, after)
	s.rep.Figure(fmt.Sprintf("%d kbit/s", rate*8/1000), f)
	s.each(t, "stop", func(c *community) error { return c.halt() })
}

// release opens the gate and tells how long each waited for its receipt.
func (s *storm) release(t *testing.T) []time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	var mu sync.Mutex // guards waits
	var waits []time.Duration
	start := time.Now()
	s.gate.open()
	s.each(t, "receipt", func(c *community) error {
		err := c.recorded(ctx)
		mu.Lock()
		defer mu.Unlock()
		waits = append(waits, time.Since(start))
		return err
	})
	return waits
}

func (s *storm) behind(ctx context.Context) string {
	st, err := s.City().Look(ctx)
	if err != nil {
		return err.Error()
	}
	if st.View.Behind == 0 {
		return ""
	}
	return fmt.Sprintf("is %d behind", st.View.Behind)
}

// fullest is the backlog of the line that has most to carry, in bytes of
// sealed batches: that of a district, which carries what is below it.
func (s *storm) fullest(t *testing.T) int64 {
	t.Helper()
	carried := map[string]int64{}
	for _, c := range s.communities {
		bytes, err := c.backlog()
		if err != nil {
			t.Fatalf("%s: %v", c.unit.Name, err)
		}
		carried[c.unit.Code] += bytes
		for at := s.Parent(c.unit); at != s.City(); at = s.Above(at) {
			carried[at.Unit.Code] += bytes
		}
	}
	most := int64(0)
	for _, bytes := range carried {
		most = max(most, bytes)
	}
	return most
}

// usage is what each hub has taken so far; the last is the test itself, with
// all communities.
func (s *storm) usage(t *testing.T) (all []proctest.Usage) {
	t.Helper()
	pids := []int{}
	for _, hub := range s.Tiers {
		pids = append(pids, hub.Process().PID())
	}
	for _, pid := range append(pids, os.Getpid()) {
		u, err := proctest.UsageOf(pid)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, u)
	}
	return all
}

// whole wants each record at the city once, counted for its unit, and every
// tier sound.
func (s *storm) whole(t *testing.T) {
	for _, kind := range []string{"household", "person"} {
		seen, err := s.City().Counted(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		by, err := s.City().Ask(t.Context(), syncer.Question{Kind: kind, GroupBy: "community", PageSize: 1000})
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]string{}
		for _, row := range by.Rows {
			counts[fmt.Sprint(row["community"])] = fmt.Sprint(row["count"])
		}
		sum := 0
		for _, c := range s.communities {
			sum += c.saved[kind]
			if got, want := counts[c.unit.Code], fmt.Sprint(c.saved[kind]); got != want {
				t.Errorf("%s: the city has %s of kind %s, want %s", c.unit.Name, got, kind, want)
			}
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s is there %d times", id, n)
			}
		}
		if len(seen) != sum {
			t.Errorf("the city has %d records of kind %s, want %d", len(seen), kind, sum)
		}
	}
	s.each(t, "status", (*community).sound)
	for _, hub := range s.Tiers {
		hub.MustVerify()
	}
}
