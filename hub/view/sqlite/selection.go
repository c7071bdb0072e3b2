package sqlite

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// selection makes the statement of one question. Nothing of the question is
// in the text but the names of columns, which come from the schema.
type selection struct {
	q        *view.Query
	keys     []filter.Order // q.Order and the id
	storages []view.Storage // of q.Columns, then of keys
	near     bool           // the scope is a community
	where    []string
	args     []any
}

func (v *View) newSelection(q *view.Query) (*selection, error) {
	if _, known := v.schema.Kind(q.Kind.Name); !known || q.Limit <= 0 {
		return nil, fault.New(fault.Invalid, "a question about an unknown kind, or without a limit")
	}
	s := &selection{q: q, keys: append(slices.Clone(q.Order), filter.Order{Field: view.ColID})}
	names := slices.Clone(q.Columns)
	for _, k := range s.keys {
		names = append(names, k.Field)
	}
	var err error
	if s.storages, err = storagesOf(q.Kind, names); err != nil {
		return nil, err
	}
	s.scope(v.tree)
	if !q.Void {
		s.and("r.void = 0")
	}
	if q.Where != nil {
		where, args := q.Where.SQL(s.tested)
		s.and(where, args...)
	}
	return s, nil
}

func storagesOf(k *schema.Kind, names []string) ([]view.Storage, error) {
	storages := make([]view.Storage, len(names))
	for i, name := range names {
		storage, ok := view.StorageOf(k, name)
		if !ok {
			return nil, fault.New(fault.Invalid, "%s has no column %q", k.Name, name)
		}
		storages[i] = storage
	}
	return storages, nil
}

func (s *selection) and(condition string, args ...any) {
	if condition == "" {
		return
	}
	s.where = append(s.where, "("+condition+")")
	s.args = append(s.args, args...)
}

// scope keeps to the units of the question. A unit that the view's tree does
// not know has nobody below it.
func (s *selection) scope(t *tree.Tree) {
	if s.q.Scope.All {
		return
	}
	var conditions []string
	var args []any
	if t != nil {
		if u, ok := t.Unit(s.q.Scope.Under); ok {
			conditions, args = append(conditions, "r."+view.Tier(u.Level)+" = ?"), append(args, u.Code)
			s.near = u.Level == tree.Community
		}
	}
	if len(s.q.Scope.From) > 0 {
		conditions = append(conditions, "r.unit IN (SELECT value FROM json_each(?)) AND r.audience IN (SELECT value FROM json_each(?))")
		args = append(args, list(s.q.Scope.From), list(s.q.Scope.To))
	}
	if len(conditions) == 0 {
		conditions = []string{"0"} // nobody
	}
	s.and(strings.Join(conditions, " OR "), args...)
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
func column(name string) string {
	switch {
	case name == view.ColUnit:
		return "r.code"
	case name == view.ColID, name == view.ColConflicts, slices.Contains(view.Tiers(), name):
		return "r." + name
	}
	return "r." + fieldColumn(name)
}

// tested is the column of a name in a filter. Many records have the same code,
// few are a community's: there the index of the community is to be used, and
// the + keeps SQLite from that of the code.
func (s *selection) tested(name string) string {
	if f, ok := s.q.Kind.Field(name); s.near && ok && (f.Type == schema.Code || f.Type == schema.Boolean) {
		return "+" + column(name)
	}
	return column(name)
}

// rows is the statement that reads q.Columns and the keys.
func (s *selection) rows() (string, []any) {
	var columns, order []string
	for _, name := range s.q.Columns {
		columns = append(columns, column(name))
	}
	for _, k := range s.keys {
		columns = append(columns, column(k.Field))
		order = append(order, column(k.Field)+direction(k.Desc))
	}
	if len(s.q.After) == len(s.keys) {
		s.after()
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + tableOf(s.q.Kind) + " AS r" + s.conditions() +
		" ORDER BY " + strings.Join(order, ", ") + " LIMIT ?", append(s.args, s.q.Limit)
}

// groups is the statement that counts by columns. A set is counted by its
// items, and what it holds from here on is texts.
func (s *selection) groups(by []string, storages []view.Storage) (string, []any) {
	from, places := tableOf(s.q.Kind)+" AS r", []string{}
	var keys []sortKey
	for i, name := range by {
		key := column(name)
		if storages[i] == view.Set {
			item := fmt.Sprintf("item%d", i)
			from += " LEFT JOIN json_each(" + key + ") AS " + item
			key, storages[i] = item+".value", view.Text
		}
		k := sortKey{column: key}
		if len(s.q.After) == len(by) {
			k.value = storages[i].Arg(s.q.After[i])
		}
		keys, places = append(keys, k), append(places, strconv.Itoa(i+1))
	}
	if len(s.q.After) == len(by) {
		condition, args := behind(keys)
		s.and(condition, args...)
	}
	var columns []string
	for _, k := range keys {
		columns = append(columns, k.column)
	}
	in := strings.Join(places, ", ")
	return "SELECT " + strings.Join(columns, ", ") + ", count(*) FROM " + from + s.conditions() +
		" GROUP BY " + in + " ORDER BY " + in + " LIMIT ?", append(s.args, s.q.Limit)
}

func (s *selection) conditions() string {
	if len(s.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(s.where, " AND ")
}

// after keeps to the rows behind the one with the keys q.After.
func (s *selection) after() {
	var keys []sortKey
	for i, k := range s.keys {
		keys = append(keys, sortKey{column: column(k.Field), desc: k.Desc, value: s.storages[len(s.q.Columns)+i].Arg(s.q.After[i])})
	}
	condition, args := behind(keys)
	if first := keys[0]; !first.desc && first.value != nil {
		// follows from the rest; with it the index is entered at the place
		s.and(first.column+" >= ?", first.value)
	}
	s.and(condition, args...)
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
