package main

import (
	"tongbu/internal/words"
	"tongbu/node/operate"
)

// Main is the program, for tests that run it under its own name.
func Main() { main() }

// ClockLines are what status says of clocks.
func ClockLines(st *operate.Status) []string { return statusText{words.English}.clockLines(st) }
