package report_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"tongbu/internal/test/report"
)

func TestLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.jsonl")
	t.Setenv(report.EnvFile, file)
	t.Run("suite", func(t *testing.T) {
		l := report.Begin(t, "example")
		l.Runs, l.Seeds = 3, "1-3"
		l.Skip(t, "no such device here")
		l.Figure("p99_ms", 1.5)
	})
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got report.Line
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.Suite != "example" || got.Runs != 3 || got.Skipped != 1 || got.Violations != 0 || got.Figures["p99_ms"] != 1.5 || got.Commit == "" {
		t.Errorf("line %s", raw)
	}
}

func TestScale(t *testing.T) {
	t.Setenv(report.EnvSoak, "")
	if report.Scale(2, 50) != 2 {
		t.Error("the short run is not short")
	}
	t.Setenv(report.EnvSoak, "1")
	if report.Scale(2, 50) != 50 {
		t.Error("the long run is not long")
	}
}
