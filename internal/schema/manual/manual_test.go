package manual_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"tongbu/internal/schema"
	"tongbu/internal/schema/manual"
)

var update = flag.Bool("update", false, "write docs/records.md again")

// page is seen from the folder of this package.
const page = "../../../docs/records.md"

// TestPage: docs/records.md is what the declarations say. `make records` writes it.
func TestPage(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := manual.Write(&want, s); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(page, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Error("docs/records.md is not what the declarations say: run make records")
	}
}
