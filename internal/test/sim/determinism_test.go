package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/test/sim"
)

// traced is a week under swizzle-clog, with every message told.
func traced(seed uint64) string {
	var out strings.Builder
	w := sim.NewWorld(sim.Config{Town: sim.Small(), Seed: seed, All: true, Trace: func(line string) { out.WriteString(line + "\n") }})
	w.Month(7)
	fmt.Fprintf(&out, "%+v\n", w.Tally())
	return out.String()
}

// TestSameSeedSameTrace: a failure is replayed from the number it prints.
func TestSameSeedSameTrace(t *testing.T) {
	first := traced(3)
	if strings.Count(first, "\n") < 1000 {
		t.Fatalf("the trace has only %d lines", strings.Count(first, "\n"))
	}
	for range 3 {
		if again := traced(3); again != first {
			t.Fatalf("the same seed has another trace\n%s", cmp.Diff(first, again))
		}
	}
	if traced(4) == first {
		t.Error("another seed has the same trace")
	}
}

// TestClocksDecideNothing: whatever the clocks say, the same values win.
func TestClocksDecideNothing(t *testing.T) {
	honest := winners(t, sideBySide, "")
	if len(honest) < 10 {
		t.Fatalf("only %d fields were written", len(honest))
	}
	for _, clocks := range []string{
		"clock community-1 +10y", "clock community-1 -10y\nclock second +10y", "clock second stopped\nclock street-1 -3d\nclock city +1d",
	} {
		if diff := cmp.Diff(honest, winners(t, sideBySide, clocks)); diff != "" {
			t.Errorf("%q: other values win (-right clocks +wrong clocks)\n%s", clocks, diff)
		}
	}
}

// winners plays a script with other clocks.
func winners(t *testing.T, script, clocks string) []string {
	t.Helper()
	lines := slices.DeleteFunc(strings.Split(script, "\n"), func(line string) bool { return strings.HasPrefix(line, "clock ") })
	lines = slices.Insert(lines, 1, clocks) // after the second device is there
	w, _, err := sim.Play(strings.Join(lines, "\n"), sim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	wantSound(t, w)
	return w.Winners()
}

// everyMessage has changes travel both ways, a fork and an older copy.
const everyMessage = `write community-1 2
settle
backup community-1
cut community-1
write community-1 1
say city community-1
poison community-1
settle
mend community-1
settle
cut community-1
older community-1
write community-1 2
settle
mend community-1
settle
write community-1 1
heal`

// TestBreakAtEveryMessage breaks the link at each message in turn: nothing is
// lost and nothing doubled, wherever it breaks.
func TestBreakAtEveryMessage(t *testing.T) {
	w, _, err := sim.Play(everyMessage, sim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	wantSound(t, w)
	if w.Tally().Forks == 0 {
		t.Error("the script has no fork")
	}
	for k := 1; k <= w.Tally().Messages; k++ {
		broken, _, err := sim.Play(everyMessage, sim.Config{BreakAt: k})
		if err != nil {
			t.Fatalf("broken at message %d: %v", k, err)
		}
		for _, v := range broken.Violations() {
			t.Errorf("broken at message %d: %s", k, v)
		}
	}
}
