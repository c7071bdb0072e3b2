package pages_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVendored compares what was made elsewhere with what is written down of it, so that
// no file is changed here unnoticed.
func TestVendored(t *testing.T) {
	list, err := os.ReadFile("assets/vendored.txt")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{"app.css": true, "app.js": true, "icon.svg": true, "vendored.txt": true}
	for line := range strings.Lines(string(list)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Fields(line)
		if len(parts) != 4 {
			t.Fatalf("line %q: want name, package@version, licence, SHA-256", line)
		}
		body, err := os.ReadFile(filepath.Join("assets", parts[0]))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(body)
		if got := hex.EncodeToString(sum[:]); got != parts[3] {
			t.Errorf("%s has SHA-256 %s, listed is %s", parts[0], got, parts[3])
		}
		listed[parts[0]] = true
	}
	files, err := os.ReadDir("assets")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !listed[f.Name()] {
			t.Errorf("%s is neither ours nor listed in vendored.txt", f.Name())
		}
	}
}
