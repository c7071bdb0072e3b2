package ledger

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCut: each row is on exactly one sheet, in order; no sheet but the first of none is
// empty, none holds more than 17 rows of two lines, and only what is too high for any
// sheet stands on one that is too small.
func TestCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		widths := []float64{10, 20, 30, 36}
		rows := make([]printRow, rapid.IntRange(0, 120).Draw(t, "rows"))
		two := rapid.Bool().Draw(t, "two lines")
		line := func(label string) []printCell {
			cells := make([]printCell, len(widths))
			for i := range cells {
				cells[i].Text = strings.Repeat("路", rapid.IntRange(0, 40).Draw(t, label))
			}
			return cells
		}
		recorded := 0
		for i := range rows {
			rows[i] = printRow{Number: i + 1, Upper: line("upper"), recorded: rapid.Bool().Draw(t, "recorded")}
			if two {
				rows[i].Lower = line("lower")
			}
			if rows[i].recorded {
				recorded++
			}
		}
		sheets := cut(rows, widths, sheetHeight)
		next := 1
		for i, s := range sheets {
			if s.Number != i+1 || s.Of != len(sheets) || s.Last != (i == len(sheets)-1) {
				t.Fatalf("sheet %d of %d says %+v", i+1, len(sheets), s)
			}
			if two && len(s.Rows) > 17 || len(s.Rows) > 34 || len(s.Rows) == 0 && len(rows) > 0 {
				t.Fatalf("%d rows on a sheet", len(s.Rows))
			}
			high := 0
			for _, row := range s.Rows {
				if row.Number != next {
					t.Fatalf("row %d where %d was next", row.Number, next)
				}
				next++
				high += heightOf(row.Upper, widths) + heightOf(row.Lower, widths)
			}
			if high > sheetHeight && len(s.Rows) > 1 {
				t.Fatalf("a sheet of %d rows is %d high", len(s.Rows), high)
			}
			recorded -= s.Recorded
		}
		if next != len(rows)+1 || recorded != 0 {
			t.Fatalf("%d rows on sheets, want %d; %d recorded ones not counted", next-1, len(rows), recorded)
		}
	})
}
