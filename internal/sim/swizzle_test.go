package sim_test

import (
	"testing"
	"time"

	"tongbu/internal/sim"
)

func TestQuick(t *testing.T) {
	for seed := uint64(1); seed <= 3; seed++ {
		start := time.Now()
		w := sim.NewWorld(sim.Config{Town: sim.Twelve(), Seed: seed})
		w.Month(30)
		t.Logf("seed %d: %d events, %s", seed, w.Events(), time.Since(start))
		for _, v := range w.Violations() {
			t.Errorf("seed %d: %s", seed, v)
		}
	}
}
