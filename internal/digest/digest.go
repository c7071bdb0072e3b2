// Package digest sums what a unit holds in a few bytes, so that two tiers can prove to
// each other that they hold the same: the records, the derived rows of a day, and which
// changes both are made of. It is pure; who holds the records hands them in.
package digest

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

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

	Published change.Hash // the packs and tables of the city that rows are made by

	Records     int // void ones too, without the program's own
	RecordsHash change.Hash
	Rows        int // derived
	RowsHash    change.Hash
}

// Maker sums records and rows in whatever order they come.
type Maker struct {
	positions, records, rows []line
}

// line is what is summed of a record or row: no more than the hash of a large content is
// kept until all are there.
type line struct {
	kind    string
	id      change.RecordID
	content []byte
}

// AddRecord takes in a record that the unit holds.
func (m *Maker) AddRecord(r *merge.Record) error {
	m.AddSaid(r)
	of := merge.NewDigest()
	err := of.Add(r.Kind(), r.ID(), r.Encode())
	sum := of.Sum()
	m.records = append(m.records, line{r.Kind(), r.ID(), sum[:]})
	return err
}

// AddSaid takes in an event of a unit above about the unit's people: derived rows are
// made of it, and it is none of the unit's records.
func (m *Maker) AddSaid(r *merge.Record) {
	m.positions = append(m.positions, line{r.Kind(), r.ID(), []byte(r.Context().Version(r.Kind(), r.ID()))})
}

// AddRow takes in a derived row.
func (m *Maker) AddRow(row facts.Row) error {
	of := merge.NewDigest()
	for _, name := range slices.Sorted(maps.Keys(row.Values)) {
		if err := of.Add(name, "", []byte(row.Values[name])); err != nil {
			return err
		}
	}
	sum := of.Sum()
	m.rows = append(m.rows, line{row.Kind, row.ID, sum[:]})
	return nil
}

// AddRows takes in the derived rows of a family or record.
func (m *Maker) AddRows(made facts.Rows) error {
	for _, row := range made.All {
		if err := m.AddRow(row); err != nil {
			return err
		}
	}
	return nil
}

// Account is the sum of what was taken in, of rows that were made for a day.
func (m *Maker) Account(day string, schema uint64, published change.Hash) (a Account, err error) {
	a = Account{Day: day, Facts: facts.Version, Schema: schema, Published: published, Records: len(m.records), Rows: len(m.rows)}
	for _, of := range []struct {
		lines []line
		into  *change.Hash
	}{{m.positions, &a.Position}, {m.records, &a.RecordsHash}, {m.rows, &a.RowsHash}} {
		if *of.into, err = sum(of.lines); err != nil {
			return a, err
		}
	}
	return a, nil
}

// sum is the digest of lines in their order. Two of one name are one line: the events of
// two units may give their rows one.
func sum(lines []line) (change.Hash, error) {
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(strings.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id), bytes.Compare(a.content, b.content))
	})
	of := merge.NewDigest()
	for i, l := range lines {
		if i+1 < len(lines) && lines[i+1].kind == l.kind && lines[i+1].id == l.id {
			lines[i+1].content = slices.Concat(l.content, lines[i+1].content)
			continue
		}
		if err := of.Add(l.kind, l.id, l.content); err != nil {
			return change.Hash{}, err
		}
	}
	return of.Sum(), nil
}
