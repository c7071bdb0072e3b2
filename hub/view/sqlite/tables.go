package sqlite

import (
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/schema"
)

// format numbers the layout below; a file of another one is made anew.
const format = 1

// tables returns the statements that make the tables.
//
//   - meta: what the file is, and the watermark.
//   - records: the merged state of each record. It stands apart from the
//     tables questions are asked of, which are read from end to end and are a
//     third as long without it.
//   - placed: where the changes of each record stand in the journal.
//   - refused: the changes the city's refusals name.
//   - k_<kind>: a row for each record, a column for each field.
func tables(s *schema.Schema) []string {
	statements := []string{
		`CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID`,
		`CREATE TABLE records (kind TEXT NOT NULL, id TEXT NOT NULL, unit TEXT NOT NULL, state BLOB NOT NULL, PRIMARY KEY (kind, id)) STRICT`,
		`CREATE INDEX records_unit ON records (unit)`,
		`CREATE TABLE streams (no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT`,
		`CREATE TABLE placed (kind TEXT NOT NULL, id TEXT NOT NULL, stream INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (kind, id, stream, seq)) STRICT, WITHOUT ROWID`,
		`CREATE TABLE refused (refusal TEXT PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, stream TEXT NOT NULL, count INTEGER NOT NULL) STRICT`,
		`CREATE INDEX refused_record ON refused (kind, id)`,
	}
	for _, k := range s.Kinds() {
		statements = append(statements, kindTables(k)...)
	}
	return statements
}

// fixed are the columns every kind has, before those of its fields: the
// record, the unit it belongs to and the one it is addressed to (ids), and the
// division codes of the first and of the tiers above it.
func fixed() []string {
	return append([]string{"id", "unit", "audience", "code"}, view.Tiers()...)
}

func kindTables(k *schema.Kind) []string {
	table := tableOf(k)
	columns := []string{"id TEXT PRIMARY KEY"}
	for _, name := range fixed()[1:] {
		columns = append(columns, name+" TEXT NOT NULL")
	}
	columns = append(columns, "void INTEGER NOT NULL", "conflicts INTEGER NOT NULL")
	indexes := []string{index(k, "unit"), index(k, view.ColCommunity)}
	for _, c := range view.Columns(k) {
		columns = append(columns, fieldColumn(c.Field)+" "+sqlType(c.Storage))
		if c.Index {
			indexes = append(indexes, index(k, fieldColumn(c.Field)))
		}
	}
	return append([]string{"CREATE TABLE " + table + " (" + strings.Join(columns, ", ") + ") STRICT"}, indexes...)
}

// index holds the id behind the column, so that pages in the order of the
// column are read from it.
func index(k *schema.Kind, column string) string {
	name := quote("i_" + k.Name + "_" + strings.Trim(column, `"`))
	return "CREATE INDEX " + name + " ON " + tableOf(k) + " (" + column + ", id)"
}

func sqlType(s view.Storage) string {
	if s == view.Integer || s == view.Boolean {
		return "INTEGER"
	}
	return "TEXT"
}

func tableOf(k *schema.Kind) string { return quote("k_" + k.Name) }

func fieldColumn(field string) string { return quote("f_" + field) }

// quote makes an identifier. The schema allows letters, digits and '_' only.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
