package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/words"
)

// TestTasksAreWrittenAsTheyCome: of a list without end a bounded part is held, and it is
// one table, or one JSON object.
func TestTasksAreWrittenAsTheyCome(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		a := &app{environment: environment{out: &out, err: &out}, lang: words.English}
		w := a.newTaskWriter(tasksOptions{on: "2026-03-10", json: asJSON})
		for i := range 5*tableLines + 1 {
			if err := w.add(toDo{Task: fmt.Sprint("t-", i), Due: "2026-03-09", Unit: strings.Repeat("1", 12)}); err != nil {
				t.Fatal(err)
			}
			held := i + 1 - bytes.Count(out.Bytes(), []byte("2026-03-09"))
			if held > tableLines {
				t.Fatalf("JSON %t: %d of %d rows are held", asJSON, held, i+1)
			}
		}
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		var all struct {
			Day  string
			Rows []toDo
		}
		switch err := json.Unmarshal(out.Bytes(), &all); {
		case asJSON && (err != nil || len(all.Rows) != 5*tableLines+1 || all.Rows[5*tableLines].Task != "t-5000" || all.Day != "2026-03-10"):
			t.Errorf("%d rows of %q: %v", len(all.Rows), all.Day, err)
		case !asJSON && (bytes.Count(out.Bytes(), []byte("DUE")) != 1 || bytes.Count(out.Bytes(), []byte("2026-03-09")) != 5*tableLines+1):
			t.Errorf("%d heads, %d lines", bytes.Count(out.Bytes(), []byte("DUE")), bytes.Count(out.Bytes(), []byte("2026-03-09")))
		}
	}
}
