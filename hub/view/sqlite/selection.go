package sqlite

import (
	"encoding/json"
	"slices"
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
	for _, name := range names {
		storage, ok := view.StorageOf(q.Kind, name)
		if !ok {
			return nil, fault.New(fault.Invalid, "%s has no column %q", q.Kind.Name, name)
		}
		s.storages = append(s.storages, storage)
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
	conditions, args := []string{"0"}, []any{}
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
	s.and(strings.Join(conditions, " OR "), args...)
}

// list is a JSON array: one argument, however many units there are.
func list(units []change.UnitID) string {
	raw, err := json.Marshal(units)
	if err != nil {
		return "[]" // texts only: cannot happen
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

// groups is the statement that counts by a column.
func (s *selection) groups(v *View, by string) (view.Storage, string, []any, error) {
	storage, ok := view.StorageOf(s.q.Kind, by)
	if !ok {
		return storage, "", nil, fault.New(fault.Invalid, "%s has no column %q", s.q.Kind.Name, by)
	}
	if text, args, ok := s.tallies(v, by, storage); ok {
		return storage, text, args, nil
	}
	key, from := column(by), tableOf(s.q.Kind)+" AS r"
	if storage == view.Set {
		from += " LEFT JOIN json_each(" + key + ") AS item"
		key, storage = "item.value", view.Text
	}
	if len(s.q.After) == 1 {
		s.beyond(key, false, storage.Arg(s.q.After[0]))
	}
	return storage, "SELECT " + key + ", count(*) FROM " + from + s.conditions() + " GROUP BY 1 ORDER BY 1 LIMIT ?",
		append(s.args, s.q.Limit), nil
}

func (s *selection) conditions() string {
	if len(s.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(s.where, " AND ")
}

// after keeps to the rows behind the one with the keys q.After.
func (s *selection) after() {
	condition, args := s.behind(0)
	first := s.storages[len(s.q.Columns)].Arg(s.q.After[0])
	if !s.keys[0].Desc && first != nil {
		// follows from the rest; with it the index is entered at the place
		s.and(column(s.keys[0].Field)+" >= ?", first)
	}
	s.and(condition, args...)
}

// behind is the condition on the i-th key and those that follow it.
func (s *selection) behind(i int) (string, []any) {
	key := column(s.keys[i].Field)
	value := s.storages[len(s.q.Columns)+i].Arg(s.q.After[i])
	condition, args := beyond(key, s.keys[i].Desc, value)
	if i == len(s.keys)-1 {
		return condition, args
	}
	rest, more := s.behind(i + 1)
	condition += " OR (" + key + " IS ? AND (" + rest + "))"
	return condition, append(append(args, value), more...)
}

func (s *selection) beyond(key string, desc bool, value any) {
	condition, args := beyond(key, desc, value)
	s.and(condition, args...)
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
