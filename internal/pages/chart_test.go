package pages_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongbu/internal/pages"
)

var update = flag.Bool("update", false, "write the golden files")

func months(values ...float64) (points []pages.Point) {
	names := []string{"8月", "9月", "10月", "11月", "12月", "1月", "2月", "3月", "4月", "5月", "6月", "7月"}
	for i, v := range values {
		points = append(points, pages.Point{Label: names[i], Value: v, Open: i == len(values)-1})
	}
	points[0].Year = "2025"
	return points
}

// TestCharts compares charts with what was looked at once.
func TestCharts(t *testing.T) {
	gap := months(61.2, 0, 62.9, 63.1)
	gap[1].None = true
	for name, chart := range map[string]interface{ SVG() template.HTML }{
		"line": pages.LineChart{Say: "稳定就业率近 12 个月由 61.2% 升到 68.4%，目标 70%", Points: months(61.2, 62, 62.9, 63.1, 64.4, 63.8, 63.5, 65, 66.2, 67.5, 67.9, 68.4),
			Other: months(58.8, 59.4, 60.1, 60.2, 60.9, 60.5, 60.6, 61.2, 61.8, 62.3, 62.6, 62.9), OtherWord: "全部安置", Target: 70, HasTarget: true, TargetWord: "目标 70%", OpenWord: "未满", Unit: "%"},
		"gap":     pages.LineChart{Say: "一个月没有值", Points: gap, Unit: "%"},
		"nothing": pages.LineChart{Say: "没有值"},
		"one":     pages.LineChart{Say: "一个值", Points: months(5)},
		"bars":    pages.BarChart{Say: "每月新增岗位", Bars: []pages.Bar{{Label: "5月", Value: 120, Word: "120"}, {Label: "6月", None: true, Word: "无"}, {Label: "7月", Value: 45, Word: "45", Open: true}}, Target: 100, HasTarget: true, TargetWord: "目标 100"},
		"nobars":  pages.BarChart{Say: "没有"},
		"spark":   pages.Sparkline{Say: "由 3 升到 9", Values: []float64{3, 5, 4, 9}, Open: true},
		"level":   pages.Sparkline{Say: "没有变", Values: []float64{2, 2}},
		"share":   pages.Share{Of: 69.7, Target: 70, Class: "amber"},
		"hostile": pages.LineChart{Say: `"><script>alert(1)</script>`, Points: []pages.Point{{Label: "<b>", Value: 1}}, TargetWord: "</svg>", HasTarget: true, Unit: "&"},
	} {
		got := string(chart.SVG())
		wellFormed(t, name, got)
		if name == "hostile" && (strings.Contains(got, "<script") || strings.Contains(got, "<b>") || strings.Count(got, "</svg>") != 1) {
			t.Errorf("a text became markup: %s", got)
		}
		at := filepath.Join("testdata", "charts", name+".svg")
		if *update {
			if err := os.WriteFile(at, []byte(got+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(at)
		if err != nil {
			t.Fatal(err)
		}
		if got+"\n" != string(want) {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func wellFormed(t *testing.T, name, svg string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s is no XML: %v", name, err)
		}
		if e, ok := token.(xml.StartElement); ok {
			for _, a := range e.Attr {
				if a.Name.Local == "style" || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s: %s=%q", name, a.Name.Local, a.Value)
				}
			}
		}
	}
}
