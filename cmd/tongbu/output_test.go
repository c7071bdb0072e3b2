package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestOutputs: the commands write files in one place, which refuses the program's own.
func TestOutputs(t *testing.T) {
	writes := regexp.MustCompile(`\b(durable\.(Save|WriteFile)|os\.(Create|OpenFile|WriteFile|CreateTemp))\(`)
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	found := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		switch {
		case err != nil:
			t.Fatal(err)
		case strings.HasSuffix(file, "_test.go"):
		case file == "output.go":
			found = len(writes.FindAll(raw, -1))
		case writes.Match(raw):
			t.Errorf("%s writes a file by itself: save of output.go is for that", file)
		}
	}
	if found == 0 {
		t.Error("output.go writes no file: the pattern misses it")
	}
}
