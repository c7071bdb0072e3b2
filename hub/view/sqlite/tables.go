package sqlite

import (
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/schema"
)

// format numbers the layout below; a file of another one is made again.
const format = 5

// layoutOf returns the statements that make the tables.
//
//   - meta: what the file is, and the watermark.
//   - k_<kind>: a row for each record, a column for each field.
//   - s_<kind>: what is stored of the record beside its row (view.Held). It
//     stands apart from the tables questions are asked of, which are read from
//     end to end and are a third as long without it.
//   - t_<kind>: how many records have a value, by unit (view.Count). Its keys
//     have an empty blob for null.
//   - strays: where changes stand that have no effect (view.Stray).
//   - refused: the changes that refusals name.
//   - ranges: the ranges that refusals name.
func layoutOf(s *schema.Schema) []string {
	statements := []string{
		`CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID`,
		`CREATE TABLE streams (no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT`,
		`CREATE TABLE strays (kind TEXT NOT NULL, id TEXT NOT NULL, stream INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (kind, id, stream, seq)) STRICT, WITHOUT ROWID`,
		`CREATE TABLE refused (refusal TEXT PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, stream TEXT NOT NULL, count INTEGER NOT NULL) STRICT`,
		`CREATE INDEX refused_record ON refused (kind, id)`,
		`CREATE TABLE ranges (refusal TEXT PRIMARY KEY, stream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, stand TEXT NOT NULL, unit TEXT NOT NULL) STRICT`,
		`CREATE INDEX ranges_first ON ranges (stream, first, refusal)`,
	}
	for _, k := range s.Kinds() {
		statements = append(statements, kindTables(k)...)
	}
	return statements
}

func kindTables(k *schema.Kind) []string {
	table := tableOf(k)
	columns := []string{"no INTEGER PRIMARY KEY", "id TEXT NOT NULL UNIQUE"}
	for _, name := range view.RowFixed()[1:] {
		if name == view.RowVoid || name == view.ColConflicts {
			columns = append(columns, name+" INTEGER NOT NULL")
		} else {
			columns = append(columns, name+" TEXT NOT NULL")
		}
	}
	for _, c := range view.Columns(k) {
		columns = append(columns, fieldColumn(c.Field)+" "+sqlType(c.Storage))
	}
	return []string{
		"CREATE TABLE " + countsOf(k) + " (field TEXT NOT NULL, unit TEXT NOT NULL, value ANY NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (field, unit, value)) STRICT, WITHOUT ROWID",
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
		list = append(list, newIndex(k, view.ColCommunity), newContestedIndex(k))
		if !k.Personal { // what a unit above has said is asked for by unit
			list = append(list, newIndex(k, view.RowUnit))
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

// newContestedIndex has the few records with conflicts.
func newContestedIndex(k *schema.Kind) index {
	return index{name: quote("c_" + k.Name), on: tableOf(k) + " (" + view.ColConflicts + ", id) WHERE " + view.ColConflicts + " > 0"}
}

func sqlType(s view.Storage) string {
	if s == view.Integer || s == view.Boolean {
		return "INTEGER"
	}
	return "TEXT"
}

func tableOf(k *schema.Kind) string { return quote("k_" + k.Name) }

func storedOf(k *schema.Kind) string { return quote("s_" + k.Name) }

func countsOf(k *schema.Kind) string { return quote("t_" + k.Name) }

func fieldColumn(field string) string { return quote("f_" + field) }

// quote makes an identifier. The schema allows letters, digits and '_' only.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// kindTexts are the statements that are run for each record of a kind.
type kindTexts struct{ load, insert, update, store, count, find, findings string }

func newKindTexts(k *schema.Kind) *kindTexts {
	names := view.RowFixed()
	for _, c := range view.Columns(k) {
		names = append(names, fieldColumn(c.Field))
	}
	joined := tableOf(k) + " AS r JOIN " + storedOf(k) + " AS s ON s.no = r.no WHERE r.id = ?"
	findings, explained := fieldColumn(schema.FindingsField), fieldColumn(schema.ExplainedField)
	return &kindTexts{
		findings: "UPDATE " + tableOf(k) + " SET " + findings + " = ?, " + explained + " = ? WHERE id = ? AND (" + findings + " IS NOT ? OR " + explained + " IS NOT ?)",
		load:     "SELECT r.no, s.stored FROM " + joined,
		insert: "INSERT INTO " + tableOf(k) + " (" + strings.Join(names, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(names)-1) +
			") ON CONFLICT (id) DO NOTHING",
		update: "UPDATE " + tableOf(k) + " SET " + strings.Join(names, " = ?, ") + " = ? WHERE no = ?",
		store:  "INSERT INTO " + storedOf(k) + " (no, stored) VALUES (?, ?) ON CONFLICT (no) DO UPDATE SET stored = excluded.stored",
		count: "INSERT INTO " + countsOf(k) + " (field, unit, value, n) VALUES (?, ?, ?, ?) " +
			"ON CONFLICT (field, unit, value) DO UPDATE SET n = n + excluded.n",
		find: "SELECT 1, value, 0, (SELECT s.stored FROM " + joined + ") FROM meta WHERE name = 'applied'" + andStrays,
	}
}
