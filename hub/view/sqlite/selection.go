package sqlite

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/filter"
	"tongbu/internal/schema"
)

// question makes the statement of one selection. Nothing of the selection is
// in the text but the names of columns, which come from the schema.
type question struct {
	*view.Selection
	where  []string
	args   []any
	joined bool // a column of the unit is used
}

// textOf is the statement of a selection, with its arguments.
func textOf(s *view.Selection) (text string, args []any) {
	q := question{Selection: s, where: make([]string, 0, 4), args: make([]any, 0, 4)}
	q.scope()
	if !s.Void {
		q.and("r.void = 0")
	}
	if s.Where != nil {
		where, args := s.Where.SQL(filter.Dialect{Column: q.tested, Equal: q.equal, Test: q.testOfUnit})
		q.and(where, args...)
	}
	switch {
	case s.Counted && s.Total:
		q.After = nil
		text, args = q.groups()
		return "SELECT count(*) FROM (" + text + ")", args
	case s.Counted:
		return q.groups()
	case s.Total:
		return "SELECT count(*) FROM " + q.from("r") + q.conditions(), q.args
	case s.Limit <= 0 && !q.inOrderOfID():
		return q.allRows()
	}
	return q.rows()
}

func (q *question) inOrderOfID() bool { return len(q.Order) == 1 && q.Order[0].Field == view.ColID }

// limit is how many rows there are at most; SQLite takes a negative one for none.
func (q *question) limit() int {
	if q.Limit <= 0 {
		return -1
	}
	return q.Limit
}

