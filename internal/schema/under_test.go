package schema_test

import (
	"testing"

	"tongbu/internal/schema"
)

func TestUnder(t *testing.T) {
	for _, c := range [][4]string{
		{"", "姓名", " ", "姓名"},
		{"安置", "安置日期", " ", "安置日期"},
		{"失业登记注销", "注销日期", "", "失业登记注销日期"},
		{"失业登记", "登记日期", "", "失业登记日期"},
		{"失业登记", "失业证号", " ", "失业登记 失业证号"},
		{"feedback", "answered on", " ", "feedback answered on"},
	} {
		if got := schema.Under(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%q under %q: got %q, want %q", c[1], c[0], got, c[3])
		}
	}
}
