package main_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// workbook writes an Excel workbook of CSV files, each on a sheet of its own.
func workbook(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: workbook FILE SHEET=CSV...")
	}
	var sheets []bookSheet
	for _, arg := range args[1:] {
		name, file, _ := strings.Cut(arg, "=")
		sheets = append(sheets, bookSheet{name: name, csv: ts.ReadFile(file)})
	}
	raw, err := bookOf(sheets...)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), raw, 0o600))
}

// bookSheet is a sheet of a workbook, as CSV.
type bookSheet struct{ name, csv string }

// bookOf is an Excel workbook.
func bookOf(sheets ...bookSheet) ([]byte, error) {
	var book, links bytes.Buffer
	parts := map[string]string{}
	for i, s := range sheets {
		fmt.Fprintf(&book, `<sheet name="%s" sheetId="%d" r:id="r%d"/>`, s.name, i+1, i)
		fmt.Fprintf(&links, `<Relationship Id="r%d" Target="worksheets/sheet%d.xml"/>`, i, i)
		rows, err := csv.NewReader(strings.NewReader(s.csv)).ReadAll()
		if err != nil {
			return nil, err
		}
		parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", i)] = "<worksheet><sheetData>" + sheetRows(rows) + "</sheetData></worksheet>"
	}
	parts["xl/workbook.xml"] = "<workbook><sheets>" + book.String() + "</sheets></workbook>"
	parts["xl/_rels/workbook.xml.rels"] = "<Relationships>" + links.String() + "</Relationships>"
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

func sheetRows(rows [][]string) string {
	var b strings.Builder
	for _, row := range rows {
		b.WriteString("<row>")
		for _, cell := range row {
			b.WriteString(`<c t="inlineStr"><is><t>`)
			_ = xml.EscapeText(&b, []byte(cell)) // a builder's does not fail
			b.WriteString("</t></is></c>")
		}
		b.WriteString("</row>")
	}
	return b.String()
}

// sameRecords compares two files of JSON Lines but for ids and the order of lines.
func sameRecords(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: samerecords FILE FILE")
	}
	if diff := cmp.Diff(recordLines(ts, args[0]), recordLines(ts, args[1])); diff != "" {
		ts.Fatalf("%s and %s: %s", args[0], args[1], diff)
	}
}

func recordLines(ts *testscript.TestScript, file string) (all []string) {
	lines := bufio.NewScanner(strings.NewReader(ts.ReadFile(file)))
	for lines.Scan() {
		object := map[string]any{}
		ts.Check(json.Unmarshal(lines.Bytes(), &object))
		delete(object, "id")
		delete(object, "unit") // its id where the tree has not arrived yet
		raw, err := json.Marshal(object)
		ts.Check(err)
		all = append(all, string(raw))
	}
	slices.Sort(all)
	return all
}
