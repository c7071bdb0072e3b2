package desk

import (
	"slices"
	"strings"
	"testing"
)

// TestOrderOfNames: names stand as they are read, those of one surname together, and a
// surname as a surname is read.
func TestOrderOfNames(t *testing.T) {
	want := []string{"Ali", "阿卜杜·热合曼", "陈二", "戴磊", "方平", "傅佳怡", "姜勇", "江倩", "欧阳娜", "仇和", "任军", "单雄信", "汪敏", "王丽", "王明", "朱宁", "1号"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int { return strings.Compare(orderKey(a), orderKey(b)) })
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func BenchmarkOrderKey(b *testing.B) {
	for b.Loop() {
		orderKey("欧阳娜娜")
	}
}
