package sqlite

import (
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/schema"
)

// format numbers the layout below; a file of another one is made again.
const format = 8

// layoutOf returns the statements that make the tables.
//
//   - meta: what the file is, and the watermark.
//   - units: the units that rows name by their numbers, with their paths (a tree
//     of other codes changes no row) and the bounds of the ids they make.
//   - k_<kind>: a row for each record, a column for each field. The id is a key
//     (view.IDKey).
//   - s_<kind>: what is stored of the record beside its row (view.Held), of the few
//     whose rows do not say it all. It stands apart from the tables questions are
//     asked of, which are read from end to end.
//   - t_<kind>: how many records have a value, by unit (view.Count). Its keys
//     have an empty blob for null.
//   - strays: where changes stand that have no effect (view.Stray).
//   - refused: the changes that refusals name.
//   - ranges: the ranges that refusals name.
func layoutOf(s *schema.Schema) []string {
	statements := []string{
		`CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID`,
		`CREATE TABLE units (no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, code TEXT NOT NULL, city TEXT NOT NULL, district TEXT NOT NULL, street TEXT NOT NULL, community TEXT NOT NULL, low BLOB, high BLOB) STRICT`,
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

// growth returns the statements that make the tables of a schema those of another,
// which has all that is in it.
func growth(was, is *schema.Schema) []string {
	var statements []string
	for _, k := range is.Kinds() {
		before, known := was.Kind(k.Name)
		if !known {
			statements = append(statements, kindTables(k)...)
			continue
		}
		there := map[string]bool{}
		for _, c := range view.Columns(before) {
			there[c.Field] = true
		}
		for _, c := range view.Columns(k) {
			if !there[c.Field] {
				statements = append(statements, "ALTER TABLE "+tableOf(k)+" ADD COLUMN "+fieldColumn(c.Field)+" "+sqlType(c.Storage))
			}
		}
	}
	return statements
}

func kindTables(k *schema.Kind) []string {
	table := tableOf(k)
	columns := []string{"no INTEGER PRIMARY KEY"}
	for _, name := range view.RowFixed() {
		columns = append(columns, name+" "+fixedTypes[name])
	}
	for _, c := range view.Columns(k) {
		columns = append(columns, fieldColumn(c.Field)+" "+sqlType(c.Storage))
	}
	return []string{
		"CREATE TABLE " + countsOf(k) + " (field TEXT NOT NULL, unit TEXT NOT NULL, value ANY NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (field, unit, value)) STRICT, WITHOUT ROWID",
		"CREATE TABLE " + table + " (" + strings.Join(columns, ", ") + ") STRICT",
		newContestedIndex(k).text(),
		newMovedIndex(k).text(),
		"CREATE TABLE " + storedOf(k) + " (no INTEGER PRIMARY KEY, stored BLOB NOT NULL) STRICT",
	}
}

// fixedTypes are those of the columns that every kind has.
var fixedTypes = map[string]string{
	view.ColID: "BLOB NOT NULL UNIQUE", view.RowUnit: "INTEGER NOT NULL", view.RowAudience: "INTEGER NOT NULL",
	view.ColContested: "TEXT NOT NULL", view.RowVoid: "INTEGER NOT NULL", view.ColConflicts: "INTEGER NOT NULL",
	view.RowStream: "INTEGER", view.RowSeq: "INTEGER", view.RowActor: "TEXT", view.RowAt: "INTEGER",
	view.RowMoved: "INTEGER",
}

// index is one that questions need, and no change.
type index struct{ name, on string }

func (i index) text() string { return "CREATE INDEX IF NOT EXISTS " + i.name + " ON " + i.on }

// indexes lists those of all kinds. A view that is made from a long journal
// gets them when it has come to its end: sorting once is several times cheaper
// than finding a place for each row.
func indexes(s *schema.Schema) []index {
	var list []index
	for _, k := range s.Kinds() {
		if !k.Personal { // of those the ids tell the unit
			list = append(list, newIndex(k, view.RowUnit, view.ColID))
		}
		for _, c := range view.Columns(k) {
			if c.Index && c.Storage != view.Set { // of those there are counts
				list = append(list, newIndex(k, fieldColumn(c.Field), behindField(k, c)...))
			}
			if c.List != "" {
				list = append(list, newListIndex(k, c))
			}
		}
	}
	return append(list, tieIndexes(s)...)
}

// tieIndexes are those of references that have no other: when a record changes, the
// findings of those that name it are made again. Most records name none, so these
// have the few that do.
func tieIndexes(s *schema.Schema) (list []index) {
	for _, t := range s.Ties() {
		k, _ := s.Kind(t.Kind)
		if f, ok := k.Field(t.Field); ok && !f.Index {
			column := fieldColumn(f.Name)
			list = append(list, index{name: quote("n_" + k.Name + "_" + f.Name), on: tableOf(k) + " (" + column + ") WHERE " + column + " IS NOT NULL"})
		}
	}
	return list
}

// newIndex is one of a column, and of what stands behind it.
func newIndex(k *schema.Kind, column string, behind ...string) index {
	columns := strings.Join(append([]string{column}, behind...), ", ")
	return index{name: quote("i_" + k.Name + "_" + strings.Trim(column, `"`)), on: tableOf(k) + " (" + columns + ")"}
}

// behindField is the id, behind a field of which very many records have the same
// value: pages in its order are read from the index. The few records with the same name
// or date are put in order by their ids when they are read.
func behindField(k *schema.Kind, c view.Column) []string {
	if f, ok := k.Field(c.Field); ok && (f.Type == schema.Code || f.Type == schema.Boolean || f.Type == schema.Unit) {
		return []string{view.ColID}
	}
	return nil
}

// newListIndex holds what pages of the records with one code need: their order,
// and the unit, so that those of other districts and streets are passed over
// without a look at their rows. A community's records are few.
func newListIndex(k *schema.Kind, c view.Column) index {
	columns := []string{fieldColumn(c.Field), fieldColumn(c.List), view.RowUnit}
	return index{name: quote("l_" + k.Name + "_" + c.Field), on: tableOf(k) + " (" + strings.Join(columns, ", ") + ")"}
}

// newContestedIndex has the few records with conflicts, which every answer counts. It
// costs the others nothing, so it is there from the start.
func newContestedIndex(k *schema.Kind) index {
	return index{name: quote("c_" + k.Name), on: tableOf(k) + " (" + view.ColConflicts + ", id) WHERE " + view.ColConflicts + " > 0"}
}

// newMovedIndex has the few records of other units than their ids name.
func newMovedIndex(k *schema.Kind) index {
	return index{name: quote("m_" + k.Name), on: tableOf(k) + " (" + view.RowUnit + ") WHERE " + view.RowMoved + " = 1"}
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

// quote makes an identifier. The schema allows letters, digits, '_' and the dot of a
// published name only.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// kindTexts are the statements that are run for each record of a kind.
type kindTexts struct {
	held, load, insert, update, store, drop, count, find, findings string

	columns int // of a row
}

func newKindTexts(k *schema.Kind) *kindTexts {
	names := rowColumns(k)
	joined := heldText(k) + " WHERE r.id = ?"
	findings, explained := fieldColumn(schema.FindingsField), fieldColumn(schema.ExplainedField)
	return &kindTexts{
		findings: "UPDATE " + tableOf(k) + " SET " + findings + " = ?, " + explained + " = ? WHERE id = ? AND (" + findings + " IS NOT ? OR " + explained + " IS NOT ?)",
		columns:  len(names),
		held:     heldText(k),
		load:     joined,
		drop:     "DELETE FROM " + storedOf(k) + " WHERE no = ?",
		insert: "INSERT INTO " + tableOf(k) + " (" + strings.Join(names, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(names)-1) +
			") ON CONFLICT (id) DO NOTHING",
		update: "UPDATE " + tableOf(k) + " SET " + strings.Join(names, " = ?, ") + " = ? WHERE no = ?",
		store:  "INSERT INTO " + storedOf(k) + " (no, stored) VALUES (?, ?) ON CONFLICT (no) DO UPDATE SET stored = excluded.stored",
		count: "INSERT INTO " + countsOf(k) + " (field, unit, value, n) VALUES (?, ?, ?, ?) " +
			"ON CONFLICT (field, unit, value) DO UPDATE SET n = n + excluded.n",
		find: findText(k),
	}
}

// findText reads one moment of a record: what is held of it, the watermark, and its
// strays. The first column says which of these a row is.
func findText(k *schema.Kind) string {
	empty := strings.Repeat(", NULL", len(rowColumns(k))+2)
	return strings.Replace(heldText(k), "SELECT ", "SELECT 1, 0, 0, ", 1) + " WHERE r.id = ? UNION ALL SELECT 2, value, 0" + empty +
		" FROM meta WHERE name = 'applied' UNION ALL SELECT 0, stream, seq" + empty + " FROM strays WHERE kind = ? AND id = ?"
}

// findStrays is findText for a kind that has no tables.
const findStrays = "SELECT 2, value, 0 FROM meta WHERE name = 'applied' UNION ALL SELECT 0, stream, seq FROM strays WHERE kind = ? AND id = ?"

// heldText reads records as readHeld takes them: the number, the key, what is stored
// beside the row, and the row.
func heldText(k *schema.Kind) string {
	names := []string{"r.no", "r.id", "s.stored"}
	for _, name := range rowColumns(k)[1:] {
		names = append(names, "r."+name)
	}
	return "SELECT " + strings.Join(names, ", ") + " FROM " + tableOf(k) + " AS r LEFT JOIN " + storedOf(k) + " AS s ON s.no = r.no"
}

// rowColumns are the columns of a row, in the order of its cells.
func rowColumns(k *schema.Kind) []string {
	names := view.RowFixed()
	for _, c := range view.Columns(k) {
		names = append(names, fieldColumn(c.Field))
	}
	return names
}
