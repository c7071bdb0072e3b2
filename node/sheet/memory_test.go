package sheet_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongbu/node/sheet"
)

// beside takes what is written, and notes how many files stand in a folder meanwhile.
type beside struct {
	bytes.Buffer
	folder string
	files  int
}

func (b *beside) Write(p []byte) (int, error) {
	entries, err := os.ReadDir(b.folder)
	if err != nil && !os.IsNotExist(err) {
		return 0, err
	}
	b.files = max(b.files, len(entries))
	return b.Buffer.Write(p)
}

// TestInMemory: a workbook larger than the library keeps in memory where it may write a
// file stays there, whole, and nothing of it is on the disk meanwhile, whether files could
// be written there or not. Else a part of it is.
func TestInMemory(t *testing.T) {
	const text = 16_000 // bytes; a field holds a few more
	k, records := household(t, map[string]any{"head_name": "王明", "address": strings.Repeat("a", text)})
	many, why := excelize.StreamChunkSize/text+10, sheet.Reasons{}
	all := func(yield func(*sheet.Record) error) error {
		return records(func(r *sheet.Record) (err error) {
			for n := 0; n < many && err == nil; n++ {
				err = yield(r)
			}
			return err
		})
	}
	table := func(w io.Writer, temp string) error {
		return sheet.Write(w, sheet.Out{Format: sheet.XLSX, Layout: sheet.Layout{Kind: k}, Temp: temp}, all, noneRefused(t))
	}
	var b bytes.Buffer
	must(t, table(&b, t.TempDir()))
	file := mustOpen(t, b.Bytes(), sheet.XLSX)
	tables, _ := mustTables(t, file, sheet.Choice{})
	for _, row := range mustRows(t, tables[0]) {
		why[row.line] = "wrong"
	}
	if len(why) != many {
		t.Fatalf("%d rows, want %d", len(why), many)
	}
	for name, write := range map[string]func(w io.Writer, temp string) error{
		"a table":       table,
		"rejected rows": func(w io.Writer, temp string) error { return file.WriteRejects(w, temp, tables, why) },
	} {
		var whole []byte
		for _, c := range []struct {
			temp, folder string
			files        int
		}{{"", t.TempDir(), 1}, {sheet.InMemory, t.TempDir(), 0}, {sheet.InMemory, filepath.Join(t.TempDir(), "none"), 0}} {
			t.Setenv("TMPDIR", c.folder)
			t.Setenv("TMP", c.folder) // the same on Windows
			out := &beside{folder: c.folder}
			must(t, write(out, c.temp))
			if out.files != c.files {
				t.Errorf("%s, Temp %q: %d files stood on the disk, want %d", name, c.temp, out.files, c.files)
			}
			if whole == nil {
				whole = out.Bytes()
			}
			if !bytes.Equal(out.Bytes(), whole) {
				t.Errorf("%s, Temp %q: another workbook than by way of the disk", name, c.temp)
			}
		}
	}
}
