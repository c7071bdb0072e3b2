package facts_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/schema"
)

func mustSchema(t testing.TB) *schema.Schema {
	t.Helper()
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const unit = change.UnitID("abcdefghijklmnop")

// world makes entries of JSON objects, and gives each event the next id.
type world struct {
	testing.TB
	schema *schema.Schema
	book   *facts.Book
	ids    int
}

func newWorld(t testing.TB) *world {
	s := mustSchema(t)
	return &world{TB: t, schema: s, book: facts.NewBook(s, facts.Published{})}
}

// publish has the book be that of what the city has published.
func (w *world) publish(records ...facts.Entry) {
	w.book = facts.NewBook(w.schema, facts.Publish(records))
}

// pack makes a rule pack of the city; without an end where that is empty.
func (w *world) pack(kind, from, to, content string) facts.Entry {
	w.Helper()
	fields := map[string]string{"name": "包", "edition": "1", "kind": kind, "effective_from": from, "content": content}
	if to != "" {
		fields["effective_to"] = to
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		w.Fatal(err)
	}
	return w.entry(facts.PackKind, "", string(raw))
}

// entry makes an entry of a kind; an id that is not given is the next one.
func (w *world) entry(kind, id, object string) facts.Entry {
	w.Helper()
	k, ok := w.schema.Kind(kind)
	if !ok {
		w.Fatalf("no kind %s", kind)
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(object), &fields); err != nil {
		w.Fatal(err)
	}
	for name, item := range fields {
		if n, isNumber := item.(float64); isNumber {
			fields[name] = json.Number(fmt.Sprint(int64(n)))
		}
	}
	values, err := k.Parse(fields)
	if err != nil {
		w.Fatal(err)
	}
	if id == "" {
		w.ids++
		id = fmt.Sprintf("%s.e%03d", unit, w.ids)
	}
	return facts.EntryOf(k, change.RecordID(id), facts.Values(values))
}

func id(name string) change.RecordID { return change.RecordID(string(unit) + "." + name) }

// rowsOf are the rows of a kind, by their ids.
func rowsOf(rows facts.Rows, kind string) map[change.RecordID]facts.Row {
	found := map[change.RecordID]facts.Row{}
	for _, row := range rows.All {
		if row.Kind == kind {
			found[row.ID] = row
		}
	}
	return found
}

// one is the only row of a kind.
func one(t testing.TB, rows facts.Rows, kind string) facts.Row {
	t.Helper()
	found := rowsOf(rows, kind)
	if len(found) != 1 {
		t.Fatalf("%d rows of %s, want 1", len(found), kind)
	}
	for _, row := range found {
		return row
	}
	panic("unreachable")
}

// show is what a row says, as JSON.
func show(t testing.TB, row facts.Row, fields ...string) string {
	t.Helper()
	object := map[string]any{}
	for _, field := range fields {
		item, err := row.Values[field].Get()
		if err != nil && !row.Values[field].IsNull() {
			t.Fatal(err)
		}
		if item != nil {
			object[field] = item
		}
	}
	raw, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
