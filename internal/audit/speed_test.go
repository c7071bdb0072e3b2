package audit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/durable"
	"tongbu/internal/journal"
)

// BenchmarkLookup compares an entry in a table of the journal, where the log was, with
// one in the file, alone and 32 at once, and with one sync of the disk; p99 beside the
// mean.
func BenchmarkLookup(b *testing.B) {
	w := newWorld(b)
	w.opts.Sync = durable.SyncData
	w.open()
	table := func() error {
		return w.store.Update(b.Context(), func(tx *journal.Tx) error {
			_, err := audit.AppendTable(tx, entry(1))
			return err
		})
	}
	file := func() error {
		_, err := w.log.Append(b.Context(), entry(1))
		return err
	}
	f, err := os.Create(filepath.Join(b.TempDir(), "probe"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only a probe
	line := bytes.Repeat([]byte("x"), 500)
	probe := func() error {
		if _, err := f.Write(line); err != nil {
			return err
		}
		return f.Sync()
	}
	b.Run("fsync", func(b *testing.B) { measure(b, 1, probe) })
	b.Run("table/alone", func(b *testing.B) { measure(b, 1, table) })
	b.Run("file/alone", func(b *testing.B) { measure(b, 1, file) })
	b.Run("table/32", func(b *testing.B) { measure(b, 32, table) })
	b.Run("file/32", func(b *testing.B) { measure(b, 32, file) })
}

// measure runs a step by so many at once and reports the median and p99 of each.
func measure(b *testing.B, by int, step func() error) {
	var mu sync.Mutex
	var all []time.Duration
	var group sync.WaitGroup
	b.ResetTimer()
	for i := range by {
		group.Go(func() {
			for n := i; n < b.N; n += by {
				start := time.Now()
				if err := step(); err != nil {
					b.Error(err)
					return
				}
				took := time.Since(start)
				mu.Lock()
				all = append(all, took)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	b.StopTimer()
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
}
