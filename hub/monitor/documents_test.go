package monitor_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tongbu/internal/test/figures"
	"tongbu/internal/test/stack"
)

const documents = "../../docs/monitoring"

func mustRead(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(documents, name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// queries are all that the dashboard asks.
func queries(t *testing.T) (all []string) {
	t.Helper()
	var board struct {
		Panels []struct {
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(mustRead(t, "dashboard.json"), &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			all = append(all, target.Expr)
		}
	}
	if len(all) < 20 {
		t.Fatalf("the dashboard asks %d questions", len(all))
	}
	return all
}

// TestDocumentsName: the dashboard and the alerts name nothing that no hub and no node
// shows, and each figure has a place in one of them.
func TestDocumentsName(t *testing.T) {
	named := map[string]bool{}
	text := string(mustRead(t, "alerts.yaml")) + strings.Join(queries(t), "\n")
	for _, name := range regexp.MustCompile(`\b(tongbu|go|process)_[a-z_]+`).FindAllString(text, -1) {
		named[name] = true
	}
	shown := map[string]bool{}
	play(t, func(w town) {
		w.node.MustFill(5)
		w.delivered()
		w.MustCoverage()
		for _, d := range []*stack.Device{w.city, w.district, w.street, w.node} {
			for _, s := range figures.Must(w.TB, figures.Config(d, upkeep)) {
				shown[s.Name] = true
			}
		}
	})
	for name := range named {
		if !shown[name] {
			t.Errorf("%s is named and shown by none", name)
		}
	}
	for name := range shown {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(name, "tongbu_") && !named[name] && !named[base+"_bucket"] && !named[base+"_count"] {
			t.Errorf("%s is shown and has no place in the dashboard or the alerts", name)
		}
	}
}
