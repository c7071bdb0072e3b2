package records_test

import (
	"fmt"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/filter"
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

// BenchmarkSave is BenchmarkPut with fields that have indexes, and without
// the indexes.
func BenchmarkSave(b *testing.B) {
	for _, indexed := range []bool{false, true} {
		b.Run(fmt.Sprintf("indexed=%t", indexed), func(b *testing.B) {
			f, n, in := open(b, nil), 0, device(1, east)
			if indexed {
				f.store.Indexed(mustSchema(b))
				f.build()
			}
			const together = 500
			b.ReportAllocs()
			for b.Loop() {
				f.update(func(tx *journal.Tx) error {
					for i := n; i < n+together; i++ {
						edit := records.Edit{Kind: "person", ID: numbered(i), Fields: savedFields(i), Actor: "clerk"}
						if _, err := f.store.Put(tx, in, east, edit); err != nil {
							return err
						}
					}
					return nil
				})
				n += together
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*together), "ns/change")
		})
	}
}

// savedFields are a person's, all six indexed fields among them.
func savedFields(i int) fields {
	return fields{"name": change.Text(fmt.Sprintf("名%d", i*7919%10007)), "phone": change.Text("1"), "hukou_address": change.Text("某路某号"), "sex": change.Text("1"),
		"status": change.Text(fmt.Sprint(i % 10)), "birth_date": change.Text(fmt.Sprintf("%d-0%d-11", 1950+i%60, 1+i%9)), "unit": change.Text(string(east)),
		"id_number": change.Text(fmt.Sprintf("1101051949%08d", i*7919%1_000_003)), "household": change.Text("h-" + fmt.Sprint(i/3))}
}

// BenchmarkOneSave is one person's save or edit, the sync of the disk
// included, beside 10,000 others.
func BenchmarkOneSave(b *testing.B) {
	for _, indexed := range []bool{false, true} {
		for _, edited := range []fields{nil, {"phone": change.Text("2")}, {"status": change.Text("99")}} {
			b.Run(fmt.Sprintf("indexed=%t/edit=%d", indexed, len(edited)+len(edited["status"])), func(b *testing.B) {
				f, n, in := open(b, nil), 10_000, device(1, east)
				f.people(n)
				if indexed {
					f.store.Indexed(mustSchema(b))
					f.build()
				}
				b.ReportAllocs()
				for b.Loop() {
					id, values := numbered(n), savedFields(n)
					if edited != nil {
						id, values = numbered(n%10_000), edited
					}
					f.update(func(tx *journal.Tx) error {
						_, err := f.store.Put(tx, in, east, records.Edit{Kind: "person", ID: id, Fields: values, Actor: "clerk", At: 1})
						return err
					})
					n++
				}
			})
		}
	}
}

// BenchmarkPage is a page of 50 of 10,000 persons, led by an index and read
// from all records.
func BenchmarkPage(b *testing.B) {
	f := open(b, nil)
	f.people(10_000)
	pages := func(name string) {
		for _, q := range []question{
			{Filter: `status = 9`},
			{Filter: `name = 名12*`},
			{Filter: `birth_date >= 1980-01-01 AND birth_date < 1982-01-01`},
			{Filter: `status = 9`, Order: filter.Order{Field: "name"}},
			{Order: filter.Order{Field: "name", Desc: true}},
		} {
			if name == "scan" && q.Order.Field != "" {
				continue
			}
			b.Run(fmt.Sprintf("%s/%s/by=%s", name, q.Filter, q.Order.Field), func(b *testing.B) {
				e := f.expr(q.Filter)
				b.ReportAllocs()
				decoded := 0
				for b.Loop() {
					decoded = f.firstPage(e, q.Order, 50)
				}
				b.ReportMetric(float64(decoded), "decodes")
			})
		}
	}
	pages("scan")
	f.store.Indexed(mustSchema(b))
	start := time.Now()
	f.build()
	b.Logf("built in %v; %d blocks", time.Since(start), len(f.blocks()))
	pages("index")
}

// firstPage reads until there are so many records, and returns how many were
// decoded.
func (f *fixture) firstPage(e *filter.Expr, order filter.Order, limit int) (decoded int) {
	found := 0
	for after, more := records.Cursor(""), true; more && found < limit; more = after != "" {
		f.view(func(tx *journal.Tx) error {
			p, err := f.store.Page(tx, records.PageQuery{Kind: "person", Where: e.Terms(), Match: matches(e), Order: order, After: after, Limit: limit - found})
			found, decoded, after = found+len(p.Records), decoded+p.Decoded, p.Next
			return err
		})
	}
	return decoded
}
