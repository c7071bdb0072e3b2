package stack_test

import (
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"tongbu/internal/test/report"
	"tongbu/internal/test/stack"
	"tongbu/internal/tree"
)

// figures are what a scenario measured, by name.
type figures map[string]any

// scenario is one story of faults, played in a bubble of its own. It ends with
// MustBeWhole.
type scenario func(w *stack.World) figures

// scenarios by name; each plays on the small tree.
var scenarios = map[string]scenario{
	"yesterdays_file":         yesterdaysFile,
	"idle_older_copy":         idleOlderCopy,
	"cloned_disk":             clonedDisk,
	"hub_journal_lost":        hubJournalLost,
	"hub_lost_after_cuts":     hubLostAfterCuts,
	"hub_replaced":            hubReplaced,
	"hub_restored":            hubRestored,
	"city_restored":           cityRestored,
	"crashes_everywhere":      crashesEverywhere,
	"flapping_line":           flappingLine,
	"cut_within_batches":      cutWithinBatches,
	"swizzled_lines":          swizzledLines,
	"street_alone":            streetAlone,
	"morning_storm":           morningStorm,
	"two_paths":               twoPaths,
	"moved_community":         movedCommunity,
	"wrong_clocks":            wrongClocks,
	"clock_set_back":          clockSetBack,
	"city_ahead":              cityAhead,
	"away_180_days":           awayHalfAYear,
	"refused_beside_good":     refusedBesideGood,
	"revoked_while_linked":    revokedWhileLinked,
	"published_while_running": publishedWhileRunning,
}

// TestStack plays every scenario with the real stack: what is refused or
// parked is said by name, all else is at the city exactly once, and every tier
// can prove that it has the same.
func TestStack(t *testing.T) {
	line := report.Begin(t, "stack")
	var mu sync.Mutex // guards line
	t.Run("small", func(t *testing.T) {
		for _, name := range slices.Sorted(maps.Keys(scenarios)) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				found, start := figures{}, time.Now()
				stack.Play(t, small(), func(w *stack.World) { found = scenarios[name](w) })
				mu.Lock()
				defer mu.Unlock()
				line.Runs++
				if t.Failed() {
					line.Violations++
				}
				for figure, value := range found {
					line.Figure(name+"."+figure, value)
				}
				t.Logf("%v in %v", found, time.Since(start).Round(time.Millisecond))
			})
		}
	})
}

// small is a city of two districts, three streets and six communities.
func small() stack.Options {
	return stack.Options{Units: stack.Huangshi(2, 3, 6), Beat: 5 * time.Minute, Prefer: 2 * time.Minute, Down: time.Minute, Log: logger()}
}

// logger is silent unless a failure is looked into.
func logger() *slog.Logger {
	if os.Getenv("TONGBU_LOG") == "" {
		return nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func communities(w *stack.World) []*stack.Device { return w.Of(tree.Community, w.City.Unit.ID) }

func streets(w *stack.World) []*stack.Device { return w.Of(tree.Street, w.City.Unit.ID) }

// below lists the communities of a hub.
func below(w *stack.World, hub *stack.Device) []*stack.Device {
	return w.Of(tree.Community, hub.Unit.ID)
}

// delivered waits until a node's last change is at the city and its receipt
// back.
func delivered(w *stack.World, nodes ...*stack.Device) time.Duration {
	start := time.Now()
	w.Await(2*time.Hour, "receipts are back", func() bool {
		for _, n := range nodes {
			if own := n.MustStatus().Own; own.AtCity != own.Head {
				return false
			}
		}
		return true
	})
	return time.Since(start)
}

// days is that long in the long form; in the short one a day has two hours.
func days(n int) time.Duration {
	return time.Duration(n) * time.Duration(report.Scale(2, 24)) * time.Hour
}

func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }
