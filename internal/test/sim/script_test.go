package sim_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/test/report"
	"tongbu/internal/test/sim"
)

var update = flag.Bool("update", false, "rewrite the golden traces")

const scripts = "../../../testdata/sim"

// TestScripts plays the scenarios of the fault matrix and compares what
// happened with the golden traces: a change of the protocol shows as a
// difference to be read.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(scripts, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", scripts, err)
	}
	line := report.Begin(t, "simulation scenarios")
	total := sim.Tally{}
	for _, file := range files {
		line.Runs++
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			w, got := mustPlay(t, mustRead(t, file))
			wantSound(t, w)
			total.Add(w.Tally())
			golden(t, strings.TrimSuffix(file, ".txt")+".golden", got)
		})
	}
	figures(line, total)
}

func mustPlay(t *testing.T, script string) (*sim.World, string) {
	t.Helper()
	w, trace, err := sim.Play(script, sim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return w, trace
}

func mustRead(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func wantSound(t *testing.T, w *sim.World) {
	t.Helper()
	for _, v := range w.Violations() {
		t.Error(v)
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(mustRead(t, path), got); diff != "" {
		t.Errorf("the trace differs (-want +got); go test -update rewrites it\n%s", diff)
	}
}
