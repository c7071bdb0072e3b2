package facts_test

import (
	"testing"

	"tongbu/internal/facts"
)

// BenchmarkOfFamily makes the rows of a family of two, as each of its changes does, and
// those of one with a case.
func BenchmarkOfFamily(b *testing.B) {
	w := newWorld(b)
	for name, f := range map[string]facts.Family{"two": family(w), "case": assisted(w)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if len(w.book.OfFamily(f, "2026-03-10").All) == 0 {
					b.Fatal("a family has no rows")
				}
			}
		})
	}
}
