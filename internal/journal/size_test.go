package journal_test

import (
	"fmt"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// census is a change of 20 fields as a household survey makes it.
func census(t testing.TB, n int) []byte {
	t.Helper()
	fields := map[string]change.Value{}
	for i := range 20 {
		fields[fmt.Sprintf("field_%02d", i)] = change.Text(fmt.Sprintf("value %d", n*31+i*7))
	}
	c := &change.Change{Kind: "person", Record: change.RecordID(fmt.Sprintf("0198c0de-0000-7000-8000-%012d", n)), Fields: change.FieldsOf(fields),
		Actor: "clerk-1", At: 1_772_352_000_000 + int64(n)}
	raw, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestBytesPerChange measures what DESIGN.md states.
func TestBytesPerChange(t *testing.T) {
	const count = 10_000
	d := newDevice(1)
	for _, size := range []int{1, 20, 1000} {
		s := newStore(t)
		encoded := 0
		for n := 0; n < count; {
			mustUpdate(t, s, func(tx *journal.Tx) error {
				for range 1000 {
					raw := census(t, n)
					encoded += len(raw)
					if _, err := tx.Add(d.stream, d.unit, raw); err != nil {
						return err
					}
					if n++; n%size == 0 {
						if _, err := tx.Seal(change.BatchRows, d.stream, d.key, 1); err != nil {
							return err
						}
					}
				}
				return nil
			})
		}
		disk := s.Used(t)
		t.Logf("batches of %4d: a change has %d bytes encoded, %d on disk", size, encoded/count, int(disk)/count)
		if limit := int64(count * (encoded/count + 1200)); disk > limit {
			t.Errorf("%d bytes on disk for batches of %d", disk, size)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	s, d := newStore(b), newDevice(1)
	raw := census(b, 1)
	for b.Loop() {
		mustUpdate(b, s, func(tx *journal.Tx) error { _, err := tx.Add(d.stream, d.unit, raw); return err })
	}
}

func BenchmarkAddParallel(b *testing.B) {
	s, d := newStore(b), newDevice(1)
	raw := census(b, 1)
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.Update(b.Context(), func(tx *journal.Tx) error { _, err := tx.Add(d.stream, d.unit, raw); return err }); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(s.Stats().Updates)/float64(s.Stats().Commits), "updates/commit")
}