// allRows reads every row, of which it puts only the keys in order: rows of forty
// columns would be sorted in memory. Rows follow the numbers that were sorted, as
// SQLite keeps the order of the tables of a CROSS JOIN and of a limited selection
// within.
func (q *question) allRows() (string, []any) {
	order := make([]string, len(q.Order))
	for i, o := range q.Order {
		order[i] = q.column(o.Field) + direction(o.Desc)
	}
	if q.After != nil {
		q.after()
	}
	sorted := "SELECT r.no AS no FROM " + q.from("r") + q.conditions() + " ORDER BY " + strings.Join(order, ", ") + " LIMIT ?"
	q.joined = false
	columns := make([]string, len(q.Columns))
	for i, name := range q.Columns {
		columns[i] = strings.ReplaceAll(q.column(name), "r.", "x.")
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM (" + sorted + ") AS s CROSS JOIN " + q.from("x") + " WHERE x.no = s.no", append(q.args, q.limit())
}

// from is the table of the rows under a name, and beside it that of their units if a
// column of theirs is used. The order of a CROSS JOIN is kept, so rows come in that of
// an index.
func (q *question) from(name string) string {
	table := tableOf(q.Kind) + " AS " + name
	if q.joined {
		table += " CROSS JOIN units AS u ON u.no = " + name + ".unit"
	}
	return table
}

func (q *question) and(condition string, args ...any) {
	if condition == "" {
		return
	}
	q.where = append(q.where, "("+condition+")")
	q.args = append(q.args, args...)
}

// scope keeps to the units of the question.
func (q *question) scope() {
	if q.All {
		return
	}
	var conditions []string
	var args []any
	switch {
	case q.Tier == "":
	case q.Tier == view.ColCommunity && !q.Joint: // one unit
		within, bounds := ofOne(q.Kind, "r", q.Under)
		conditions, args = append(conditions, within), append(args, bounds...)
		if q.Moved {
			given, bounds := ofMoved("r", q.Under)
			conditions, args = append(conditions, given), append(args, bounds...)
		}
	default: // the + keeps SQLite from the index: many units, whose rows would have to be sorted
		conditions, args = append(conditions, "+r.unit IN (SELECT no FROM units WHERE "+q.Tier+" = ?)"), append(args, q.Code)
	}
	if len(q.From) > 0 {
		const named = "(SELECT no FROM units WHERE id IN (SELECT value FROM json_each(?)))"
		conditions = append(conditions, "r.unit IN "+named+" AND r.audience IN "+named)
		args = append(args, list(q.From), list(q.To))
	}
	if len(conditions) == 0 {
		conditions = []string{"0"} // nobody
	}
	q.and(strings.Join(conditions, " OR "), args...)
}

// ofOne is the condition that rows are of one unit, with its arguments. The ids of
// personal kinds begin with the unit, so those of a unit stand together, but for the few
// that were given to it (ofMoved); other kinds have an index by unit.
func ofOne(k *schema.Kind, table string, unit change.UnitID) (string, []any) {
	const number = "(SELECT no FROM units WHERE id = ?)"
	if !k.Personal {
		return table + ".unit = " + number, []any{string(unit)}
	}
	from, to := view.KeysOf(unit)
	return table + ".id > ? AND " + table + ".id < ? AND " + table + ".moved IS NULL AND +" + table + ".unit = " + number, []any{from, to, string(unit)}
}

// ofMoved is the condition that rows of a personal kind were given to a unit.
func ofMoved(table string, unit change.UnitID) (string, []any) {
	return table + ".moved = 1 AND " + table + ".unit = (SELECT no FROM units WHERE id = ?)", []any{string(unit)}
}

// list is a JSON array: one argument, however many values there are.
func list[T change.UnitID | int64](values []T) string {
	raw, err := json.Marshal(values)
	if err != nil {
		return "[]" // texts or numbers only: cannot happen
	}
	return string(raw)
}

// column is the column of a name in a question; the schema has checked it.
func (q *question) column(name string) string {
	if name == view.ColAge {
		if birth, ok := q.Kind.BirthDate(); ok {
			return ageOf("r."+fieldColumn(birth.Name), q.Today)
		}
	}
	q.joined = q.joined || view.OfUnit(name)
	return column(name)
}

// ageOf is the full years from a birth date to a day, nothing when either is none.
// Whoever is born on 29 February is older from the 28th of common years on. The day
// is one of the calendar, so it may stand in the text.
func ageOf(birth, day string) string {
	if !calendar.Valid(day) {
		return "NULL"
	}
	turned := day[5:]
	if turned == "02-28" && !calendar.Valid(day[:4]+"-02-29") {
		turned = "02-29"
	}
	return "(CASE WHEN " + birth + " <= '" + day + "' AND " + birth + " GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' THEN " +
		day[:4] + " - CAST(substr(" + birth + ", 1, 4) AS INTEGER) - (substr(" + birth + ", 6) > '" + turned + "') END)"
}

func column(name string) string {
	switch {
	case name == view.ColUnit:
		return "u.code"
	case slices.Contains(view.Tiers(), name):
		return "u." + name
	case name == view.ColID, name == view.ColConflicts, name == view.ColContested:
		return "r." + name
	}
	return "r." + fieldColumn(name)
}

// tested is the column of a name in a filter. Many records have the same code,
// few are a community's: there the index of the community is to be used, and
// the + keeps SQLite from that of the code.
func (q *question) tested(name string) string {
	near := !q.All && q.Tier == view.ColCommunity && !q.Joint
	if f, ok := q.Kind.Field(name); near && ok && (f.Type == schema.Code || f.Type == schema.Boolean) {
		return "+" + column(name)
	}
	if name == view.ColID {
		return idText + "(r.id)"
	}
	return column(name)
}

// equal are the sides of a test for one value.
func (q *question) equal(name string) (column, operand string) {
	if name == view.ColID {
		return "r.id", idKey + "(?)"
	}
	return q.tested(name), "?"
}

// testOfUnit makes a test of the unit one of its rows: the units are few. Of those of
// one community the rows of a personal kind stand together.
func (q *question) testOfUnit(name, test string) string {
	switch {
	case !view.OfUnit(name):
		return test
	case q.Kind.Personal && !q.Moved && test == "u."+view.ColCommunity+" = ?":
		return "r.no IN (SELECT x.no FROM units AS u CROSS JOIN " + tableOf(q.Kind) + " AS x WHERE " + test + " AND x.id > u.low AND x.id < u.high)"
	}
	return "r.unit IN (SELECT u.no FROM units AS u WHERE " + test + ")"
}

// argument is what a statement is given for the cell of a column.
func argument(name string, c view.Cell) any {
	if id, ok := c.Text(); ok && name == view.ColID {
		return view.IDKey(change.RecordID(id))
	}
	return c.Arg()
}

// rows is the statement that reads columns.
func (q *question) rows() (string, []any) {
	columns, order := make([]string, len(q.Columns)), make([]string, len(q.Order))
	for i, name := range q.Columns {
		columns[i] = q.column(name)
	}
	for i, o := range q.Order {
		order[i] = q.column(o.Field) + direction(o.Desc)
	}
	if q.After != nil {
		q.after()
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + q.from("r") + q.conditions() +
		" ORDER BY " + strings.Join(order, ", ") + " LIMIT ?", append(q.args, q.limit())
}

// groups is the statement that counts by columns. A set is counted by its
// items.
func (q *question) groups() (string, []any) {
	items := ""
	keys, columns, places := make([]sortKey, len(q.Columns)), make([]string, len(q.Columns)), make([]string, len(q.Columns))
	for i, name := range q.Columns {
		key := q.column(name)
		if q.Storages[i] == view.Set {
			item := fmt.Sprintf("item%d", i)
			items += " LEFT JOIN json_each(" + key + ") AS " + item
			key = item + ".value"
		}
		keys[i], columns[i], places[i] = sortKey{column: key}, key, strconv.Itoa(i+1)
		if q.After != nil {
			keys[i].value = argument(name, q.After[i])
		}
	}
	if q.After != nil {
		condition, args := behind(keys)
		q.and(condition, args...)
	}
	in := strings.Join(places, ", ")
	return "SELECT " + strings.Join(columns, ", ") + ", count(*)" + q.named() + " FROM " + q.from("r") + items + q.conditions() +
		" GROUP BY " + in + " ORDER BY " + in + " LIMIT ?", append(q.args, q.limit())
}

// named lists the records of a small group. Those of a large one are gathered
// too, for SQLite knows how many there are only at the end; they are dropped
// there, and are never more than the rows that are counted.
func (q *question) named() string {
	if !q.Named {
		return ""
	}
	return ", CASE WHEN count(*) < " + strconv.Itoa(view.SmallGroup) + " THEN json_group_array(" + idText + "(r.id)) END"
}

func (q *question) conditions() string {
	if len(q.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(q.where, " AND ")
}

// after keeps to the rows behind the one with the cells of After.
func (q *question) after() {
	keys := make([]sortKey, len(q.Order))
	for i, o := range q.Order {
		keys[i] = sortKey{column: q.column(o.Field), desc: o.Desc, value: argument(o.Field, q.After[i])}
	}
	condition, args := behind(keys)
	if first := keys[0]; !first.desc && first.value != nil {
		// follows from the rest; with it the index is entered at the place
		q.and(first.column+" >= ?", first.value)
	}
	q.and(condition, args...)
}

// sortKey is a column that rows are ordered by, and where a page begins in it.
type sortKey struct {
	column string
	desc   bool
	value  any
}

// behind is the condition to come after the values of the keys.
func behind(keys []sortKey) (string, []any) {
	k := keys[0]
	condition, args := beyond(k.column, k.desc, k.value)
	if len(keys) == 1 {
		return condition, args
	}
	rest, more := behind(keys[1:])
	condition += " OR (" + k.column + " IS ? AND (" + rest + "))"
	return condition, append(append(args, k.value), more...)
}

// beyond is the condition to come later than the value in the order of a
// column. Nulls come first, or last when the order is turned.
func beyond(key string, desc bool, value any) (string, []any) {
	switch {
	case value == nil && desc:
		return "0", nil
	case value == nil:
		return key + " IS NOT NULL", nil
	case desc:
		return "(" + key + " < ? OR " + key + " IS NULL)", []any{value}
	}
	return key + " > ?", []any{value}
}

func direction(desc bool) string {
	if desc {
		return " DESC"
	}
	return ""
}
