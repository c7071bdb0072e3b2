package sqlite_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/change"
	"tongbu/internal/filter"
)

// planned are tables that note the plan of the last selection.
type planned struct {
	*sqlite.Tables
	plan []string
}

func (p *planned) Select(ctx context.Context, s *view.Selection, fn func([]view.Cell) error) (err error) {
	if p.plan, err = p.Plan(ctx, s); err != nil {
		return err
	}
	return p.Tables.Select(ctx, s, fn)
}

func openPlanned(t *testing.T) (*view.Merged, *planned) {
	t.Helper()
	tables, err := sqlite.New(filepath.Join(t.TempDir(), "view.db"), viewtest.MustSchema(t), opts(t).Key)
	if err != nil {
		t.Fatal(err)
	}
	p := &planned{Tables: tables}
	v, err := view.Open(t.Context(), p, viewtest.MustSchema(t), opts(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v, p
}

// TestPlans: questions that are asked daily go by an index, and those for a
// page in its order sort nothing, however many persons there are.
func TestPlans(t *testing.T) {
	v, tables := openPlanned(t)
	if err := v.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	kinds := viewtest.MustSchema(t)
	district, street, community := view.Scope{Under: viewtest.UnitID(viewtest.District)}, view.Scope{Under: viewtest.UnitID(viewtest.Street)}, view.Scope{Under: viewtest.UnitID(viewtest.First)}
	for _, test := range []struct {
		where, order string
		scope        view.Scope
		index        string
		sorts        bool
	}{
		{`id_number = "110101199001011237"`, "", view.Scope{All: true}, "i_person_f_id_number", true},
		{`household = "h-1"`, "name", district, "i_person_f_household", true},
		{`status = "1"`, "", district, "i_person_f_status", false},
		{`status = "1"`, "name", view.Scope{All: true}, "l_person_status", false},
		{`status = "1" AND sex = "2"`, "name", district, "l_person_status", false},
		{`status = "1" AND sex = "2"`, "name", street, "l_person_status", false},
		{`status = "1" AND sex = "2"`, "name", community, "sqlite_autoindex_k_person_1", true},
		{`status = "1"`, "", community, "sqlite_autoindex_k_person_1", false},
		{"", "", community, "sqlite_autoindex_k_person_1", false},
		{`community = "` + viewtest.First + `"`, "", district, "sqlite_autoindex_k_person_1", true},
		{"", "name", district, "i_person_f_key_name", false},
		{"conflicts", "", view.Scope{All: true}, "c_person", true},
		{"conflicts", "name", district, "c_person", true},
		{`birth_date < 1965-01-01`, "birth_date", district, "i_person_f_birth_date", false},
	} {
		q := viewtest.MustQuery(t, kinds, "person", test.where, test.order, "id", "name", "sex")
		q.Scope, q.Limit = test.scope, 51
		if _, err := v.Rows(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		steps := strings.Join(tables.plan, " ; ") + " "
		if sorts := strings.Contains(steps, "TEMP B-TREE FOR ORDER BY"); !strings.Contains(steps, test.index+" ") || sorts != test.sorts {
			t.Errorf("%q by %q: %s; want index %s, sorting %v", test.where, test.order, steps, test.index, test.sorts)
		}
	}
}

// TestPlansOfMany: records that the program names, by their ids or by what they refer to,
// are each looked up.
func TestPlansOfMany(t *testing.T) {
	v, tables := openPlanned(t)
	if err := v.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ kind, field, index string }{
		{"person", "id", "sqlite_autoindex_k_person_1"},
		{"person", "household", "i_person_f_household"},
	} {
		q := viewtest.MustQuery(t, viewtest.MustSchema(t), test.kind, "", "", "id")
		var names []change.Value
		for i := range 512 {
			names = append(names, change.Text(string(numbered(viewtest.UnitID(viewtest.First), i))))
		}
		where, err := filter.AllAmong(q.Kind, filter.Among{Field: test.field, In: names})
		if err != nil {
			t.Fatal(err)
		}
		q.Where, q.Scope, q.Limit = where, view.Scope{All: true}, 600
		if _, err := v.Rows(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if steps := strings.Join(tables.plan, " ; ") + " "; !strings.Contains(steps, "SEARCH") || !strings.Contains(steps, test.index+" ") {
			t.Errorf("%s by %s: %s", test.kind, test.field, steps)
		}
	}
}

// TestTiesAreIndexed: no rule has a change look through all records of a kind.
func TestTiesAreIndexed(t *testing.T) {
	v, tables := openPlanned(t)
	if err := v.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, tie := range viewtest.MustSchema(t).Ties() {
		if tie.By != "" {
			continue
		}
		steps, err := tables.PlanBeside(t.Context(), tie.Kind, tie.Field)
		if plan := strings.Join(steps, "; "); err != nil || !strings.Contains(plan, "SEARCH r USING") {
			t.Errorf("%s.%s: %s, %v", tie.Kind, tie.Field, plan, err)
		}
	}
}
