package sheet_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/node/sheet"
)

// manyPersons is a workbook as a community has it: 50,000 persons, 25 fields filled in.
func manyPersons(tb testing.TB, n int) (*schema.Kind, []byte) {
	tb.Helper()
	k, _ := mustSchema(tb).Kind("person")
	values, err := k.Parse(map[string]any{"name": "王小明", "id_number": "420202198903215618", "sex": "1", "birth_date": "1989-03-21", "nationality": "01", "hukou": "11",
		"hukou_division": "420202", "hukou_address": "湖滨路1号", "education": "61", "marital": "20", "political": "13", "health": "1", "relation": "02", "status": "9",
		"first_work_date": "2010-07-01", "skill": "电工", "labour_ability": "1", "job_wish": "1", "training_wish": "0", "hardship": []any{"050", "060"}, "phone": "13900000000",
		"recorded_by": "王五", "recorded_at": "钟楼社区", "recorded_on": "2026-01-02", "remark": "无"})
	must(tb, err)
	raw, err := json.Marshal(k.Object(values))
	must(tb, err)
	fields := decoded(tb, raw)
	var b bytes.Buffer
	must(tb, sheet.WriteXLSX(&b, tb.TempDir(), sheet.Layout{Kind: k}, func(yield func(*sheet.Record) error) error {
		for i := range n {
			r := &sheet.Record{ID: fmt.Sprintf("gmaaaaaaaaaaaaaa.%026d", i), Unit: "420202007005", Fields: fields}
			if err := yield(r); err != nil {
				return err
			}
		}
		return nil
	}, noneRefused(tb)))
	return k, b.Bytes()
}

// peak measures how high the heap rises while fn calls its argument now and then.
func peak(fn func(look func())) (above uint64) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, n := m.HeapInuse, 0
	fn(func() {
		if n++; n%2000 != 0 {
			return
		}
		if runtime.ReadMemStats(&m); m.HeapInuse > before {
			above = max(above, m.HeapInuse-before)
		}
	})
	return above
}

// BenchmarkRead reads a workbook of 50,000 persons.
func BenchmarkRead(b *testing.B) {
	_, raw := manyPersons(b, 50_000)
	most := uint64(0)
	for b.Loop() {
		most = max(most, peak(func(look func()) {
			tables, _ := mustTables(b, mustOpen(b, raw, sheet.XLSX), sheet.Choice{})
			n := 0
			must(b, tables[0].Rows(func(row *sheet.Row) error {
				look()
				if n++; len(row.Problems) > 0 {
					return row.Problems[0].Err
				}
				return nil
			}))
			if n != 50_000 {
				b.Fatalf("got %d rows", n)
			}
		}))
	}
	b.ReportMetric(float64(most)/(1<<20), "MiB-peak")
}

// BenchmarkWrite writes a workbook of 50,000 persons.
func BenchmarkWrite(b *testing.B) {
	k, _ := mustSchema(b).Kind("person")
	values := map[string]change.Value{}
	for _, f := range k.Fields {
		if f.Type == schema.Text && !f.ReadOnly {
			values[f.Name] = change.Text("王小明")
		}
	}
	raw, err := json.Marshal(k.Object(values))
	must(b, err)
	fields, most := decoded(b, raw), uint64(0)
	for b.Loop() {
		most = max(most, peak(func(look func()) {
			must(b, sheet.WriteXLSX(io.Discard, b.TempDir(), sheet.Layout{Kind: k}, func(yield func(*sheet.Record) error) error {
				for range 50_000 {
					look()
					if err := yield(&sheet.Record{ID: "x", Fields: fields}); err != nil {
						return err
					}
				}
				return nil
			}, noneRefused(b)))
		}))
	}
	b.ReportMetric(float64(most)/(1<<20), "MiB-peak")
}
