package sheet

import (
	"bytes"
	"encoding/json"
	"io"

	"tongbu/internal/fault"
)

// Out says what a table is written as.
type Out struct {
	Format  Format
	Charset Charset // of CSV; empty: UTF8
	Layout  Layout
	// Temp is a folder for what does not fit into memory until it is written; empty: that
	// of the system.
	Temp string
}

// InMemory is a Temp that cannot be, so that a workbook stays in memory and nothing of it
// stands on the disk as it is. It is for what is bounded.
const InMemory = "\x00"

// Write writes records in a format.
func Write(w io.Writer, out Out, records Records, refused Refused) error {
	switch out.Format {
	case CSV:
		return WriteCSV(w, out.Layout, out.Charset, records, refused)
	case JSONL:
		return WriteJSON(w, out.Layout, records)
	}
	return WriteXLSX(w, out.Temp, out.Layout, records, refused)
}

// ReadRecord reads a record as desk shows it, in JSON.
func ReadRecord(raw []byte) (*Record, error) {
	r := new(Record)
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(r); err != nil {
		return nil, fault.As(fault.Internal, "read a record", err)
	}
	return r, nil
}
