package sqlite_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/schema"
)

// table is a kind's records in a real database, as a view stores them.
type table struct {
	db   *sql.DB
	kind *schema.Kind
}

var pseudo = []string{"id", "city", "district", "street", "community"}

func mustTable(t testing.TB, kind *schema.Kind) *table {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	columns := strings.Join(pseudo, " TEXT, ") + " TEXT"
	for _, f := range kind.Fields {
		columns += ", f_" + f.Name
		if f.Type.IsNumber() || f.Type == schema.Boolean {
			columns += " INTEGER"
		} else {
			columns += " TEXT"
		}
	}
	for _, f := range keyed(kind) {
		columns += ", " + f.KeyName() + " TEXT"
	}
	if _, err := db.Exec("CREATE TABLE r (" + columns + ")"); err != nil {
		t.Fatal(err)
	}
	return &table{db: db, kind: kind}
}

// keyed are the fields that have a column of keys.
func keyed(k *schema.Kind) (fields []*schema.Field) {
	for _, f := range k.Fields {
		if f.KeyName() != f.Name {
			fields = append(fields, f)
		}
	}
	return fields
}

func (t *table) put(values map[string]change.Value) error {
	var cells []any
	for _, name := range pseudo {
		cells = append(cells, values[name].Text())
	}
	for _, f := range t.kind.Fields {
		item, _ := values[f.Name].Get()
		if set, ok := item.([]string); ok {
			raw, _ := json.Marshal(set)
			item = string(raw)
		}
		cells = append(cells, item)
	}
	for _, f := range keyed(t.kind) {
		cells = append(cells, f.Key(values[f.Name].Text()))
		if values[f.Name].IsNull() {
			cells[len(cells)-1] = nil
		}
	}
	marks := "?" + strings.Repeat(", ?", len(cells)-1)
	_, err := t.db.Exec("DELETE FROM r; INSERT INTO r VALUES ("+marks+")", cells...)
	return err
}

func (t *table) match(e *filter.Expr) (bool, error) {
	where, args := e.SQL(filter.Dialect{Column: func(field string) string {
		if _, ok := t.kind.Field(field); ok {
			return "f_" + field
		}
		return field
	}})
	var n int
	err := t.db.QueryRow("SELECT count(*) FROM r WHERE "+where, args...).Scan(&n)
	return n == 1, err
}

func mustKind(t testing.TB, name string) *schema.Kind {
	t.Helper()
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	k, ok := s.Kind(name)
	if !ok {
		t.Fatalf("no kind %s", name)
	}
	return k
}

// drawTest makes one test over a few fields; its parts collide often.
func drawTest(t *rapid.T) string {
	field := rapid.SampledFrom([]string{"name", "sex", "birth_date", "hardship", "health", "community", "id", "phone"}).Draw(t, "field")
	op := rapid.SampledFrom([]string{"=", "!=", "<", "<=", ">", ">=", ":"}).Draw(t, "op")
	value := rapid.SampledFrom([]string{"1", "2", "a", "A", "aB", "*a", "b*", "*", "_", "%", "张", "6", "61", "050", "060", "1900-01-01", "1950-06-07", "null", ""}).Draw(t, "value")
	if value != "null" {
		value = `"` + value + `"`
	}
	return field + " " + op + " " + value
}

func drawFilter(t *rapid.T, depth int) string {
	if depth == 0 || rapid.IntRange(0, 3).Draw(t, "leaf") == 0 {
		return drawTest(t)
	}
	left, right := drawFilter(t, depth-1), drawFilter(t, depth-1)
	switch rapid.IntRange(0, 2).Draw(t, "join") {
	case 0:
		return fmt.Sprintf("(%s AND %s)", left, right)
	case 1:
		return fmt.Sprintf("(%s OR %s)", left, right)
	}
	return fmt.Sprintf("NOT (%s)", left)
}

func drawRecord(t *rapid.T) map[string]change.Value {
	texts := rapid.SampledFrom([]string{"", "a", "A", "ab", "aB", "ba", "_", "%", "a_b", "张三", "张　三", "Ａ", "\u2f42·a", `\`, `"050"`})
	values := map[string]change.Value{
		"id": change.Text("a"), "community": change.Text(texts.Draw(t, "community")), "name": change.Text(texts.Draw(t, "name")),
		"hardship":   change.Set(rapid.SliceOfN(rapid.SampledFrom([]string{"050", "060", "040", `"050"`}), 1, 3).Draw(t, "hardship")),
		"sex":        change.Text(rapid.SampledFrom([]string{"1", "2", "9"}).Draw(t, "sex")),
		"health":     change.Text(rapid.SampledFrom([]string{"1", "6", "61"}).Draw(t, "health")),
		"birth_date": change.Text(rapid.SampledFrom([]string{"1900-01-01", "1899-12-31", "1950-06-07"}).Draw(t, "birth")),
	}
	for _, name := range []string{"name", "hardship", "sex", "health", "birth_date"} {
		if values[name] == change.Text("") || rapid.IntRange(0, 4).Draw(t, "empty") == 0 {
			delete(values, name)
		}
	}
	return values
}

// TestSQLAnswersLikeMatchAlways: a node and a hub answer every filter alike.
func TestSQLAnswersLikeMatchAlways(t *testing.T) {
	k := mustKind(t, "person")
	db := mustTable(t, k)
	rapid.Check(t, func(t *rapid.T) {
		text := drawFilter(t, 3)
		e, err := filter.ParseInFull(k, text)
		if err != nil {
			if fault.Of(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		values := drawRecord(t)
		if err := db.put(values); err != nil {
			t.Fatal(err)
		}
		want := e.Match(values)
		if got, err := db.match(e); err != nil || got != want {
			where, args := e.SQL(filter.Dialect{Column: func(f string) string { return f }})
			t.Fatalf("%s: match %v, sql %v, %v\n%s %q", text, want, got, err, where, args)
		}
	})
}

// FuzzFilter: no text panics, takes long or makes SQL that does not compile.
func FuzzFilter(f *testing.F) {
	for _, text := range []string{`name = "张*" AND sex = "2"`, `NOT hardship:"050" OR birth_date < 1950-06-07`, `phone:*`, `(`} {
		f.Add(text)
	}
	f.Add("a(b(c(d(((e")
	f.Add(`name = "\x00"`)
	k := mustKind(f, "person")
	db := mustTable(f, k)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := filter.ParseInFull(k, text)
		if err != nil {
			if fault.Of(err) != fault.Invalid || strings.Contains(err.Error(), "\n") {
				t.Fatalf("want invalid in one line, got %q", err)
			}
			return
		}
		e.Match(map[string]change.Value{"name": change.Text("张三")})
		if _, err := db.match(e); err != nil {
			where, _ := e.SQL(filter.Dialect{Column: func(f string) string { return f }})
			t.Fatalf("%v: %s", err, where)
		}
	})
}
