package query

import (
	"fmt"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/question"
)

// BenchmarkCover is what a page of rows costs to be looked through for numbers.
func BenchmarkCover(b *testing.B) {
	columns := make([]question.Column, 60)
	rows := make([]question.Row, 50)
	for i := range columns {
		columns[i] = question.Column{Name: fmt.Sprint("c", i), Type: question.Text}
	}
	for i := range rows {
		for k := range columns {
			v := question.Absent
			switch k % 4 {
			case 0:
				v = change.Text(fmt.Sprintf("aq2elxbgn5cqvmtd.0190a5b2-7c3d-7e4f-8a9b-0c1d2e3f%04d", i))
			case 1:
				v = change.Text("湖北省黄石市黄石港区胜阳港街道钟楼社区 12 号")
			case 2:
				v = change.Text("2026-11-30")
			}
			rows[i] = append(rows[i], v)
		}
	}
	for b.Loop() {
		cover(columns, rows)
	}
}
