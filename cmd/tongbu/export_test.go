package main

import (
	"io"
	"time"

	"tongbu/internal/words"
	"tongbu/node/operate"
)

// Main is the program, for tests that run it under its own name.
func Main() { main() }

// ClockLines are what status says of clocks.
func ClockLines(st *operate.Status) []string { return statusText{words.English}.clockLines(st) }

// NewBar makes a bar, which is cleared by less than no rows; without a terminal it
// tells lines.
func NewBar(terminal, lines io.Writer, now func() time.Time) func(done, all, rejected int) {
	b := &bar{app: &app{environment: environment{err: lines}, lang: words.English}, terminal: terminal, now: now, before: now()}
	return func(done, all, rejected int) {
		if done < 0 {
			b.clear()
			return
		}
		b.show(done, all, rejected)
	}
}
