package lines_test

import (
	"slices"
	"testing"
	"time"

	"tongbu/cmd/tongbu/internal/proctest"
	"tongbu/internal/testkit/report"
)

// What is asked of a city in a storm.
const (
	mostUnfair = 3.0 // the wait that 99 % stay below, in medians
	mostDrain  = 1.5 // the time until all have receipts, in the time that the backlog takes on the fullest line
)

// figures are what one storm measured, by name.
type figures map[string]any

func (f figures) waits(t *testing.T, waits []time.Duration) {
	slices.Sort(waits)
	median, p99 := waits[len(waits)/2], waits[len(waits)*99/100]
	ratio := p99.Seconds() / median.Seconds()
	if ratio > mostUnfair {
		t.Errorf("99 %% wait up to %v, which is %.1f times the median %v", p99, ratio, median)
	}
	f["first_s"], f["median_s"], f["p99_s"], f["last_s"] = seconds(waits[0]), seconds(median), seconds(p99), seconds(slices.Max(waits))
	f["p99_in_medians"] = tenths(ratio)
}

func (f figures) drain(t *testing.T, backlog int64, rate int, took time.Duration) {
	ideal := float64(backlog) / float64(rate)
	f["fullest_line_kib"], f["fullest_line_s"] = backlog>>10, tenths(ideal)
	f["drain_in_line_times"] = tenths(took.Seconds() / ideal)
	if report.Soak() && rate == modem && took.Seconds() > mostDrain*ideal {
		t.Errorf("drained after %v, want at most %.1f times the %.1f s that the fullest line needs", took, mostDrain, ideal)
	}
}

// limits of a hub's memory, in bytes, by its level.
var limits = map[int]int64{2: 384 << 20, 3: 128 << 20, 4: 128 << 20}

func (f figures) memory(t *testing.T, hubs []*proctest.Tier, before, after []proctest.Usage) {
	tiers := map[int]string{2: "city", 3: "district", 4: "street"}
	cpu := map[string]time.Duration{"communities": after[len(hubs)].CPU - before[len(hubs)].CPU}
	for level, tier := range tiers {
		var idle, earlier, peak int64
		for i, hub := range hubs {
			if hub.Unit.Level == level {
				idle, earlier, peak = max(idle, before[i].Resident), max(earlier, before[i].Peak), max(peak, after[i].Peak)
				cpu[tier] += after[i].CPU - before[i].CPU
			}
		}
		if peak > limits[level] {
			t.Errorf("a %s took up to %d MiB, want at most %d", tier, peak>>20, limits[level]>>20)
		}
		f[tier+"_mib"] = map[string]int64{"idle": idle >> 20, "peak_before": earlier >> 20, "peak": peak >> 20}
	}
	for who, took := range cpu {
		f[who+"_cpu_s"] = seconds(took)
	}
}

func seconds(d time.Duration) float64 { return tenths(d.Seconds()) }

func tenths(f float64) float64 { return float64(int64(f*100+0.5)) / 100 }
