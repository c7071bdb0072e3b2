// Package digest sums what a unit holds in a few bytes, so that two tiers can prove to
// each other that they hold the same: the records, the derived rows of a day, and which
// changes both are made of. It is pure; who holds the records hands them in.
package digest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/merge"
)

// Account is what one tier holds of a unit.
type Account struct {
	Day string // of the derived rows

	// Position is which changes the records are made of, and the events that units above
	// have written about the unit's people: with another one nothing can be compared.
	Position change.Hash
	Facts    uint64 // version of the rules that derived rows are made by
	Schema   uint64 // number of the newest publication

	Records     int // void ones too, without the program's own
	RecordsHash change.Hash
	Rows        int // derived
	RowsHash    change.Hash
}

// Maker sums records and rows in whatever order they come.
type Maker struct {
	positions, records, rows [][]byte
}

// AddRecord takes in a record that the unit holds.
func (m *Maker) AddRecord(r *merge.Record) {
	m.AddSaid(r)
	m.records = append(m.records, line(r.Kind(), r.ID(), r.Encode()))
}

// AddSaid takes in an event of a unit above about the unit's people.
func (m *Maker) AddSaid(r *merge.Record) {
	m.positions = append(m.positions, line(r.Kind(), r.ID(), []byte(r.Context().Version(r.Kind(), r.ID()))))
}

// AddRow takes in a derived row.
func (m *Maker) AddRow(row facts.Row) {
	sum := sha256.New()
	for _, f := range change.FieldsOf(row.Values) {
		writeSized(sum, []byte(f.Name))
		writeSized(sum, []byte(f.Value))
	}
	m.rows = append(m.rows, line(row.Kind, row.ID, sum.Sum(nil)))
}

// Account is the sum of what was taken in, of rows that were made for a day.
func (m *Maker) Account(day string, schema uint64) Account {
	return Account{Day: day, Facts: facts.Version, Schema: schema, Position: sum("position", m.positions),
		Records: len(m.records), RecordsHash: sum("records", m.records), Rows: len(m.rows), RowsHash: sum("rows", m.rows)}
}

// line is the hash of a record or row, behind its name: lines are put in the order of
// their bytes, so it does not matter who names them in which.
func line(kind string, id change.RecordID, content []byte) []byte {
	h := sha256.New()
	writeSized(h, []byte(kind))
	writeSized(h, []byte(id))
	writeSized(h, content)
	return h.Sum(nil)
}

const domain = "tongbu/account/1\n"

func sum(of string, lines [][]byte) change.Hash {
	slices.SortFunc(lines, bytes.Compare)
	h := sha256.New()
	h.Write([]byte(domain))
	writeSized(h, []byte(of))
	for _, l := range lines {
		h.Write(l)
	}
	return change.Hash(h.Sum(nil))
}

// writeSized writes the length too, so that no two lists look alike.
func writeSized(to interface{ Write([]byte) (int, error) }, p []byte) {
	_, _ = to.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p)))) // a hash takes everything
	_, _ = to.Write(p)
}
