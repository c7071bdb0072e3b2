package facts_test

import "testing"

// BenchmarkOfFamily makes the rows of a family of two as each of its changes does.
func BenchmarkOfFamily(b *testing.B) {
	w := newWorld(b)
	f := family(w)
	b.ReportAllocs()
	for b.Loop() {
		if len(w.book.OfFamily(f, "2026-03-10").All) == 0 {
			b.Fatal("a family has no rows")
		}
	}
}

// BenchmarkAssisted makes those of one with a case.
func BenchmarkAssisted(b *testing.B) {
	w := newWorld(b)
	f := assisted(w)
	b.ReportAllocs()
	for b.Loop() {
		if len(w.book.OfFamily(f, "2026-03-10").All) == 0 {
			b.Fatal("a family has no rows")
		}
	}
}
