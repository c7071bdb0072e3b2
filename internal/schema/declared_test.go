package schema_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"tongbu/internal/schema"
)

var update = flag.Bool("update", false, "write data/declared.jsonl again")

// TestDeclared: what a build carries is what the YAML files say. `make records` writes
// it.
func TestDeclared(t *testing.T) {
	files, err := filepath.Glob("data/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no declarations", err)
	}
	var docs [][]byte
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	if _, err := schema.Parse(docs...); err != nil {
		t.Fatal(err)
	}
	want, err := schema.Declared(docs...)
	if err != nil {
		t.Fatal(err)
	}
	const path = "data/declared.jsonl"
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("data/declared.jsonl is not what the declarations say: run make records")
	}
}
