// Package sheet reads and writes tables of records by the kinds of the schema: Excel
// workbooks, CSV and JSON Lines. Reading turns the rows of a file into objects as
// desk takes them, and says of each row what is wrong with it; writing turns records
// into columns that may be read again, or into a printed list. It does nothing but
// read and write the given file: what becomes of the rows is the caller's. See
// DESIGN.md.
package sheet

import (
	"errors"
	"io"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// Sort is what a cell holds.
type Sort uint8

// The sorts of cells.
const (
	Blank    Sort = iota
	Text          // a text, also one that looks like a number
	Number        // a number as the file has it, in decimal digits
	Day           // a number that the file shows as a date: in days since the file's first one
	Moment        // a date in the form of ISO 8601
	Truth         // 1 or 0
	Broken        // the error of a formula, as #N/A
	Unsolved      // a formula whose value the file does not have
	Across        // part of a cell that is merged over columns
	Garbled       // bytes that are no text in the file's encoding
)

// Cell is one cell of a file.
type Cell struct {
	Sort Sort
	Text string
}

// line is one row of a file.
type line struct {
	number int // from 1
	hidden bool
	cells  []Cell
	raw    []byte // of JSON Lines: the object
	wrong  error  // why it cannot be read
}

// source is one sheet of a file; it may be read more than once.
type source struct {
	name   string
	hidden bool
	system dates
	each   func(fn func(line) error) error
	lines  int // about how many, to say how far a reading is; 0: not known
}

// Format is what a file is written in.
type Format string

// The formats.
const (
	XLSX  Format = "xlsx"
	CSV   Format = "csv"
	JSONL Format = "jsonl"
)

// File is a file of tables.
type File struct {
	Format  Format
	sources []*source
	csv     dialect
	told    []*fault.Error // what is to be said of the file as a whole
}

// Limits of a file that is read. A workbook is read as a stream: they bound what a
// hostile one costs.
const (
	maxColumns = 1000
	maxCell    = 32767 // characters, as Excel has it
)

// Open finds out what a file is and reads what stands before its rows. It returns
// Invalid, with what to do, for a file that cannot be read; what else people should
// know of it is told by Tables.
func Open(r io.ReaderAt, size int64, as Format) (*File, error) {
	begin := make([]byte, min(size, 4096))
	if _, err := r.ReadAt(begin, 0); err != nil && len(begin) > 0 && !errors.Is(err, io.EOF) {
		return nil, fault.Wrap("read the file", err)
	}
	switch {
	case isZip(begin):
		return openWorkbook(r, size)
	case as == XLSX || isForeign(begin):
		return nil, refuseForeign(r, size, begin)
	case as == JSONL:
		return openJSON(r, size), nil
	}
	return openCSV(r, size)
}

// Kinds finds the kinds that tables may be of.
type Kinds interface {
	Kind(name string) (*schema.Kind, bool)
	Kinds() []*schema.Kind
}
