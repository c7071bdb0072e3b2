// Package intake is what every import of a table shares, whether it comes by the command
// line or by a page: what a file is read as, what names its run, how a row is handed to
// the desk, and the words for why a row is rejected.
package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path/filepath"
	"strings"

	"tongbu/internal/fault"
	"tongbu/node/desk"
	"tongbu/node/sheet"
)

// FormatOf is what a file is read as by its name; what it holds goes first.
func FormatOf(name string) sheet.Format {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et":
		return sheet.XLSX
	case ".jsonl", ".ndjson", ".json":
		return sheet.JSONL
	}
	return sheet.CSV
}

// RunOf names the run of a file by its content.
func RunOf(r io.Reader) (string, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return "", fault.Wrap("read the file", err)
	}
	return RunNamed(sum.Sum(nil)), nil
}

// RunNamed is RunOf for a file whose SHA-256 is known.
func RunNamed(sum []byte) string { return "sha256:" + hex.EncodeToString(sum) }

// RowOf is a row as the desk takes it, and whether it is to be asked about: of one that
// cannot be read as a whole nothing more is to be learned. What it returns is good as
// long as it is kept.
func RowOf(t *sheet.Table, row *sheet.Row) (one desk.Row, ask bool) {
	one = desk.Row{Line: row.Line, Kind: t.Kind.Name, Unit: row.Unit, Item: bytes.Clone(row.Item)}
	for _, problem := range row.Problems {
		if problem.Field == nil {
			return one, false
		}
		one.Unread = append(one.Unread, problem.Field.Name)
	}
	return one, true
}
