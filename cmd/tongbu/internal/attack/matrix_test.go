package attack_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"tongbu/internal/test/proctest"
	"tongbu/internal/test/report"
)

// row is one row of the matrix: each case is a way to try it.
type row struct {
	name  string
	cases map[string]func(t *testing.T)
}

// TestAttacks runs the matrix and reports how many of its rows and cases the
// product withstands.
func TestAttacks(t *testing.T) {
	line := report.Begin(t, "attacks")
	w := mustWorld(t)
	passed, all, held, tried := 0, 0, 0, 0
	for _, r := range rows(w) {
		ok := t.Run(r.name, func(t *testing.T) {
			for name, try := range r.cases {
				tried++
				if t.Run(name, try) {
					held++
				}
			}
		})
		if all++; ok {
			passed++
		}
	}
	line.Runs, line.Violations = tried, tried-held
	line.Figure("rows_passed", passed)
	line.Figure("rows_total", all)
	line.Figure("cases_passed", held)
	line.Figure("cases_total", tried)
	line.Figure("rows_not_applicable", len(notYet))
	for name, why := range notYet {
		line.Skip(t, "%s: %s", name, why)
	}
}

func rows(w *world) []row {
	return []row{
		{"S1 token", w.tokens()}, {"S2 authority hash", w.hashes()}, {"S3 certificate request", w.requests()},
		{"S4 handshake", w.handshakes()}, {"S5 rights end on an open link", w.endings()}, {"S6 pushing for others", w.pushes()},
		{"S7 reading others", w.reads()}, {"S8 other methods", w.methods()}, {"S9 dishonest hub", w.dishonest()},
		{"S10 stolen hub key", w.stolen()}, {"S11 renewal", w.renewals()}, {"S13 old list of devices", w.olderLists()},
		{"S21 false dates", w.dates()}, {"S22 downgrade", w.downgrades()},
		{"S25 false contacts", w.contacts()}, {"S26 amounts", w.amounts()}, {"S27 ends of numbers", w.tops()},
		{"S28 a hub that lies to the terminal", w.terminals()}, {"S29 altered backup", w.backups()}, {"S30 exposed secrets", w.exposures()}, {"S31 ID numbers in the clear", w.numbers()},
		{"S32 masked numbers", w.masked()}, {"S33 heavy questions", w.heavyQuestions()}, {"S34 records of others", w.records()},
	}
}

// notYet are rows about what the product does not have yet, or that stand with
// the suites of what they attack.
var notYet = map[string]string{
	"S12 plaintext at rest": "stands with encryption at rest", "S18 audit log": "stands with the audit log", "S19 unaudited reads": "stands with the audit log",
	"S14 browser": "no web screens yet", "S15 sessions": "no web screens yet", "S16 scripts in fields": "no web screens or exports yet",
	"S17 import files": "no import of files yet", "S23 updates": "no updates yet", "S24 export of everything": "no export yet",
}

// program is built once, for the floods.
var program *proctest.Program

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tongbu-attack")
	if err == nil {
		program, err = proctest.Build(context.Background(), dir)
	}
	code := 1
	if err == nil {
		code = m.Run()
	} else {
		fmt.Fprintln(os.Stderr, err)
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}
