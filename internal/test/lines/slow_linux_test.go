package lines_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"tongbu/internal/sample"
	"tongbu/internal/test/line"
	"tongbu/internal/test/proctest"
	"tongbu/internal/test/report"
)

// remote is a community with a network of its own and one line out of it.
type remote struct {
	site
	line *line.Emulator
}

// mustSpread founds a network whose hubs share a namespace, and communities
// that each reach them over a line of their own.
func mustSpread(t *testing.T, communities int) (*proctest.Network, []*remote) {
	t.Helper()
	rows, program := proctest.Rows([]int{1}, communities), mustBuild(t)
	hubs := line.MustNamespace(t)
	hubs.Host()
	dir := t.TempDir()
	n := proctest.FoundCity(t, (&proctest.Program{Path: hubs.Within(dir, program.Path)}).With(), rows)
	n.Grow(rows[1])
	street := n.Add(rows[2])
	for _, address := range []*string{&street.Listen, &street.Web} {
		*address = line.Hubs + (*address)[len("127.0.0.1"):]
	}
	n.Join(street)
	street.Start()
	var all []*remote
	for i, row := range rows[3:] {
		space := line.MustNamespace(t)
		r := &remote{site: site{Tier: n.Add(row)}, line: space.Link(hubs, i+1, report.Seed()+uint64(i))}
		r.Program = (&proctest.Program{Path: space.Within(dir, program.Path)}).With()
		n.Join(r.Tier)
		r.Start()
		all = append(all, r)
	}
	return n, all
}

// TestSlowLine drains backlogs over lines that lose, delay and pace, and
// finds out how soon a dead line is noticed.
func TestSlowLine(t *testing.T) {
	t.Parallel()
	rep := report.Begin(t, "slow-line")
	if err := line.Possible(); err != nil {
		rep.Skip(t, "emulated lines: %v", err)
		return
	}
	losses := []int{10}
	if report.Soak() {
		losses = []int{0, 5, 10, 20, 30}
	}
	n, all := mustSpread(t, len(losses))
	var lines sync.WaitGroup
	var mu sync.Mutex // guards the report
	for i, r := range all {
		lines.Go(func() {
			for _, c := range cells(losses[i]) {
				figure := r.drain(t, c, report.Scale(200, 150))
				mu.Lock()
				rep.Runs++
				rep.Figure(c.String(), figure)
				mu.Unlock()
			}
		})
	}
	lines.Wait()
	if t.Failed() {
		return
	}
	if report.Soak() {
		long := cell{loss: 10, trip: 600 * time.Millisecond, rate: modem}
		rep.Figure("10000 changes, "+long.String(), all[2].drain(t, long, 10_000))
		rep.Runs++
	}
	sites := make([]*site, len(all))
	for i, r := range all {
		r.line.Set(line.Shape{})
		sites[i] = &r.site
	}
	wantOnce(t, n.City(), sites...)
	for _, tier := range n.Tiers {
		tier.MustVerify()
	}
}

// cell is one line of the grid.
type cell struct {
	loss int           // percent, each way
	trip time.Duration // there and back
	rate int           // bytes a second
}

func (c cell) String() string {
	return fmt.Sprintf("loss %d %%, round trip %v, %d kbit/s", c.loss, c.trip, c.rate*8/1000)
}

func (c cell) shape() line.Shape {
	return line.Shape{Loss: float64(c.loss) / 100, Delay: c.trip / 2, Rate: c.rate}
}

func cells(loss int) (all []cell) {
	if !report.Soak() {
		return []cell{{loss: loss, trip: 600 * time.Millisecond, rate: modem}}
	}
	for _, rate := range []int{fibre, dsl, modem} {
		for _, trip := range []time.Duration{20, 200, 600} {
			all = append(all, cell{loss: loss, trip: trip * time.Millisecond, rate: rate})
		}
	}
	return all
}

// drain writes changes while the line is dead to it, and tells how they came
// over when it is as the cell says.
func (r *remote) drain(t *testing.T, c cell, changes int) (figure map[string]any) {
	const limit = 8 * time.Minute
	r.line.Set(c.shape())
	before := r.line.Tally(line.Up)
	start := time.Now()
	all := proctest.Persons(sample.NewMaker(seed), r.Unit.Code, len(r.people)+changes)
	if err := r.Write(t.Context(), "person", proctest.Lines(all[len(r.people):])); err != nil {
		t.Errorf("%v: %v", c, err)
		return nil
	}
	r.people = all
	if err := proctest.Until(t.Context(), limit, func() string { return r.arrived(t.Context()) }); err != nil {
		t.Errorf("%v: %v", c, err)
		return nil
	}
	took, up := time.Since(start), r.line.Tally(line.Up).Less(before)
	return map[string]any{
		"seconds":             took.Round(100 * time.Millisecond).Seconds(),
		"bytes_a_change":      up.Bytes / int64(changes),
		"sent_twice_percent":  percent(up.Twice, up.Payload),
		"lost_packets_upward": up.Lost,
	}
}

// TestDeadLine makes an idle line dead both ways and one way, and takes the
// time until the community says so.
func TestDeadLine(t *testing.T) {
	if !report.Soak() {
		t.Skip("waits for dead lines to be noticed; set TONGBU_SOAK=1")
	}
	t.Parallel()
	rep := report.Begin(t, "dead-line")
	if err := line.Possible(); err != nil {
		rep.Skip(t, "emulated lines: %v", err)
		return
	}
	_, all := mustSpread(t, 3)
	dead, ways := line.Shape{Loss: 1}, []string{"both ways", "upward", "downward"}
	var lines sync.WaitGroup
	var mu sync.Mutex // guards the report
	for i, r := range all {
		r.mustWrite(t, sample.NewMaker(seed), 1) // a new link is opened again once the tree has arrived, which is not what is timed
		proctest.Await(t, 2*time.Minute, "a record", func() string { return r.recorded(t.Context()) })
		proctest.Await(t, 2*time.Minute, "a line", func() string { return r.linked(t.Context(), true) })
		lines.Go(func() {
			if ways[i] != "downward" {
				r.line.SetWay(line.Up, dead)
			}
			if ways[i] != "upward" {
				r.line.SetWay(line.Down, dead)
			}
			start := time.Now()
			if err := proctest.Until(t.Context(), 3*time.Minute, func() string { return r.linked(t.Context(), false) }); err != nil {
				t.Errorf("dead %s: %v", ways[i], err)
			}
			mu.Lock()
			defer mu.Unlock()
			rep.Figure("dead "+ways[i]+", noticed after seconds", time.Since(start).Round(time.Second).Seconds())
			rep.Runs++
		})
	}
	lines.Wait()
}
