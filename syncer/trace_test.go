package syncer_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/test/sim"
)

var update = flag.Bool("update", false, "rewrite the golden trace")

// TestTrace plays a small script and compares every message with the golden
// trace: a change of the protocol shows as a difference to be read.
func TestTrace(t *testing.T) {
	script, err := os.ReadFile("testdata/trace.txt")
	if err != nil {
		t.Fatal(err)
	}
	w, got, err := sim.Play(string(script), sim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range w.Violations() {
		t.Error(v)
	}
	if *update {
		if err := os.WriteFile("testdata/trace.golden", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/trace.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the trace differs (-want +got); go test -update rewrites it\n%s", diff)
	}
}
