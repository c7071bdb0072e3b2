package sim_test

import (
	"fmt"
	"testing"

	"tongbu/internal/test/report"
	"tongbu/internal/test/sim"
)

// TestLiars plays months like those of TestSwizzle in which a few enrolled devices
// write what they may not and say on their lines what is not so: the records of all
// others are those that the honest changes make, at every tier, and nothing that an
// honest device has said is lost, doubled or refused for it.
func TestLiars(t *testing.T) {
	line := report.Begin(t, "simulation with devices that lie")
	first, count := report.Seed(), report.Scale(2, 60)
	line.Seeds = fmt.Sprintf("%d-%d", first, first+uint64(count)-1)
	var months []month
	for i := range count {
		months = append(months, month{town: sim.Twelve, name: "liars", seed: first + uint64(i), days: report.Scale(12, 30), liars: 3})
	}
	total := run(t, line, months)
	line.Figure("lies_written", total.Lies)
	line.Figure("lies_said_on_lines", total.Spoken)
	if total.Lies == 0 || total.Spoken == 0 {
		t.Error("nobody lied")
	}
}
