package browser_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVendored compares what was made elsewhere with what is written down of it.
func TestVendored(t *testing.T) {
	list, err := os.ReadFile("testdata/vendored.txt")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{"vendored.txt": true}
	for line := range strings.Lines(string(list)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Fields(line)
		if len(parts) != 4 {
			t.Fatalf("line %q: want name, package@version, licence, SHA-256", line)
		}
		sum := sha256.Sum256(mustRead(t, parts[0]))
		if got := hex.EncodeToString(sum[:]); got != parts[3] {
			t.Errorf("%s has SHA-256 %s, listed is %s", parts[0], got, parts[3])
		}
		listed[parts[0]] = true
	}
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !listed[f.Name()] {
			t.Errorf("%s is not listed in vendored.txt", f.Name())
		}
	}
}

// mustRead is a file of the test data.
func mustRead(tb testing.TB, name string) []byte {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}
