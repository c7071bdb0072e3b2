package matching_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/matching"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

const today = "2026-03-10"

// unit makes the id of a unit.
func unit(n int) change.UnitID {
	return change.UnitID(strings.Repeat("a", 15) + string(rune('a'+n)))
}

// Units of a small city: two streets of one district, the first with two communities, and
// one street of another.
var units = []tree.Unit{
	{ID: unit(0), Code: "420200000000", Name: "市", Level: tree.City},
	{ID: unit(1), Code: "420202000000", Name: "区", Level: tree.District, Parent: unit(0)},
	{ID: unit(2), Code: "420202001000", Name: "街", Level: tree.Street, Parent: unit(1)},
	{ID: unit(3), Code: "420202001001", Name: "社", Level: tree.Community, Parent: unit(2)},
	{ID: unit(4), Code: "420202001002", Name: "社二", Level: tree.Community, Parent: unit(2)},
	{ID: unit(5), Code: "420202002000", Name: "街二", Level: tree.Street, Parent: unit(1)},
	{ID: unit(6), Code: "420203000000", Name: "区二", Level: tree.District, Parent: unit(0)},
	{ID: unit(7), Code: "420203001000", Name: "街三", Level: tree.Street, Parent: unit(6)},
}

const (
	city, district, street = "420200000000", "420202000000", "420202001000"
	community, otherOne    = "420202001001", "420202001002"
	otherStreet, far       = "420202002000", "420203001000"
)

func mustBook(tb testing.TB) *matching.Book {
	tb.Helper()
	s, err := schema.Load()
	if err != nil {
		tb.Fatal(err)
	}
	t, err := tree.New(units)
	if err != nil {
		tb.Fatal(err)
	}
	return matching.NewBook(s, t, today)
}

// values are the fields of a record in plain Go.
type values map[string]any

func valueOf(v any) change.Value {
	switch x := v.(type) {
	case string:
		return change.Text(x)
	case int:
		return change.Int(int64(x))
	case bool:
		return change.Bool(x)
	case []string:
		return change.Set(x)
	}
	return change.Null
}

func rowOf(id change.RecordID, of string, v values) matching.Row {
	row := matching.Row{ID: id, Unit: of}
	for field, value := range v {
		row.Fields, row.Values = append(row.Fields, field), append(row.Values, valueOf(value))
	}
	return row
}

// vacancyWith is an open vacancy of the community that asks for nothing but an occupation,
// with other values.
func vacancyWith(b *matching.Book, of string, v values) *matching.Vacancy {
	all := values{"state": "1", "occupation": "513"}
	for field, value := range v {
		all[field] = value
	}
	return b.Vacancy(rowOf("v-1", of, all))
}

// known is a woman of 35 of the community without work, able and willing, whose first
// wish is that occupation; what is given goes to the record that has the field, by a
// prefix: facts., family., seeking., else to the person's.
func known(v values) matching.Known {
	person := values{"name": "王明", "sex": "2", "education": "61", "labour_ability": "1", "job_wish": "1"}
	fact := values{"age": 35, "unemployed": true, "employed": false}
	family, seeking := values{}, values{"on": "2026-01-05", "occupation_1": "513"}
	for field, value := range v {
		switch kind, name, of := strings.Cut(field, "."); {
		case !of:
			person[field] = value
		case kind == "facts":
			fact[name] = value
		case kind == "family":
			family[name] = value
		default:
			seeking[name] = value
		}
	}
	return matching.Known{Person: rowOf("p-1", community, person), Facts: rowOf("p-1", community, fact), Family: rowOf("h-1", community, family),
		Seekings: []matching.Row{rowOf("s-1", community, seeking)}}
}

// reasonOf is the reason of a rule; nil for none.
func reasonOf(b *matching.Book, v *matching.Vacancy, s *matching.Seeker, rule string) *matching.Reason {
	for _, r := range b.Reasons(v, s) {
		if r.Rule == rule {
			return &r
		}
	}
	return nil
}

// memory is records by kind. It implements matching.Records.
type memory map[string][]matching.Row

func (m memory) put(kind string, id change.RecordID, of string, v values) {
	m[kind] = append(m[kind], rowOf(id, of, v))
}

func (m memory) Find(_ context.Context, q matching.Query) (found []matching.Row, more bool, err error) {
	for _, row := range m[q.Kind] {
		if m.passes(row, q.Where) && (q.Void || !row.Void) {
			found = append(found, row)
		}
	}
	slices.SortFunc(found, func(a, b matching.Row) int {
		if q.Latest != "" {
			if c := cmp.Compare(valueIn(b, q.Latest), valueIn(a, q.Latest)); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.ID, b.ID)
	})
	if q.Limit > 0 && len(found) > q.Limit {
		return found[:q.Limit], true, nil
	}
	return found, false, nil
}

func (m memory) passes(row matching.Row, tests []matching.Test) bool {
	for _, t := range tests {
		v := valueIn(row, t.Field)
		if !slices.Contains(t.In, v) && (len(t.In) > 0 || !v.IsNull()) {
			return false
		}
	}
	return true
}

func valueIn(row matching.Row, field string) change.Value {
	if field == "id" {
		return change.Text(string(row.ID))
	}
	if i := slices.Index(row.Fields, field); i >= 0 {
		return row.Values[i]
	}
	return change.Null
}

// record is the name of a record of the community.
func record(what string, n int) change.RecordID {
	return change.NumberedRecordID(unit(3), "person", fmt.Sprintf("%s-%d", what, n))
}
