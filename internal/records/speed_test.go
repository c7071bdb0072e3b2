package records_test

import (
	"fmt"
	"runtime"
	"slices"
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

// savedFields are a person's, all six indexed fields among them.
func savedFields(i int) fields {
	return fields{"name": change.Text(fmt.Sprintf("名%d", i*7919%10007)), "phone": change.Text("1"), "hukou_address": change.Text("某路某号"), "sex": change.Text("1"),
		"status": change.Text(fmt.Sprint(i % 10)), "birth_date": change.Text(fmt.Sprintf("%d-0%d-11", 1950+i%60, 1+i%9)), "unit": change.Text(string(east)),
		"id_number": change.Text(fmt.Sprintf("1101051949%08d", i*7919%1_000_003)), "household": change.Text("h-" + fmt.Sprint(i/3))}
}

// beside opens a store with indexes and one without, of 10,000 persons each.
func beside(t tb) (plain, indexed *fixture) {
	plain, indexed = open(t, nil), open(t, nil)
	plain.people(10_000)
	indexed.people(10_000)
	indexed.store.Indexed(mustSchema(t))
	start := time.Now()
	indexed.build()
	t.Logf("10,000 persons are indexed in %v", time.Since(start))
	return plain, indexed
}

// save writes persons from a number on in one transaction; nil: all their
// fields.
func (f *fixture) save(first, n int, values fields) {
	in := device(1, east)
	f.update(func(tx *journal.Tx) error {
		for i := first; i < first+n; i++ {
			edit := records.Edit{Kind: "person", ID: numbered(i), Fields: values, Actor: "clerk", At: 1}
			if values == nil {
				edit.Fields = savedFields(i)
			}
			if _, err := f.store.Put(tx, in, east, edit); err != nil {
				return err
			}
		}
		return nil
	})
}

// cost is what saves took.
type cost struct {
	times          []time.Duration
	mallocs, bytes uint64
}

func (c *cost) measure(fn func()) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	fn()
	c.times = append(c.times, time.Since(start))
	runtime.ReadMemStats(&after)
	c.mallocs, c.bytes = c.mallocs+after.Mallocs-before.Mallocs, c.bytes+after.TotalAlloc-before.TotalAlloc
}

// BenchmarkSave is what the indexes make of saves, their commits included:
// the ratio to a store without indexes, taken in turns. Means have the saves
// that apply recent lines in them, medians not.
func BenchmarkSave(b *testing.B) {
	for _, c := range []struct {
		name     string
		together int
		values   fields
	}{
		{"new", 1, nil}, {"new/together", 1000, nil},
		{"edit", 1, fields{"phone": change.Text("2")}}, {"edit/indexed", 1, fields{"status": change.Text("99")}},
	} {
		b.Run(c.name, func(b *testing.B) {
			stores, costs := [2]*fixture{}, [2]cost{}
			stores[0], stores[1] = beside(b)
			n := 10_000
			if c.values != nil {
				n = 0
			}
			for b.Loop() {
				for i := range stores {
					i = (i + n) % 2
					costs[i].measure(func() { stores[i].save(n, c.together, c.values) })
				}
				if n += c.together; c.values != nil {
					n %= 10_000
				}
			}
			report(b, &costs[0], &costs[1])
		})
	}
}

func report(b *testing.B, plain, indexed *cost) {
	for _, c := range []*cost{plain, indexed} {
		slices.Sort(c.times)
	}
	ratio := func(name string, of func(*cost) float64) {
		b.ReportMetric(of(indexed)/of(plain), name)
	}
	ratio("median", func(c *cost) float64 { return float64(c.times[len(c.times)/2]) })
	ratio("min", func(c *cost) float64 { return float64(c.times[0]) })
	ratio("mean", func(c *cost) float64 {
		sum := time.Duration(0)
		for _, d := range c.times {
			sum += d
		}
		return float64(sum)
	})
	ratio("allocs", func(c *cost) float64 { return float64(c.mallocs) })
	ratio("bytes", func(c *cost) float64 { return float64(c.bytes) })
	b.ReportMetric(float64(indexed.times[len(indexed.times)-1].Microseconds())/1000, "ms-longest")
}

// pageQuestions are lists that indexes lead.
var pageQuestions = []question{
	{Filter: `status = 9`},
	{Filter: `name = 名12*`},
	{Filter: `birth_date >= 1980-01-01 AND birth_date < 1982-01-01`},
	{Filter: `status = 9`, Order: filter.Order{Field: "name"}},
	{Order: filter.Order{Field: "name", Desc: true}},
}

// BenchmarkPage is a page of 50 of 10,000 persons, led by an index and read
// from all records.
func BenchmarkPage(b *testing.B) {
	plain, indexed := beside(b)
	for _, q := range pageQuestions {
		for name, f := range map[string]*fixture{"scan": plain, "index": indexed} {
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
}

// BenchmarkRecentPage is what the most recent lines that may wait make of a
// page: the ratio to one of the same records without any.
func BenchmarkRecentPage(b *testing.B) {
	stores := [2]*fixture{open(b, nil), open(b, nil)}
	for i, f := range stores {
		f.people(10_000)
		if i == 1 {
			f.store.Indexed(mustSchema(b))
			f.build()
		}
		for n := range 190 { // about as many as may wait
			f.save(10_000+n, 1, nil)
		}
		if i == 0 {
			f.store.Indexed(mustSchema(b))
			f.build()
		}
	}
	for _, q := range pageQuestions {
		b.Run(fmt.Sprintf("%s/by=%s", q.Filter, q.Order.Field), func(b *testing.B) {
			e, costs := stores[0].expr(q.Filter), [2]cost{}
			for b.Loop() {
				for i, f := range stores {
					costs[i].measure(func() { f.firstPage(e, q.Order, 50) })
				}
			}
			report(b, &costs[0], &costs[1])
		})
	}
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
