package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongbu/internal/schema"
	"tongbu/internal/test/proctest"
	"tongbu/node/sheet"
)

// censusBook writes a workbook of a kind with n records.
func censusBook(b *testing.B, kind string, n int, fields func(i int) map[string]any) string {
	b.Helper()
	s, err := schema.Load()
	if err != nil {
		b.Fatal(err)
	}
	k, _ := s.Kind(kind)
	path := filepath.Join(b.TempDir(), kind+".xlsx")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // looked at when it is read
	err = sheet.WriteXLSX(f, b.TempDir(), sheet.Layout{Kind: k}, func(yield func(*sheet.Record) error) error {
		for i := range n {
			if err := yield(&sheet.Record{Fields: fields(i)}); err != nil {
				return err
			}
		}
		return nil
	}, func(_ int, why error) error { return why })
	if err != nil {
		b.Fatal(err)
	}
	return path
}

func homeFields(code string) func(i int) map[string]any {
	return func(i int) map[string]any {
		return map[string]any{"form_no": fmt.Sprintf("%s2026%06d", code, i), "booklet_no": fmt.Sprint("b", i), "head_name": "王明", "address": fmt.Sprintf("湖滨路%d号", i),
			"phone": "0714-1234567", "people": json.Number("3"), "housing": "1", "low_income": false, "surveyor": "王五", "survey_date": "2026-01-02"}
	}
}

func memberFields(code string) func(i int) map[string]any {
	return func(i int) map[string]any {
		number := fmt.Sprintf("420202%04d%02d%02d%03d", 1961+i%40, 1+i/40%12, 1+i/480%28, 1+i/13440%998)
		return map[string]any{"household": fmt.Sprintf("%s2026%06d", code, i/3), "name": []string{"王明", "李兰", "王小明"}[i%3], "id_number": number + checkCharacter(number),
			"nationality": "01", "hukou": "11", "hukou_division": "420202", "hukou_address": fmt.Sprintf("湖滨路%d号", i/3), "education": "61", "marital": "20", "political": "13",
			"health": "1", "relation": []string{"02", "12", "20"}[i%3], "status": "9", "first_work_date": "2010-07-01", "skill": "电工", "labour_ability": "1", "job_wish": "1",
			"training_wish": "0", "phone": "13900000000", "recorded_by": "王五", "recorded_at": "钟楼社区", "recorded_on": "2026-01-02", "remark": fmt.Sprint("第", i)}
	}
}

func checkCharacter(body string) string {
	sum := 0
	for _, c := range body {
		sum = (sum + int(c-'0')) * 2 % 11
	}
	return "10X98765432"[sum : sum+1]
}

// timeImport imports a file and reports how long that took and how much memory the
// process had at most.
func timeImport(b *testing.B, at *proctest.Tier, path, what string) {
	b.Helper()
	var out, talk bytes.Buffer
	cmd := at.Program.Command(b.Context(), "import", "--dir", at.Dir, path)
	cmd.Stdout, cmd.Stderr = &out, &talk
	start := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%v: %s", err, talk.String())
	}
	b.ReportMetric(time.Since(start).Seconds(), what+"-s")
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	b.ReportMetric(float64(usage.Maxrss)/1024, what+"-MiB")
	if !strings.Contains(out.String(), `"rejected":0`) {
		b.Errorf("%s: got %s %s", what, out.String(), talk.String())
	}
}

// BenchmarkImport imports a census of 16,667 households and 50,000 persons, and the
// persons once more, into a directory that nobody serves and into one that is served.
func BenchmarkImport(b *testing.B) {
	n := proctest.Found(b, program(b), proctest.Rows([]int{1}, 2))
	for i, way := range []string{"direct", "served"} {
		at := n.Level(5)[i]
		b.Run(way, func(b *testing.B) {
			if way == "direct" {
				at.Stop()
			}
			homes := censusBook(b, "household", 16_667, homeFields(at.Unit.Code))
			members := censusBook(b, "person", 50_000, memberFields(at.Unit.Code))
			timeImport(b, at, homes, "homes")
			timeImport(b, at, members, "persons")
			timeImport(b, at, members, "again")
			if way == "served" {
				b.ReportMetric(float64(at.MustStatus().Process.ResidentBytes)/(1<<20), "server-MiB")
			}
		})
	}
}
