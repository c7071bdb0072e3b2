package lines_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"tongbu/internal/question"
	"tongbu/internal/sample"
	"tongbu/internal/schema"
	"tongbu/internal/test/line"
	"tongbu/internal/test/proctest"
	"tongbu/internal/test/report"
)

// The backlog of a community: so many changes for each day without a line.
const changesADay = 10

func backlogDays() int { return report.Scale(3, 30) }

// storm is a city whose hubs are processes, each behind a line of its own, and
// whose communities return all at once.
type storm struct {
	*proctest.Network
	rep         *report.Line
	maker       *sample.Maker
	gate        *gate
	lines       []*line.Proxy // into each hub, the city's first
	communities []*community
}

// TestStorm has all communities of a city return in one moment, each with the
// backlog of a month: everything arrives once, nobody waits much longer than
// the others, it takes little longer than the lines need for it, and no hub
// keeps in memory what is on its way.
func TestStorm(t *testing.T) {
	rep := report.Begin(t, "storm")
	s := mustGather(t, rep)
	rates := []int{modem}
	if report.Soak() {
		rates = []int{dsl, modem}
	}
	for _, rate := range rates {
		s.runStorm(t, rate)
		rep.Runs++
	}
	for _, kind := range []string{"household", "person"} {
		s.counted(t, kind)
	}
	s.each(t, "status", (*community).checkStatus)
	s.verified(t)
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
		if row.Level == levelCommunity {
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

// each does something at every community at the same time; the first who
// cannot end the test.
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

// runStorm is one storm over lines of a rate, in bytes a second each way.
func (s *storm) runStorm(t *testing.T, rate int) {
	t.Helper()
	s.each(t, "fill", func(c *community) error { return c.fill(t.Context(), s.maker, backlogDays(), changesADay) })
	s.holdAll(t)
	for _, l := range s.lines {
		l.Limit(rate)
		defer l.Limit(0)
	}
	before, carried, called := s.usage(t), s.intoCity(), s.calls()
	waits := s.releaseAll(t)
	drained := slices.Max(waits)
	view := drained + proctest.Await(t, 5*time.Minute, "the city's view", func() string { return s.viewBehind(t.Context()) })
	f := figures{"changes": backlogDays() * changesADay * len(s.communities), "view_s": seconds(view)}
	all, fullest := s.backlog(t)
	f["backlog_kib"], f["into_city_kib"] = all>>10, (s.intoCity()-carried)>>10
	f["calls"] = s.calls() - called
	f.waits(t, waits)
	f.drain(t, fullest, rate, drained)
	f.memory(t, s.Tiers, before, s.usage(t))
	s.rep.Figure(fmt.Sprintf("%d kbit/s", rate*8/1000), f)
	s.each(t, "stop", (*community).halt)
}

// holdAll has all communities call at the same time, and holds them.
func (s *storm) holdAll(t *testing.T) {
	t.Helper()
	s.gate.shut()
	for _, c := range s.communities {
		c.start()
	}
	proctest.Await(t, 2*time.Minute, "all stand at the gate", func() string {
		if n := s.gate.waiting(); n < len(s.communities) {
			return fmt.Sprintf("%d of %d do", n, len(s.communities))
		}
		return ""
	})
}

// releaseAll opens the gate and tells how long each waited for its receipt.
func (s *storm) releaseAll(t *testing.T) []time.Duration {
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

// viewBehind looks whether the city's view has all that its journal has.
func (s *storm) viewBehind(ctx context.Context) string {
	st, err := s.City().Look(ctx)
	if err != nil {
		return err.Error()
	}
	if st.View.Behind == 0 {
		return ""
	}
	return fmt.Sprintf("is %d behind", st.View.Behind)
}

// intoCity is how many bytes have come to the city over all its lines.
func (s *storm) intoCity() int64 {
	bytes, _ := s.lines[0].Passed(line.Up)
	return bytes
}

// calls is how many connections have been made to hubs: when nothing breaks, one
// a community.
func (s *storm) calls() (n int) {
	for _, l := range s.lines {
		_, calls := l.Passed(line.Up)
		n += calls
	}
	return n
}

// backlog is what all communities have saved, and what the fullest line has to
// carry of it, in bytes of sealed batches. A hub's line carries what is below.
func (s *storm) backlog(t *testing.T) (all, fullest int64) {
	t.Helper()
	carried := map[string]int64{}
	for _, c := range s.communities {
		bytes, err := c.backlog()
		if err != nil {
			t.Fatalf("%s: %v", c.unit.Name, err)
		}
		all, carried[c.unit.Code] = all+bytes, bytes
		for at := s.Parent(c.unit); at != s.City(); at = s.Above(at) {
			carried[at.Unit.Code] += bytes
		}
	}
	return all, slices.Max(slices.Collect(maps.Values(carried)))
}

// usage is what each hub has taken so far; nil where the system does not tell.
func (s *storm) usage(t *testing.T) (all []proctest.Usage) {
	t.Helper()
	for _, hub := range s.Tiers {
		u, err := proctest.UsageOf(hub.Process().PID())
		if err != nil {
			s.rep.Skip(t, "the memory of a process: %v", err)
			return nil
		}
		all = append(all, u)
	}
	return all
}

// counted wants each record of a kind at the city once, and counted for the
// unit that saved it.
func (s *storm) counted(t *testing.T, kind string) {
	t.Helper()
	seen, err := s.City().Counted(t.Context(), kind)
	if err != nil {
		t.Fatal(err)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s %s is at the city %d times", kind, id, n)
		}
	}
	by, err := s.City().Ask(t.Context(), question.Question{Kind: kind, GroupBy: "community", PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]string{}
	for _, row := range by.Rows {
		counts[fmt.Sprint(row["community"])] = fmt.Sprint(row["count"])
	}
	saved := 0
	for _, c := range s.communities {
		saved += c.saved[kind]
		if got, want := counts[c.unit.Code], fmt.Sprint(c.saved[kind]); got != want {
			t.Errorf("%s: the city has %s of kind %s, want %s", c.unit.Name, got, kind, want)
		}
	}
	if len(seen) != saved {
		t.Errorf("the city has %d of kind %s, want %d", len(seen), kind, saved)
	}
}

func (s *storm) verified(t *testing.T) {
	t.Helper()
	for _, hub := range s.Tiers {
		if _, err := hub.Verified(t.Context()); err != nil {
			t.Errorf("%s: %v", hub.Unit.Name, err)
		}
	}
}
