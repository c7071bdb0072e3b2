package sim_test

import (
	"fmt"
	"runtime/debug"
	"sync"
	"syscall"
	"testing"
	"time"

	"tongbu/internal/test/report"
	"tongbu/internal/test/sim"
)

// worldsAtOnce is how many seeds run side by side, each a world of its own.
const worldsAtOnce = 2

// month is one run of the suite.
type month struct {
	town  func() *sim.Town
	name  string
	seed  uint64
	days  int
	liars int
}

// outcome is what is kept of a run; its world is not.
type outcome struct {
	month
	tally      sim.Tally
	violations []sim.Violation
}

// TestSwizzle plays months of work in which lines are cut one by one and
// mended in random order, with what else the seed brings: crashes, lost disks,
// backups restored, clones, full disks, wrong clocks. Long, it plays 500 months
// of twelve devices and 5 of the whole city.
func TestSwizzle(t *testing.T) {
	line := report.Begin(t, "simulation")
	first := report.Seed()
	small, large := report.Scale(10, 500), report.Scale(1, 5)
	line.Seeds = fmt.Sprintf("%d-%d", first, first+uint64(small)-1)
	var months []month
	for i := range large {
		months = append(months, month{town: func() *sim.Town { return sim.Huangshi(report.Scale(30, 182)) }, name: "city", seed: first + uint64(i), days: report.Scale(4, 30)})
	}
	for i := range small {
		months = append(months, month{town: sim.Twelve, name: "twelve", seed: first + uint64(i), days: 30})
	}
	before := used()
	run(t, line, months)
	line.Figure("cpu_seconds", (used() - before).Seconds())
}

// run plays the months on a few goroutines and adds them up.
func run(t *testing.T, line *report.Line, months []month) sim.Tally {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // a world lives for seconds
	todo := make(chan month)
	done := make(chan outcome)
	var workers sync.WaitGroup
	for range worldsAtOnce {
		workers.Go(func() {
			for m := range todo {
				w := sim.NewWorld(sim.Config{Town: m.town(), Seed: m.seed, Liars: m.liars})
				w.Month(m.days)
				done <- outcome{m, w.Tally(), w.Violations()}
			}
		})
	}
	go func() {
		for _, m := range months {
			todo <- m
		}
		close(todo)
		workers.Wait()
		close(done)
	}()
	total := sim.Tally{}
	for o := range done {
		line.Runs++
		line.States += o.tally.Events
		line.Violations += len(o.violations)
		total.Add(o.tally)
		for _, v := range o.violations {
			t.Errorf("%s, replay with %s=%d: %s", o.name, report.EnvSeed, o.seed, v)
		}
	}
	figures(line, total)
	return total
}

func figures(line *report.Line, total sim.Tally) {
	line.Figure("changes_saved", total.Saved)
	line.Figure("lost", total.Lost)
	line.Figure("virtual_days", total.Days)
	line.Figure("messages", total.Messages)
	line.Figure("forks_healed", total.Forks)
	line.Figure("written_again", total.Twice)
	line.Figure("only_copy_lost", total.Excused)
	line.Figure("set_aside_only", total.Aside)
	line.Figure("refused", total.Refused)
	line.Figure("disks_lost_or_restored", total.Disks)
	line.Figure("city_epochs", total.Epochs)
	line.Figure("slowest_drain_seconds", total.Drain.Round(time.Second).Seconds())
	line.Figure("batch_bytes_sent_per_byte_made", total.Overhead())
}

// used is the processor time of the process.
func used() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
