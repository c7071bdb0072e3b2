package show_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/show"
)

// TestTabs: columns stand below each other on a terminal, in either script.
func TestTabs(t *testing.T) {
	var got strings.Builder
	w := show.NewTabs(&got)
	show.Row(w, "单位", "a", "")
	show.Row(w, "本机变更", "bb", "x")
	fmt.Fprintln(w, "\n时区：a much longer line")
	show.Row(w, "id", "y")
	show.Row(w, "号", "z")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "单位      a\n本机变更  bb  x\n\n时区：a much longer line\nid  y\n号  z\n"
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}
