package sqlite

import (
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/schema"
)

// format numbers the layout below; a file of another one is made anew.
const format = 3

// tables returns the statements that make the tables.
//
//   - meta: what the file is, and the watermark.
//   - k_<kind>: a row for each record, a column for each field.
//   - s_<kind>: what is stored of the record beside its row (see stored). It
//     stands apart from the tables questions are asked of, which are read from
//     end to end and are a third as long without it.
//   - t_<kind>: how many records have a value, by unit (see tallied).
//   - strays: where changes stand that make no record: of unknown kinds,
//     refused ones whose record has no other.
//   - refused: the changes the city's refusals name.
func tables(s *schema.Schema) []string {
	statements := []string{
		`CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID`,
		`CREATE TABLE streams (no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT`,
		`CREATE TABLE strays (kind TEXT NOT NULL, id TEXT NOT NULL, stream INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (kind, id, stream, seq)) STRICT, WITHOUT ROWID`,
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
	columns := []string{"no INTEGER PRIMARY KEY", "id TEXT NOT NULL UNIQUE"}
	for _, name := range fixed()[1:] {
		columns = append(columns, name+" TEXT NOT NULL")
	}
	columns = append(columns, "void INTEGER NOT NULL", "conflicts INTEGER NOT NULL")
	for _, c := range view.Columns(k) {
		columns = append(columns, fieldColumn(c.Field)+" "+sqlType(c.Storage))
	}
	return []string{
		tallyTable(k),
		"CREATE TABLE " + table + " (" + strings.Join(columns, ", ") + ") STRICT",
		"CREATE TABLE " + storedOf(k) + " (no INTEGER PRIMARY KEY, stored BLOB NOT NULL) STRICT",
	}
}

// index is one that questions need, and no change.
type index struct{ name, on string }

// indexes lists those of all kinds. A view that is made from a long journal
// gets them when it has come to its end: sorting once is several times cheaper
// than finding a place for each row.
func indexes(s *schema.Schema) []index {
	var list []index
	for _, k := range s.Kinds() {
		list = append(list, newIndex(k, view.ColCommunity))
		if !k.Personal { // what a unit above has said is asked for by unit
			list = append(list, newIndex(k, "unit"))
		}
		for _, c := range view.Columns(k) {
			if c.Index {
				list = append(list, newIndex(k, fieldColumn(c.Field)))
			}
			if c.List != "" {
				list = append(list, newListIndex(k, c))
			}
		}
	}
	return list
}

// newIndex holds the id behind the column, so that pages in the order of the
// column are read from it.
func newIndex(k *schema.Kind, column string) index {
	return index{name: quote("i_" + k.Name + "_" + strings.Trim(column, `"`)), on: tableOf(k) + " (" + column + ", id)"}
}

// newListIndex holds what pages of the records with one code need: their order,
// and the tiers, so that those of other districts and streets are passed over
// without a look at their rows. A community's records are few.
func newListIndex(k *schema.Kind, c view.Column) index {
	columns := []string{fieldColumn(c.Field), fieldColumn(c.List), view.ColID, view.ColDistrict, view.ColStreet}
	return index{name: quote("l_" + k.Name + "_" + c.Field), on: tableOf(k) + " (" + strings.Join(columns, ", ") + ")"}
}

func sqlType(s view.Storage) string {
	if s == view.Integer || s == view.Boolean {
		return "INTEGER"
	}
	return "TEXT"
}

func tableOf(k *schema.Kind) string { return quote("k_" + k.Name) }

func storedOf(k *schema.Kind) string { return quote("s_" + k.Name) }

func fieldColumn(field string) string { return quote("f_" + field) }

// quote makes an identifier. The schema allows letters, digits and '_' only.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
