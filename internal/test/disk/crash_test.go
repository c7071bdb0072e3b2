package disk_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"tongbu/internal/test/disk"
	"tongbu/internal/test/report"
)

// begin starts a suite's line, or skips where nothing can be recorded.
func begin(t *testing.T, suite string) *report.Line {
	t.Helper()
	line := report.Begin(t, suite)
	if why := disk.Missing(); why != "" {
		line.Skip(t, "%s", why)
		t.SkipNow()
	}
	return line
}

// bound is the 95 % bound on the share of states that fail when none of n did.
func bound(n int) string { return fmt.Sprintf("%.1e", 3/float64(max(n, 1))) }

// TestCrashStates: whatever a power cut leaves of writes that were not
// synced, at any moment, every tier opens what is there without help and has
// all that it acknowledged or showed, whole.
func TestCrashStates(t *testing.T) {
	line := begin(t, "crash-states")
	effort := disk.Effort{Subsets: report.Scale(1, 60), Torn: report.Scale(2, 160), Most: report.Scale(4, 16)}
	var first int
	for _, l := range lives(t, report.Scale(2, 6)) {
		c := crash(t, l.tape, effort, 1)
		for _, example := range c.examples {
			t.Error(example)
		}
		line.Runs += int(c.cuts.Load())
		line.States += int(c.states.Load())
		line.Violations += int(c.violations.Load())
		line.Figure(l.tier+"_states", c.states.Load())
		line.Figure(l.tier+"_contents", len(c.contents))
		first += int(c.first.Load())
	}
	line.Seeds = fmt.Sprint(report.Seed())
	line.Figure("first_start_states", first)
	line.Figure("bound_95", bound(line.States))
}

// crashes counts what a sweep found.
type crashes struct {
	*judge
	cuts, states, first, violations atomic.Int64
	mu                              sync.Mutex // guards examples
	examples                        []string   // the first violations
}

// crash tries the moments of a tape, all or one in so many, on an honest disk.
func crash(t *testing.T, recorded *tape, effort disk.Effort, every int) *crashes {
	t.Helper()
	c := &crashes{judge: newJudge(recorded)}
	s := &sweep{tape: recorded, effort: effort, seed: report.Seed(), every: every}
	s.run(t, func(w workplace, m moment, image disk.Image) error {
		o, fresh, err := c.openState(w, image)
		if err != nil {
			return err
		}
		c.cuts.Add(1)
		if fresh {
			c.states.Add(1)
			if m.acked == 0 {
				c.first.Add(1)
			}
		}
		if wrong := c.findWrong(o, m); len(wrong) > 0 {
			c.violated(m, wrong[0])
		}
		return nil
	})
	return c
}

const maxExamples = 5

func (c *crashes) violated(m moment, wrong string) {
	if c.violations.Add(1) > maxExamples {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.examples = append(c.examples, fmt.Sprintf("%s, cut before operation %d (step %d begun, %d acknowledged): %s", c.tier, m.op, m.begun, m.acked, wrong))
}
