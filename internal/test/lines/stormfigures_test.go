package lines_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"tongbu/internal/test/proctest"
	"tongbu/internal/test/report"
)

// What a city must stand in a storm.
const (
	mostUnfair = 3.0 // the wait that 99 % stay below, in medians
	mostDrain  = 1.5 // the time until all have their receipts, in times that the fullest line needs for its backlog
)

// mostOwn is what a hub may take, without pages of files, in bytes, by its
// level. The city's is that of the caches of its view; the others pass on what
// comes and hold little more than when they are idle.
var mostOwn = map[int]int64{2: 384 << 20, 3: 32 << 20, 4: 32 << 20}

var tierNames = map[int]string{2: "city", 3: "district", 4: "street"}

const levelCommunity = 5

// figures are what one storm measured, by name.
type figures map[string]any

func (f figures) waits(t *testing.T, waits []time.Duration) {
	t.Helper()
	slices.Sort(waits)
	median, p99 := waits[len(waits)/2], waits[len(waits)*99/100]
	unfair := p99.Seconds() / median.Seconds()
	if unfair > mostUnfair {
		t.Errorf("99 %% waited up to %v, %.1f times the median %v; want at most %.1f times", p99, unfair, median, mostUnfair)
	}
	f["first_s"], f["median_s"], f["p99_s"], f["last_s"] = seconds(waits[0]), seconds(median), seconds(p99), seconds(waits[len(waits)-1])
	f["p99_in_medians"] = round(unfair)
}

// drain is held in the long form and where a line is slow: else the processors
// of the machine, and what a link says before the first batch, weigh more.
func (f figures) drain(t *testing.T, fullest int64, rate int, took time.Duration) {
	t.Helper()
	least := float64(fullest) / float64(rate)
	if report.Soak() && rate == modem && took.Seconds() > mostDrain*least {
		t.Errorf("all had receipts after %v, want at most %.1f times the %.1f s that the fullest line needs", took, mostDrain, least)
	}
	f["fullest_line_kib"], f["fullest_line_s"] = fullest>>10, round(least)
	f["drain_in_line_times"] = round(took.Seconds() / least)
}

func (f figures) memory(t *testing.T, hubs []*proctest.Tier, before, after []proctest.Usage) {
	t.Helper()
	if before == nil || after == nil {
		return
	}
	for level, tier := range tierNames {
		var idle, peak, own int64
		var cpu time.Duration
		for i, hub := range hubs {
			if hub.Unit.Level == level {
				idle, peak = max(idle, before[i].Resident), max(peak, after[i].Peak)
				own, cpu = max(own, after[i].Peak-after[i].Files), cpu+after[i].CPU-before[i].CPU
			}
		}
		if own > mostOwn[level] {
			t.Errorf("a %s took up to %d MiB, want at most %d", tier, own>>20, mostOwn[level]>>20)
		}
		f[tier] = map[string]any{"idle_mib": idle >> 20, "peak_mib": peak >> 20, "peak_without_files_mib": own >> 20, "cpu_s": seconds(cpu)}
	}
}

func seconds(d time.Duration) float64 { return round(d.Seconds()) }

func round(f float64) float64 { return math.Round(f*100) / 100 }
