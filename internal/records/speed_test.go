package records_test

import (
	"fmt"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/records"
)

// BenchmarkPut is a node's save without the sync: many in one transaction.
func BenchmarkPut(b *testing.B) {
	f, n := open(b, nil), 0
	values := fields{"name": change.Text("甲"), "phone": change.Text("1"), "address": change.Text("某路某号"), "sex": change.Text("1")}
	const together = 500
	b.ReportAllocs()
	for b.Loop() {
		f.update(func(tx *journal.Tx) error {
			for i := range together {
				edit := records.Edit{Kind: "person", ID: change.RecordID(fmt.Sprintf("p-%09d", n+i)), Fields: values, Actor: "clerk"}
				if _, err := f.store.Put(tx, device(1, east), east, edit); err != nil {
					return err
				}
			}
			return nil
		})
		n += together
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*together), "ns/change")
}
