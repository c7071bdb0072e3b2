package change_test

import (
	"fmt"
	"testing"

	"tongbu/internal/change"
)

// census are first changes of persons, about 350 bytes each.
func census(tb testing.TB, n int) [][]byte {
	tb.Helper()
	raws := make([][]byte, n)
	for i := range raws {
		raws[i] = mustEncode(tb, person(i))
	}
	return raws
}

func person(i int) *change.Change {
	return &change.Change{Kind: "person", Record: change.RecordID(fmt.Sprintf("0195%08x-7%03x-8%03x-%012x", i, i%4096, i*31%4096, i*7919)), Actor: "clerk", At: 1741564800000,
		Fields: map[string]change.Value{
			"name": change.Text("张伟芳"), "id_number": change.Text(fmt.Sprintf("4202021900%08d", i)), "sex": change.Text("1"), "birth_date": change.Text("1900-01-02"),
			"hukou": change.Text("10"), "hukou_address": change.Text(fmt.Sprintf("某某巷%d号%d栋", i%199, i%20)), "education": change.Text("21"),
			"marital": change.Text("20"), "relation": change.Text("01"), "status": change.Text("30"), "job_wish": change.Text("1"),
			"recorded_on": change.Text("2025-03-10"), "hardship": change.Set([]string{"010", "050"}),
		}}
}

func BenchmarkEncode(b *testing.B) {
	c := person(7)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	raw := census(b, 1)[0]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := change.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// sizes are batches of a node on the line, and of one that was offline.
var sizes = []int{1, 100, 1000}

func BenchmarkSeal(b *testing.B) {
	for _, n := range sizes {
		raws := census(b, n)
		b.Run(fmt.Sprintf("%d changes", n), func(b *testing.B) {
			b.ReportAllocs()
			var size int
			for b.Loop() {
				batch, err := change.Seal(change.BatchRows, key(1), stream(1), change.Mark{}, raws, 1)
				if err != nil {
					b.Fatal(err)
				}
				size = len(batch.Bytes())
			}
			b.ReportMetric(float64(size)/float64(n), "B/change")
		})
	}
}

func BenchmarkParseVerify(b *testing.B) {
	for _, n := range sizes {
		raw := mustSeal(b, 1, change.Mark{}, census(b, n)...).Bytes()
		b.Run(fmt.Sprintf("%d changes", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				batch, err := change.ParseBatch(raw)
				if err == nil {
					err = batch.Verify(public(1))
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkChanges(b *testing.B) {
	batch := mustSeal(b, 1, change.Mark{}, census(b, 1000)...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := batch.Changes(); err != nil {
			b.Fatal(err)
		}
	}
}
