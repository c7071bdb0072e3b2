package attack_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongbu/internal/question"
	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
	"tongbu/syncer/remote"
)

// innocent is a community that works on: it asks its street, and saves.
type innocent struct {
	tier  *proctest.Tier
	line  *remote.Client
	maker *sample.Maker
	saves int
}

// Limits of what an innocent device waits for; longer counts as that long.
const (
	waitsForAnswer = 30 * time.Second
	waitsForCity   = time.Minute
	betweenAsks    = 150 * time.Millisecond // a device may ask ten times a second
)

// waits are how long somebody waited, of each kind.
type waits struct{ asked, saved, recorded []time.Duration }

// work asks and saves until the context ends, and once at least. What fails counts
// as the longest wait.
func (n *innocent) work(ctx context.Context) (w waits) {
	var both sync.WaitGroup
	both.Go(func() { w.asked = repeat(ctx, betweenAsks, n.ask) })
	for first := true; first || ctx.Err() == nil; first = false {
		took := n.save()
		w.saved = append(w.saved, took)
		w.recorded = append(w.recorded, took+n.record())
	}
	both.Wait()
	return w
}

func repeat(ctx context.Context, every time.Duration, do func() time.Duration) (all []time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		all = append(all, do())
		select {
		case <-ctx.Done():
			return all
		case <-tick.C:
		}
	}
}

func (n *innocent) ask() time.Duration {
	ctx, cancel := context.WithTimeout(context.Background(), waitsForAnswer)
	defer cancel()
	start := time.Now()
	if _, err := n.line.Query(ctx, question.Question{Kind: "person", PageSize: 20}); err != nil {
		return waitsForAnswer
	}
	return time.Since(start)
}

func (n *innocent) save() time.Duration {
	ctx, cancel := context.WithTimeout(context.Background(), waitsForAnswer)
	defer cancel()
	person := proctest.Persons(n.maker, n.tier.Unit.Code, 1)[:1]
	n.saves++ // each is another edit of one person
	person[0].Object["remark"] = fmt.Sprint("edit ", n.saves)
	start := time.Now()
	if err := n.tier.Write(ctx, "person", proctest.Lines(person)); err != nil {
		return waitsForAnswer
	}
	return time.Since(start)
}

// record waits until the city has recorded all that was saved.
func (n *innocent) record() time.Duration {
	start := time.Now()
	err := proctest.Until(context.Background(), waitsForCity, func() string {
		st, err := n.tier.Look(context.Background())
		if err != nil || st.Own.AtCity < st.Own.Head {
			return fmt.Sprint(st.Own, err)
		}
		return ""
	})
	if err != nil {
		return waitsForCity
	}
	return time.Since(start)
}

// p99 is the wait that one in a hundred is longer than: of few, the longest.
func p99(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, len(sorted)*99/100)]
}

// spread is how many waits there were, and how long the middle one and others.
func spread(all []time.Duration) string {
	sorted := slices.Sorted(slices.Values(all))
	at := func(share int) int64 { return sorted[min(len(sorted)-1, len(sorted)*share/100)].Milliseconds() }
	return fmt.Sprintf("%d of %d, %d, %d, %d ms", len(all), at(50), at(90), at(99), at(100))
}

// state is what a hub takes and keeps at one moment.
type state struct{ resident, peak, files, log int64 }

func stateOf(t *testing.T, of *proctest.Tier) (s state) {
	t.Helper()
	u, err := proctest.UsageOf(of.Process().PID())
	if err != nil {
		t.Fatal(err)
	}
	s.resident, s.peak, s.log = u.Resident, u.Peak, int64(len(of.Log()))
	for _, name := range []string{"journal.db", "view.db", "view.db-wal"} {
		if info, err := os.Stat(of.File(name)); err == nil {
			s.files += info.Size()
		}
	}
	return s
}

// forgetPeak has the system count the most that a process takes from now on.
func forgetPeak(t *testing.T, of *proctest.Tier) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", of.Process().PID()), []byte("5"), 0); err != nil {
		t.Skipf("the system does not let the peak be reset: %v", err)
	}
}

// effect is what one flood did.
type effect struct {
	name         string
	amount       string
	sent         int64
	street, city struct{ before, after state }
	quiet, under waits
}

const mib = 1 << 20

// row is the effect as a line of a table.
func (e *effect) row() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | %s | %.2f |", e.name, e.amount, float64(e.sent)/mib)
	for _, hub := range []struct{ before, after state }{e.street, e.city} {
		fmt.Fprintf(&b, " %d (%d) | %.1f / %.1f |", hub.after.peak/mib, hub.before.resident/mib,
			float64(hub.after.files-hub.before.files)/mib, float64(hub.after.log-hub.before.log)/1024)
	}
	for _, pair := range [][2][]time.Duration{{e.quiet.asked, e.under.asked}, {e.quiet.saved, e.under.saved}, {e.quiet.recorded, e.under.recorded}} {
		quiet, under := p99(pair[0]), p99(pair[1])
		fmt.Fprintf(&b, " %.1f (%d / %d ms) |", float64(under)/float64(quiet), under.Milliseconds(), quiet.Milliseconds())
	}
	return b.String()
}

const tableHead = `| flood | amount | sent, MiB | street: peak (before), MiB | street: files, MiB / log, KiB | city: peak (before), MiB | city: files, MiB / log, KiB | question p99, times (under / without) | save p99 | save to recorded p99 |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |`
